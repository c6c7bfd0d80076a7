"""Names of files and folders: each is its file's own, whatever signs it holds, and adds no value to its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from kedro_faucet import MartDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.delta import DeltaStore
from kedro_faucet.storage.files import FileStore

FORMATS = ("csv", "json", "parquet")
NAMES = (
    *("a", "b", "[a]", "[!a]", "]", "?", "*", "**", "{a,b}", "x{y}", "a,b", "a#b", "a?b=c", "%20", "a b", " lead"),
    *("it's", 'q"uote', "se;mi--", "-rf", "ü💥", "a\nb", "n=9/x", "we[i]rd/x", "wei/x", "N=9/n=8/x", "$x", "~"),
)


def write(path: Path, name: str, format: str) -> None:
    """Write a file of one row that holds the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if format == "parquet":
        pq.write_table(pa.table({"n": [name]}), path)
    quoted = '"' + name.replace('"', '""') + '"'
    if format == "csv":
        path.write_text(f"n\n{quoted}\n")
    if format == "json":
        path.write_text('{"n": "' + name.replace('"', '\\"').replace("\n", "\\n") + '"}\n')


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_read_by_its_own_name(engine: Engine, tmp_path: Path, format: str) -> None:
    """Every file gives its own rows alone, though its name could be a pattern that finds others."""
    files = {name: tmp_path / f"{name}.{format}" for name in NAMES}
    for name, path in files.items():
        write(path, name, format)
    assert {name: engine.rows(engine.read_files(format, [str(path)])) for name, path in files.items()} == {
        name: [(name,)] for name in NAMES
    }
    everything = engine.read_files(format, list(map(str, files.values())))
    assert everything.columns == ["n"]
    assert sorted(engine.rows(everything)) == sorted((name,) for name in NAMES)


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_found_by_its_own_name(engine: Engine, tmp_path: Path, format: str) -> None:
    """A pattern finds each file once, and brackets are letters: what is not there is not another file."""
    for name in ("a", "[a]", "?", "*"):
        write(tmp_path / f"{name}.{format}", name, format)
    assert sorted(engine.rows(FileStore(engine, str(tmp_path / f"*.{format}"), format).read())) == [
        *(("*",), ("?",), ("[a]",), ("a",))
    ]
    assert not FileStore(engine, str(tmp_path / f"[ab].{format}"), format).exists()


@pytest.mark.parametrize("folder", ["run=5", "we[i]rd", "x{y}", "a b", "RUN=5/x=9", "a#b%41"])
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_saved_below_a_folder_is_loaded(engine: Engine, tmp_path: Path, folder: str, format: str) -> None:
    """A folder neither replaces nor adds values, and a file below it is saved, loaded and appended to."""
    store = FileStore(engine, str(tmp_path / folder / f"[t].{format}"), format)
    store.replace(engine.sql("select 1 as run, 2 as x"))
    assert [tuple(row) for row in engine.rows(store.read())] == [(1, 2)]
    assert store.read().columns == ["run", "x"]


@pytest.mark.parametrize("folder", ["run=5", "a b", "x{y}", "RUN=5/x=9", "*"])
def test_a_delta_table_below_a_folder(engine: Engine, tmp_path: Path, folder: str) -> None:
    """A folder above a Delta table neither replaces nor adds values, nor is it a pattern."""
    write_deltalake(str(tmp_path / "other" / "t"), pa.table({"run": [7]}))
    store = DeltaStore(engine, str(tmp_path / folder / "t"))
    store.replace(engine.sql("select 1 as run, 2 as x"))
    assert engine.rows(store.read()) == [(1, 2)]
    assert store.read().columns == ["run", "x"]


@pytest.mark.parametrize("folder", ["t", "run=5/p=6/t"])
def test_the_partitions_of_a_delta_table(engine: Engine, tmp_path: Path, folder: str) -> None:
    """The values of partitions are those that were written: texts stay texts, whatever folder is above."""
    values = ["01234", "a b", "a/b", "[a]*?", "ü%20=x", None, "__HIVE__", "1e5"]
    rows = pa.table({"n": list(range(8)), "p": values, "run": pa.array([1, 2] * 4, pa.int64())})
    write_deltalake(str(tmp_path / folder), rows, partition_by=["p", "run"])
    assert sorted(engine.rows(DeltaStore(engine, str(tmp_path / folder)).read())) == [
        (n, value, 1 + n % 2) for n, value in enumerate(values)
    ]


def test_an_empty_text_as_partition(engine: Engine, tmp_path: Path) -> None:
    """An empty text as a partition's value is one on both engines."""
    write_deltalake(str(tmp_path / "t"), pa.table({"n": [1], "p": [""]}), partition_by=["p"])
    assert engine.rows(DeltaStore(engine, str(tmp_path / "t")).read()) == [(1, "")]


def test_a_colon(engine: Engine, tmp_path: Path) -> None:
    """Spark opens no Parquet file whose name has a colon, and says so; the embedded engine reads it."""
    write(tmp_path / "a:b.parquet", "x", "parquet")

    def read() -> Any:
        return engine.rows(engine.read_files("parquet", [str(tmp_path / "a:b.parquet")]))

    if engine.name == "duckdb":
        assert read() == [("x",)]
        return
    with pytest.raises(ResourceError, match=r"a:b.parquet: Spark opens no file whose name has a colon"):
        read()


def test_a_mart_below_a_folder(engine: Engine, tmp_path: Path) -> None:
    """A mart below a folder that says a value, or is called like a pattern, keeps what was saved."""
    for folder in ("run=5", "we[i]rd"):
        file = tmp_path / folder / "mart.duckdb"
        MartDataset(filepath=str(file), engine=engine.config).save({"t": engine.sql("select 1 as run")})
        with duckdb.connect(str(file), read_only=True) as mart:
            assert mart.execute("from main.t").fetchall() == [(1,)]
