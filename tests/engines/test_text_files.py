"""CSV and JSON: both engines read the same values, and say where a file is wrong."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, ResourceError


def file(folder: Path, text: str, name: str = "x.csv") -> str:
    """Write a file."""
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


def read(engine: Engine, *files: str, format: str = "csv", **options: Any) -> list[tuple[Any, ...]]:
    """All rows, in order."""
    return engine.rows(engine.read_files(format, list(files), **options))


def test_types_are_found_in_all_values(engine: Engine, tmp_path: Path) -> None:
    """Types are inferred from every value; what would lose something as a number stays text."""
    path = file(
        tmp_path,
        (
            "n,x,flag,day,time,zip,zone,empty,late\n"
            "1,1.5,true,2013-01-31,2013-01-31 05:00:00,00501,2013-01-31T05:00:00+02:00,,1\n"
            "-2,2,FALSE,2013-02-01,2013-01-31T05:00:00.123456,10001,2013-01-31T05:00:00Z,,2\n"
            + ",,,,,,,,7\n" * 3000
            + ",,,,,,,,x\n"
        ),
    )
    table = engine.read_files("csv", [path])
    assert engine.schema(table) == {
        "n": "BIGINT",
        "x": "DOUBLE",
        "flag": "BOOLEAN",
        "day": "DATE",
        "time": "TIMESTAMP",
        "zip": "VARCHAR",
        "zone": "VARCHAR",
        "empty": "VARCHAR",
        "late": "VARCHAR",
    }
    first, second, *_, last = engine.rows(table)
    assert first[:6] == (1, 1.5, True, date(2013, 1, 31), datetime(2013, 1, 31, 5), "00501")
    assert second[4] == datetime(2013, 1, 31, 5, 0, 0, 123456)
    assert last == (*[None] * 8, "x")


def test_declared_types(engine: Engine, tmp_path: Path) -> None:
    """Declared columns have their types, also decimals; others are inferred; spaces around numbers do not matter."""
    path = file(tmp_path, "a,b,c,d\n 5 ,12.340,2013-1-5,7\n")
    columns = {"a": "INTEGER", "b": "DECIMAL(8,2)", "c": "date"}
    table = engine.read_files("csv", [path], columns=columns)
    assert engine.schema(table) == {"a": "INTEGER", "b": "DECIMAL(8,2)", "c": "DATE", "d": "BIGINT"}
    assert engine.rows(table) == [(5, Decimal("12.34"), date(2013, 1, 5), 7)]


def test_nulls_delimiter_quotes_and_header(engine: Engine, tmp_path: Path) -> None:
    """Several NULL texts, another delimiter, quoted line ends, a byte-order mark and gzip are read alike."""
    path = file(tmp_path, '\ufeffa;b\nNA;"x;\ny ""z"""\n\\N;\n3;NA\n', "x.csv.gz")
    assert read(engine, path, nulls=["NA", "\\N"], delimiter=";") == [(None, 'x;\ny "z"'), (None, None), (3, None)]
    bare = file(tmp_path, "1,x\n2,y\n", "bare.csv")
    assert read(engine, bare, header=False, columns={"n": "BIGINT", "s": "VARCHAR"}) == [(1, "x"), (2, "y")]


