"""Tables of many files, taken apart by the columns that the files have; and hashes of rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from kedro_faucet import engines
from kedro_faucet.engines import Engine

WIDE = [{"id": 1, "mail": "x@y"}, {"id": 2, "mail": None}]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as the suffix says; of JSON, without what is None."""
    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        lines = [rows[0].keys(), *([value or "" for value in row.values()] for row in rows)]
        path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
    else:
        told = ({name: value for name, value in row.items() if value is not None} for row in rows)
        path.write_text("".join(json.dumps(row) + "\n" for row in told))


def parts(engine: Engine, format: str, files: list[Path], **options: Any) -> list[list[dict[str, Any]]]:
    """Return the rows of each part, in the order of their texts."""
    table = engine.read_files(format, [str(file) for file in files], **options)
    return [sorted(engine.to_arrow(part).to_pylist(), key=repr) for part in engine.parts(table)]


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_columns_of_each_file(engine: Engine, tmp_path: Path, format: str) -> None:
    """A part has the columns of its files alone, typed and ordered as in the whole; of JSON, the keys of any row."""
    files = [tmp_path / f"{number}.{format}" for number in range(3)]
    for file, rows in zip(files, [[{"id": 3}], WIDE, [{"id": 2**40}]], strict=True):
        write(file, rows)
    assert parts(engine, format, files) == [[{"id": 2**40}, {"id": 3}], WIDE]
    assert parts(engine, format, files[1:2]) == [WIDE]


def test_same_columns_are_one_part(tmp_path: Path) -> None:
    """Files that differ in the order of their columns alone are one part, and so is any other table."""
    engine = engines.connect()
    write(tmp_path / "1.csv", [{"id": 1, "mail": "x"}])
    write(tmp_path / "2.csv", [{"mail": "y", "id": 2}])
    files = sorted(tmp_path.iterdir())
    assert parts(engine, "csv", files) == [[{"id": 1, "mail": "x"}, {"id": 2, "mail": "y"}]]
    table = engine.sql("select 1 as id")
    assert engine.parts(table) == [table]


def test_declared_columns(tmp_path: Path) -> None:
    """A declared column is none of a part whose files lack it, and is of its declared type in the others."""
    engine = engines.connect()
    write(tmp_path / "1.csv", [{"id": 1, "mail": "7"}])
    write(tmp_path / "2.csv", [{"id": 2}])
    declared = {"id": "INTEGER", "mail": "VARCHAR"}
    assert parts(engine, "csv", sorted(tmp_path.iterdir()), columns=declared) == [[{"id": 1, "mail": "7"}], [{"id": 2}]]


def test_files_without_a_row(tmp_path: Path) -> None:
    """A file without a row is no fault: an empty JSON file lacks nothing, a header stands for its columns."""
    engine = engines.connect()
    for format, empty in (("json", ""), ("csv", "id,fax\n")):
        folder = tmp_path / format
        folder.mkdir()
        write(folder / f"1.{format}", [{"id": 1}])
        (folder / f"2.{format}").write_text(empty)
        assert [rows for rows in parts(engine, format, sorted(folder.iterdir())) if rows] == [[{"id": 1}]]


def test_hashes(engine: Engine) -> None:
    """Equal rows have equal hashes, whatever the order of columns; a NULL in another column is another row."""
    rows = pa.table({"b": ["x", "x", None], "a": [None, None, "x"]})
    swapped = pa.table({"a": [None, None, "x"], "b": ["x", "x", None]})
    one, two = (engine.hashed(engine.from_frame(each), ["a", "b"], "hash") for each in (rows, swapped))
    first, again, other = engine.to_arrow(one)["hash"].to_pylist()
    assert first == again != other
    assert engine.to_arrow(two)["hash"].to_pylist() == [first, again, other]
    assert min(first, other) >= 0
    assert max(first, other) < 2**32
