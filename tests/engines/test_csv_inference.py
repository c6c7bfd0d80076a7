"""Types of columns that are not declared: none of them loses what a text tells."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kedro_faucet.engines import Engine, literal
from kedro_faucet.engines.files.csv.inference import infer_types, kept_types
from kedro_faucet.engines.files.queries import ask

TYPES = {
    "BIGINT": [
        ["1", "-2", "0"],
        ["1234567890123456789", "1234567890123456788"],
        ["9223372036854775807", "-9223372036854775808"],
    ],
    "DOUBLE": [
        ["1.5", "2"],
        [".5", "-.5"],
        ["1.50", "1.5"],
        ["0.1234567890123456789"],
        ["-0.0", "9007199254740991"],
        ["1e-05", "1e+16", "nan", "inf", "-inf"],
        ["9007199254740994.0"],
    ],
    "BOOLEAN": [["true", "FALSE", "True"]],
    "DATE": [["2013-01-31", "0001-01-01", "9999-12-31"], ["2012-02-29"]],
    "TIMESTAMP": [
        ["2013-01-31 05:00:00", "2013-01-31T05:00", "2013-01-31 23:59:59.123456"],
        ["2013-01-31 05:00:00.1234560", "0001-01-01 00:00:00"],
    ],
    "VARCHAR": [
        ["007"], ["+1"], ["+15550001111"], ["-0"], ["00"], ["1_000"], ["1,000"], ["0x10"], [" 5"], ["5 "], ["1-2"],
        ["9223372036854775808"], ["18446744073709551615", "18446744073709551614"], ["1E5"], ["1e5"], ["2E07"], ["1e-5"],
        ["5."], ["."], ["-"], ["00.5"], ["+1.5"], ["-01.5"], ["1.5e3"], ["1.2.3"], ["1e400"],
        ["9007199254740993", "1.5"],
        ["12345678901234567890", "1.5"], ["9007199254740993.0"], ["9007199254740991.5"], ["12345678901234567.5"], 
        ["NaN"], ["Infinity"], ["Inf"],
        ["t"], ["yes"], ["on"], ["true", "1"], ["true", "x"], ["null"], ["NA"],
        ["31-12-13"], ["12-10-05"], ["3-4-5"], ["2013-1-5"], ["2013-02-30"], ["2013/01/31"], ["31.12.2013"],
        ["20130131x"],
        ["0000-01-01"], ["10000-01-01"], ["infinity"], ["epoch"], ["2013-01-31 (BC)"], 
        ["2013-01-31", "2013-01-31 05:00"],
        ["2013-01-31 05:00:00.1234567"], ["2013-01-31 24:00:00"], ["2013-01-31 23:59:60"], ["2013-01-31 5:00"],
        ["2013-01-31T05:00:00Z"], ["2013-01-31 05:00:00+02"], ["2013-01-31 05:00:00-05:00"], ["2013-01-31 05:00 UTC"],
        ["2013-01-31 05"], ["05:00:00"], ["2013-01-31t05:00:00"], ["", ""],
    ],
}  # fmt: skip
CASES = [(kind, texts) for kind, columns in TYPES.items() for texts in columns]


def test_the_corpus(engine: Engine, tmp_path: Path) -> None:
    """Each column of the corpus has its type, and no other text stands in a column of texts than in the file."""
    depth = max(len(texts) for _, texts in CASES)
    rows = [[texts[row] if row < len(texts) else "" for _, texts in CASES] for row in range(depth)]
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[f"c{number}" for number in range(len(CASES))], *rows])
    table = engine.read_files("csv", [str(tmp_path / "x.csv")])
    found = engine.schema(table)
    assert {str(texts): found[f"c{n}"] for n, (_, texts) in enumerate(CASES)} == {str(t): kind for kind, t in CASES}
    values = engine.to_arrow(table)
    for number, (kind, texts) in enumerate(CASES):
        if kind == "VARCHAR":
            assert values.column(number).to_pylist()[: len(texts)] == [text or None for text in texts]


def test_long_whole_numbers_stay_apart(engine: Engine, tmp_path: Path) -> None:
    """Identifiers of 19 digits are whole numbers, longer ones texts: two of them are never one."""
    (tmp_path / "x.csv").write_text(
        "a,b\n1234567890123456789,12345678901234567890\n1234567890123456788,12345678901234567891\n"
    )
    assert engine.rows(engine.read_files("csv", [str(tmp_path / "x.csv")])) == [
        (1234567890123456789, "12345678901234567890"),
        (1234567890123456788, "12345678901234567891"),
    ]


def test_a_late_text(engine: Engine, tmp_path: Path) -> None:
    """One text in the last of many rows makes a column a text, as does one in the last of many files."""
    (tmp_path / "1.csv").write_text("n,m\n" + "1,2\n" * 5000 + "01,2\n")
    (tmp_path / "2.csv").write_text("n,m\n1,x\n")
    table = engine.read_files("csv", [str(tmp_path / "1.csv"), str(tmp_path / "2.csv")])
    assert engine.schema(table) == {"n": "VARCHAR", "m": "VARCHAR"}


def normal(text: str, kind: str) -> str:
    """A text without what its type may lose of it."""
    if kind == "BOOLEAN":
        return text.lower()
    if kind == "DOUBLE" and not re.fullmatch(r"-?(\d\.?\d*e.*|nan|inf)", text):
        return repr(float(text))
    if kind == "TIMESTAMP":
        text = text.replace("T", " ") + (":00" if len(text) == 16 else "")
        return re.sub(r"\.?0*$", "", text) if "." in text else text
    return text


TEXTS = st.one_of(
    st.from_regex(r"[+-]?[0-9_]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,5}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", fullmatch=True),
    st.from_regex(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,8})?)?)?"),
    st.integers().map(str), st.floats().map(repr), st.booleans().map(str), st.dates().map(str), st.datetimes().map(str),
    st.sampled_from(["nan", "NaN", "inf", "-inf", "Infinity", "null", "", " ", "t", "yes", "epoch", "today"]),
    st.text(max_size=6).filter(lambda text: "\0" not in text),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=20, max_size=20))
@example([["-0", "-0.0"], ["0.0", "0"], ["1e22", "1.0"], ["2013-01-31 05:00", "2013-01-31 05:00:00.0"]])
def test_a_type_loses_nothing(columns: list[list[str]]) -> None:
    """Whatever texts there are: those of a typed column, written back, are the texts but for what may be lost."""
    names = [f"c{number}" for number in range(len(columns))]
    rows = ", ".join(f"({', '.join(map(literal, row))})" for row in zip(*columns, strict=True))
    texts = f"select * from (values {rows}) t({', '.join(names)})"
    types = infer_types(texts, names)
    back = ", ".join(f"cast(cast({name} as {kind}) as varchar)" for name, kind in types.items())
    written = zip(*ask(f"select {back} from ({texts})"), strict=True)
    for kind, column, values in zip(types.values(), columns, written, strict=True):
        assert [normal(value, kind) for value in values] == [normal(text, kind) for text in column], kind


@pytest.mark.parametrize(
    ("text", "kind", "is_kept"),
    [
        ("1.5", "DOUBLE", True), ("1.50", "DOUBLE", False), ("1.50", "DECIMAL(10,2)", True), ("01", "BIGINT", False),
        ("5", "INTEGER", True), ("5", "DOUBLE", False), ("true", "BOOLEAN", True), ("TRUE", "BOOLEAN", False),
        ("2013-01-31 05:00:00", "TIMESTAMP", True), ("2013-01-31T05:00:00", "TIMESTAMP", False), ("x", "VARCHAR", True),
    ],
)  # fmt: skip
def test_kept_texts(text: str, kind: str, is_kept: bool) -> None:
    """A type keeps a text only where it writes the same one."""
    assert ("c" in kept_types(f"select '{text}' as c", {"c": kind})) == is_kept