def test_files_are_joined_by_name(engine: Engine, tmp_path: Path) -> None:
    """Columns of several files are matched by name; one that a file lacks is NULL there."""
    files = [file(tmp_path, "a,b\n1,x\n", "1.csv"), file(tmp_path, "b,a,c\ny,2,2013-01-01\n", "2.csv")]
    assert sorted(read(engine, *files)) == [(1, "x", None), (2, "y", date(2013, 1, 1))]
    assert sorted(read(engine, *files, columns={"c": "VARCHAR", "a": "BIGINT", "b": "VARCHAR"})) == [
        (1, "x", None),
        (2, "y", "2013-01-01"),
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("INTEGER", "x"),
        ("INTEGER", "1.5"),
        ("INTEGER", "99999999999"),
        ("BIGINT", "1.0"),
        ("DOUBLE", "1,5"),
        ("BOOLEAN", "on"),
        ("DATE", "05/01/2013"),
        ("DATE", "2013-02-30"),
        ("DATE", "2013-01-05 10:00:00"),
        ("TIMESTAMP", "2013-01-05 24:00:00"),
        ("TIMESTAMP", "2013-01-05 05:00:00 Europe/Berlin"),
        ("DECIMAL(5,2)", "12345.1"),
    ],
)
def test_a_value_of_a_wrong_type(engine: Engine, tmp_path: Path, kind: str, value: str) -> None:
    """A value that is not of its column's type is named with file, line and column, and what to do, not changed."""
    good = {"BOOLEAN": "true", "DATE": "2013-01-01", "TIMESTAMP": "2013-01-01"}.get(kind, "1")
    text = "id,v\n" + f"1,{good}\n" * 5 + f'2,"{value}"\n'
    files = [file(tmp_path, f"id,v\n1,{good}\n", "1.csv"), file(tmp_path, text, "2.csv.gz")]
    table = engine.read_files("csv", files, columns={"id": "BIGINT", "v": kind})
    with pytest.raises(DataError) as error:
        engine.rows(engine.sql("select v from x where id = 2", x=table))
    assert f"2.csv.gz, line 7, column 'v': '{value}' is not of type {kind}." in str(error.value)
    assert "columns: {v: VARCHAR}" in str(error.value)


def test_a_wrong_value_surfaces_wherever_rows_are_computed(engine: Engine, tmp_path: Path) -> None:
    """Persisting, streaming, writing a file and writing Delta all name the place."""
    table = engine.read_files("csv", [file(tmp_path, "v\nx\n")], columns={"v": "INTEGER"})

    def stream() -> None:
        with engine.batches(table) as rows:
            rows.read_all()

    for compute in (
        lambda: engine.persist(table),
        stream,
        lambda: engine.write_file(table, "parquet", str(tmp_path / "x.parquet")),
        lambda: engine.write_delta(table, str(tmp_path / "delta"), mode="append", expected=None),
    ):
        with pytest.raises(DataError, match=r"line 2, column 'v': 'x' is not of type INTEGER"):
            compute()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,2,3", "it has more fields than the 2 columns. The line is: 1,2,3"),
        ("1", "it has fewer fields than the 2 columns. The line is: 1"),
        ('1,"2', 'a quote (") is opened and never closed. The line is: 1,"2'),
    ],
)
def test_a_ragged_row(engine: Engine, tmp_path: Path, row: str, says: str) -> None:
    """A row with too many or too few fields, or an open quote, is named with file and line."""
    path = file(tmp_path, f"a,b\n1,2\n{row}\n3,4\n")
    with pytest.raises(DataError) as caught:
        read(engine, path, columns={"a": "BIGINT", "b": "BIGINT"})
    assert f"x.csv, line 3: {says}" in str(caught.value)


@pytest.mark.parametrize("kept", [0.5, 0])
def test_a_damaged_packed_file(engine: Engine, tmp_path: Path, kept: float) -> None:
    """A .gz file that was cut short, or is none, is an error that names it."""
    path = Path(file(tmp_path, "a\n" + "\n".join(str(number**3) for number in range(20_000)), "x.csv.gz"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)] or b"a\n1\n")
    with pytest.raises(ResourceError, match=r"x.csv.gz is no gzip file, or a damaged one"):
        read(engine, str(path), columns={"a": "BIGINT"})


