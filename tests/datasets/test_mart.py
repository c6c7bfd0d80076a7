"""The mart: one file, swapped as a whole."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from faults import Faults

from kedro_faucet import MartDataset, engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ResourceError

ROW = {
    "day": date(2013, 1, 1),
    "at": datetime(2013, 1, 1, 5, 15),
    "amount": Decimal("1.25"),
    "key": 2**60,
    "name": "é",
    "share": 0.5,
    "open": True,
    "nothing": None,
}
TYPES = pa.schema(
    {
        "day": pa.date32(),
        "at": pa.timestamp("us"),
        "amount": pa.decimal128(9, 2),
        "key": pa.int64(),
        "name": pa.string(),
        "share": pa.float64(),
        "open": pa.bool_(),
        "nothing": pa.int32(),
    }
)


def dataset(engine: Engine, path: Path) -> MartDataset:
    """A mart written by the engine."""
    return MartDataset(filepath=str(path / "mart.duckdb"), engine=engine.config)


def numbers(engine: Engine, count: int) -> object:
    """A table of so many numbers."""
    return engine.from_frame(pa.table({"n": pa.array(range(count), pa.int64())}))


def test_values_and_types_arrive_as_they_were(engine: Engine, tmp_path: Path) -> None:
    """Every type of a star schema has the same value and type in the file, from both engines."""
    mart = dataset(engine, tmp_path)
    mart.save({"star.dim": engine.from_frame(pa.Table.from_pylist([ROW], TYPES)), "cube.cells": numbers(engine, 3)})
    with duckdb.connect(str(tmp_path / "mart.duckdb"), read_only=True) as connection:
        found = connection.sql("from star.dim")
        assert [str(kind) for kind in found.types] == [
            "DATE", "TIMESTAMP", "DECIMAL(9,2)", "BIGINT", "VARCHAR", "DOUBLE", "BOOLEAN", "INTEGER",
        ]  # fmt: skip
        assert found.fetchall() == [tuple(ROW.values())]
    assert mart.load() == {"cube.cells": 3, "star.dim": 1}
    assert mart.preview()["data"] == [["cube.cells", 3], ["star.dim", 1]]


def test_a_reader_keeps_the_old_set_and_the_next_sees_the_new(tmp_path: Path) -> None:
    """Whoever has the file open reads all tables as they were; whoever opens it later, all as they are."""
    engine = engines.connect()
    mart = dataset(engine, tmp_path)
    mart.save({"star.a": numbers(engine, 1), "star.b": numbers(engine, 1)})
    with duckdb.connect(str(tmp_path / "mart.duckdb"), read_only=True) as old:
        mart.save({"star.a": numbers(engine, 2), "star.c": numbers(engine, 2)})
        assert old.sql("select (select count(*) from star.a), (select count(*) from star.b)").fetchall() == [(1, 1)]
    assert mart.load() == {"star.a": 2, "star.c": 2}


def test_a_table_that_fails_leaves_the_old_mart(engine: Engine, tmp_path: Path) -> None:
    """When one table cannot be computed, nothing of the new set shows, and nothing is left beside it."""
    mart = dataset(engine, tmp_path)
    mart.save({"star.a": numbers(engine, 1)})
    words = engine.from_frame(pa.table({"word": ["x"]}))
    broken = engine.sql("select cast(word as integer) as n from words", words=words)
    with pytest.raises(Exception, match="x"):
        mart.save({"star.a": numbers(engine, 2), "star.b": broken})
    assert mart.load() == {"star.a": 1}
    assert not list((tmp_path / ".faucet").glob("*.tmp"))
    mart.save({"star.a": numbers(engine, 3)})
    assert mart.load() == {"star.a": 3}
    assert [file.name for file in (tmp_path / ".faucet").iterdir()] == ["mart.duckdb.lock"]


_WRITER = """
import sys
import pyarrow as pa
from kedro_faucet import MartDataset, engines
path, first = sys.argv[1], int(sys.argv[2])
engine, mart = engines.connect(), MartDataset(filepath=path)
for turn in range(first, first + 100_000):
    rows = engine.from_frame(pa.table({"turn": [turn] * 20_000}))
    mart.save({"star.a": rows, "star.b": rows})
    print(turn, flush=True)
