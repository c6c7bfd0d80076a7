"""Declared types: what they take, what they refuse because they could not hold it exactly."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kedro_faucet.engines import Engine, literal
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import Notation, exact
from kedro_faucet.exceptions import DataError, ResourceError

TAKEN: dict[str, dict[str, Any]] = {
    "INTEGER": {"5": 5, " 5 ": 5, "+5": 5, "007": 7, "-0": 0, "2147483647": 2**31 - 1},
    "BIGINT": {"-9223372036854775808": -(2**63), "9223372036854775807": 2**63 - 1},
    "DOUBLE": {
        "1.5": 1.5, "5": 5.0, ".5": 0.5, "5.": 5.0, "+1.5": 1.5, "1e5": 1e5, "1E-5": 1e-5, " 1.5": 1.5,
        "0e5": 0.0, "0.00": 0.0,
        "9007199254740992": 2.0**53, "1e300": 1e300, "-inf": float("-inf"),
        "0.1234567890123456789": 0.12345678901234568,
    },
    "DECIMAL(10,2)": {"1.2": Decimal("1.2"), "1.230": Decimal("1.23"), " .5": Decimal("0.5"), "-7.": Decimal(-7)},
    "BOOLEAN": {"true": True, "FALSE": False},
    "DATE": {"2013-01-05": date(2013, 1, 5), "2013-1-5": date(2013, 1, 5), "2013/01/05": date(2013, 1, 5)},
    "TIMESTAMP": {
        "2013-01-05": datetime(2013, 1, 5),
        "2013-01-05 05:30": datetime(2013, 1, 5, 5, 30),
        "2013-01-05T05:30:01": datetime(2013, 1, 5, 5, 30, 1),
        "2013-01-05 05:30:01.1234560": datetime(2013, 1, 5, 5, 30, 1, 123456),
        "2013-01-05 05:30:00Z": datetime(2013, 1, 5, 5, 30),
        "2013-01-05T05:30:00+02:00": datetime(2013, 1, 5, 3, 30),
        "2013-01-05 05:30:00 -0530": datetime(2013, 1, 5, 11, 0),
        "2013-01-05 05:30+02": datetime(2013, 1, 5, 3, 30),
        "2024-03-31T00:30:00.5Z": datetime(2024, 3, 31, 0, 30, 0, 500000),
    },
}  # fmt: skip

REFUSED = {
    "INTEGER": ["1.0", "15e-1", "1_000", "1e3", "0x10", "2147483648", "1,000", "5.", "- 5", "x"],
    "BIGINT": ["9223372036854775808", "1.5"],
    "DOUBLE": [
        "1,5", "1_0.5", "1e400", "1e-400",
        "9007199254740993", "9007199254740993.0", "12345678901234567890", "0x1p3", "e",
    ],
    "FLOAT": ["16777217", "1e39"],
    "DECIMAL(10,2)": ["1.005", "1.239", "1e1", "1_0", "123456789.1", "."],
    "BOOLEAN": ["on", "2", "wahr"],
    "DATE": ["31-12-13", "2013-02-30", "05/01/2013", "2013-01-05 00:00:00", "10000-01-01", "infinity", "0000-01-01"],
    "TIMESTAMP": [
        "31-12-13 05:00", "2013-01-05 24:00:00", "2013-01-05 05:00:60", "2013-01-05 05:00:00.1234567", "2013-01-05 05",
        "2013-01-05 05:00:00 UTC", "2013-01-05 05:00:00 Europe/Berlin", "2013-02-30 05:00:00+02", "2013-01-05 05:00+99",
    ],
}  # fmt: skip


def test_what_is_taken(engine: Engine, tmp_path: Path) -> None:
    """Each text becomes the value that it tells; a time with an offset is that of UTC."""
    cases = [(kind, text, value) for kind, values in TAKEN.items() for text, value in values.items()]
    columns = {f"c{number}": kind for number, (kind, _, _) in enumerate(cases)}
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([list(columns), [text for _, text, _ in cases]])
    table = engine.read_files("csv", [str(tmp_path / "x.csv")], columns=columns)
    assert engine.schema(table) == columns
    assert {str(case): value for case, value in zip(cases, engine.rows(table)[0], strict=True)} == {
        str(case): case[2] for case in cases
    }


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused(kind: str) -> None:
    """No text is taken that a type cannot hold exactly."""
    texts = ", ".join(f"({literal(text)})" for text in REFUSED[kind])
    assert ask(f"select text from (values {texts}) t(text) where ({exact('text', kind)}) is not null") == []


@pytest.mark.parametrize(("kind", "text"), [(kind, texts[0]) for kind, texts in REFUSED.items()])
def test_where_it_is_refused(engine: Engine, tmp_path: Path, kind: str, text: str) -> None:
    """A refused text is named with its file, line and column, whichever column a query wants."""
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["n", "v"], ["1", ""], ["2", text]])
    table = engine.read_files("csv", [str(tmp_path / "x.csv")], columns={"v": kind})
    with pytest.raises(DataError) as error:
        engine.rows(engine.sql("select max(v) as v from t", t=table))
    assert f"x.csv, line 3, column 'v': {text!r} is not of type {kind}." in str(error.value)


def test_marks_of_numbers_and_forms_of_dates(engine: Engine, tmp_path: Path) -> None:
    """Marks and forms that are said are those of declared columns and of others; what is written otherwise is text."""
    path = tmp_path / "x.csv"
    path.write_text(
        "a;b;c;d;e;f\n1.234,5;1.234;31/12/2013;31.12.2013 05:00 +0200;2013-12-31;1.5\n,5;7;01/02/2014;;;2\n"
    )
    said = {
        "delimiter": ";", "decimal": ",", "thousands": ".", "date_format": "%d/%m/%Y",
        "timestamp_format": "%d.%m.%Y %H:%M %z",
    }  # fmt: skip
    table = engine.read_files("csv", [str(path)], columns={"d": "TIMESTAMP"}, **said)
    assert engine.schema(table) == {
        "a": "DOUBLE", "b": "BIGINT", "c": "DATE", "d": "TIMESTAMP", "e": "VARCHAR", "f": "VARCHAR",
    }  # fmt: skip
    assert engine.rows(table) == [
        (1234.5, 1234, date(2013, 12, 31), datetime(2013, 12, 31, 3), "2013-12-31", "1.5"),
        (0.5, 7, date(2014, 2, 1), None, None, "2"),
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"decimal": "."}, None),
        ({"decimal": ",", "thousands": ","}, "decimal: is one character and thousands: another"),
        ({"decimal": ""}, "decimal: is one character"),
        ({"thousands": "1"}, "'1' is part of numbers"),
        ({"date_format": "%Q"}, "date_format: %Q is not understood: .* as in %d/%m/%Y"),
        ({"date_format": "yyyy-MM-dd"}, "date_format: yyyy-MM-dd tells no year, month and day"),
        ({"date_format": "%m/%Y"}, "date_format: %m/%Y tells no year, month and day"),
        ({"timestamp_format": "%H:%M"}, "timestamp_format: %H:%M tells no year, month and day"),
        ({"timestamp_format": "%Y-%m-%d %H:%M:%S.%n"}, "timestamp_format: .* tells more than microseconds"),
    ],
)
def test_marks_and_forms_that_are_none(
    engine: Engine, tmp_path: Path, said: dict[str, str], message: str | None
) -> None:
    """Marks that could not be told apart, and forms that tell no date, are refused before a file is read."""
    (tmp_path / "x.csv").write_text("a\n2013-01-05\n")
    if message is None:
        assert engine.read_files("csv", [str(tmp_path / "x.csv")], **said) is not None
        return
    with pytest.raises(ResourceError, match=message):
        engine.read_files("csv", [str(tmp_path / "x.csv")], **said)


def test_thousands_stand_between_groups_of_three() -> None:
    """A mark elsewhere makes no number."""
    number = Notation(thousands=" ")
    texts = "(values ('1 000'), ('1 00'), ('1000'), ('12 345 678'), (' 1'), ('1 000.5')) t(x)"
    found = ask(f"select {exact('x', 'BIGINT', number)}, {exact('x', 'DOUBLE', number)} from {texts}")
    assert found == [(1000, 1000.0), (None, None), (1000, 1000.0), (12345678, 12345678.0), (1, 1.0), (None, 1000.5)]