def test_a_wrong_header(engine: Engine, tmp_path: Path) -> None:
    """A declared column that a file lacks is named with the nearest in its header; so is a header that is none."""
    good, bad = file(tmp_path, "tailnum,n\nx,1\n", "1.csv"), file(tmp_path, "tailnumber,n\nx,1\n", "2.csv")
    columns = {"tailnum": "VARCHAR", "n": "BIGINT"}
    with pytest.raises(ResourceError, match=r"2.csv has no column 'tailnum'.*Did you mean 'tailnumber'"):
        engine.read_files("csv", [good, bad], columns=columns)
    with pytest.raises(ResourceError, match=r"is empty: it has not even a header"):
        engine.read_files("csv", [file(tmp_path, "")])
    with pytest.raises(ResourceError, match=r"a name of its own, also .*: 'a' and 'a' are one"):
        engine.read_files("csv", [file(tmp_path, "a,a\n")])


def test_a_header_without_rows(engine: Engine, tmp_path: Path) -> None:
    """A file without rows is an empty table of the declared types."""
    table = engine.read_files("csv", [file(tmp_path, "a,b\n")], columns={"a": "INTEGER"})
    assert engine.schema(table) == {"a": "INTEGER", "b": "VARCHAR"}
    assert engine.rows(table) == []


def test_blank_lines(engine: Engine, tmp_path: Path) -> None:
    """A blank line is a NULL where there is one column, and nothing where there are several."""
    assert read(engine, file(tmp_path, 'n\n1\n\n""\n2\n')) == [(1,), (None,), (None,), (2,)]
    assert read(engine, file(tmp_path, "a,b\n1,x\n\n2,y\n\n")) == [(1, "x"), (2, "y")]


def test_json_lines(engine: Engine, tmp_path: Path) -> None:
    """JSON files, one object a line, give the same types and values on both engines; keys may be missing."""
    first = '{"a":1,"b":"x","t":"2013-01-01 05:00:00","d":"2013-01-31","e":[1,2]}'
    path = file(tmp_path, f'{first}\n{{"a":2.5,"c":true}}\n', "x.json")
    table = engine.read_files("json", [path], columns={"t": "TIMESTAMP"})
    assert engine.schema(table) == {
        "a": "DOUBLE",
        "b": "VARCHAR",
        "t": "TIMESTAMP",
        "d": "DATE",
        "e": "BIGINT[]",
        "c": "BOOLEAN",
    }
    assert engine.rows(table) == [
        (1.0, "x", datetime(2013, 1, 1, 5), date(2013, 1, 31), [1, 2], None),
        (2.5, None, None, None, None, True),
    ]


def test_json_without_rows(engine: Engine, tmp_path: Path) -> None:
    """An empty JSON file is an empty table of the declared columns; without any it is an error that says so."""
    path = file(tmp_path, "", "x.json")
    table = engine.read_files("json", [path], columns={"n": "BIGINT"})
    assert engine.schema(table) == {"n": "BIGINT"}
    assert engine.rows(table) == []
    with pytest.raises(ResourceError, match=r"x.json has no row to find the columns in: declare them"):
        engine.read_files("json", [path])


def test_wrong_json(engine: Engine, tmp_path: Path) -> None:
    """A value of a wrong type and a line that is no JSON are named with file and line; fractions are not rounded."""
    wrong = file(tmp_path, '{"a":1}\n{"a":"x"}\n', "wrong.json")
    with pytest.raises(DataError, match=r"wrong.json, line 2, column 'a': 'x'"):
        read(engine, wrong, format="json", columns={"a": "INTEGER"})
    with pytest.raises(DataError, match=r"broken.json, line "):
        read(engine, file(tmp_path, '{"a":1}\n{"a":\n', "broken.json"), format="json")
    with pytest.raises(DataError, match=r"half.json, line 1, column 'a': '1.5' is not of type INTEGER"):
        read(engine, file(tmp_path, '{"a":1.5}\n', "half.json"), format="json", columns={"a": "INTEGER"})
    with pytest.raises(ResourceError, match=r"No row of .* has 'aa', .*Did you mean 'a'"):
        read(engine, wrong, format="json", columns={"aa": "INTEGER"})