"""


@pytest.mark.slow
@pytest.mark.faults
def test_a_killed_save_leaves_a_whole_mart(tmp_path: Path, faults: Faults) -> None:
    """After kill -9 at any moment of a save, all tables of the mart are of one save, the last or the next."""
    path, first = tmp_path / "mart.duckdb", 0
    for kill in faults.kills("mart", 0.4):
        command = [sys.executable, "-c", _WRITER, str(path), str(first)]
        process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline() == f"{first}\n"
        kill(process)
        last = max(map(int, process.stdout.read().split()), default=first)
        with duckdb.connect(str(path), read_only=True) as mart:
            [found] = mart.execute(
                "select turn, count(*) from (from star.a union all from star.b) group by 1"
            ).fetchall()
        assert found in [(last, 40_000), (last + 1, 40_000)]
        first = last + 2
    MartDataset(filepath=str(path)).save({"star.a": numbers(engines.connect(), 1)})
    assert sorted(each.name for each in tmp_path.rglob("*") if each.is_file()) == ["mart.duckdb", "mart.duckdb.lock"]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    """A half-written file or folder and a log of the old database do not stop the next publication."""
    (tmp_path / ".faucet" / "mart.duckdb.0.tmp.parquet.parts").mkdir(parents=True)
    (tmp_path / ".faucet" / "mart.duckdb.0.tmp").write_bytes(b"half")
    (tmp_path / ".faucet" / "mart.duckdb.0.tmp.wal").write_bytes(b"half")
    (tmp_path / "mart.duckdb.wal").write_bytes(b"a log of another file")
    mart = dataset(engines.connect(), tmp_path)
    mart.save({"star.a": numbers(engines.connect(), 1)})
    assert mart.load() == {"star.a": 1}
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["mart.duckdb", "mart.duckdb.lock"]


def test_who_may_read_a_mart_stays_so(engine: Engine, tmp_path: Path) -> None:
    """A mart keeps its mode, and of a link what it points to is replaced."""
    (tmp_path / "real").mkdir()
    mart, real = dataset(engine, tmp_path), tmp_path / "real/m.duckdb"
    mart.save({"star.a": numbers(engine, 1)})
    (tmp_path / "mart.duckdb").rename(real)
    real.chmod(0o640)
    (tmp_path / "mart.duckdb").symlink_to(real)
    mart.save({"star.a": numbers(engine, 2)})
    assert (tmp_path / "mart.duckdb").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert mart.load() == {"star.a": 2}


def test_what_a_link_among_leftovers_points_to_stays(tmp_path: Path) -> None:
    """A link that looks like a leftover fails nothing, and its folder keeps what it holds."""
    (tmp_path / ".faucet").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/keep.txt").write_text("mine")
    (tmp_path / ".faucet/mart.duckdb.x.tmp").symlink_to(tmp_path / "outside")
    (tmp_path / ".faucet/mart.duckdb.y.tmp").symlink_to("/nowhere")
    mart = dataset(engines.connect(), tmp_path)
    mart.save({"star.a": numbers(engines.connect(), 1)})
    assert mart.load() == {"star.a": 1}
    assert (tmp_path / "outside/keep.txt").read_text() == "mine"


def test_a_link_in_the_place_of_the_folder_aside_is_refused(tmp_path: Path) -> None:
    """Nothing is written or removed where a link leads, and the error names it."""
    (tmp_path / "outside/mart.duckdb.x.tmp").mkdir(parents=True)
    (tmp_path / ".faucet").symlink_to(tmp_path / "outside")
    with pytest.raises(Exception, match=r"This is a link, where a folder is needed: remove it: .*\.faucet"):
        dataset(engines.connect(), tmp_path).save({"star.a": numbers(engines.connect(), 1)})
    assert [each.name for each in (tmp_path / "outside").iterdir()] == ["mart.duckdb.x.tmp"]


def test_the_file_says_an_old_storage_version(tmp_path: Path) -> None:
    """The file is written in a form that tools with an older DuckDB read."""
    dataset(engines.connect(), tmp_path).save({"star.a": numbers(engines.connect(), 1)})
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'mart.duckdb'}' as mart (read_only)")
        [(tags,)] = connection.execute("select tags from duckdb_databases() where database_name = 'mart'").fetchall()
    assert tags["storage_version"].startswith("v1.2.0")


def test_a_missing_mart_and_a_remote_one_are_told(tmp_path: Path) -> None:
    """Loading before anything was published, and a mart that would not be a local file, are errors that say so."""
    mart = MartDataset(filepath=str(tmp_path / "mart.duckdb"))
    assert not mart.exists()
    with pytest.raises(Exception, match="does not exist: it is written by the pipeline that publishes"):
        mart.load()
    with pytest.raises(ResourceError, match="on this machine"):
        MartDataset(filepath="s3://bucket/mart.duckdb")
