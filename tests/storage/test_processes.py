"""Several processes at once lose nothing, and a killed one leaves the old or the new table, never half of one."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from resource_writer import WIDTH, go, resource, start
from sessions import connect_spark

from kedro_faucet import engines

PAIRS = [
    ("duckdb", "duckdb"),
    pytest.param("spark", "spark", marks=pytest.mark.spark),
    pytest.param("duckdb", "spark", marks=pytest.mark.spark),
]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_two_writers_lose_nothing(first: str, second: str, mode: str, tmp_path: Path) -> None:
    """Two processes that create a Delta table and then append or merge at once: every row of both is there."""
    if "spark" in (first, second):
        connect_spark()
    path, counts = str(tmp_path / "x"), {"duckdb": 10, "spark": 3}
    writers = [start(kind, "delta", mode, path, f"w{n}", str(counts[kind])) for n, kind in enumerate((first, second))]
    for each in writers:
        go(each)
    for each in writers:
        assert each.communicate()[1].count("Error") == 0
        assert each.returncode == 0
    found = engines.connect().rows(resource("duckdb", "delta", mode, path).load())
    expected = [f"w{n}-{turn}" for n, kind in enumerate((first, second)) for turn in range(counts[kind])]
    assert sorted(row[0] for row in found if row[0] != "shared") == sorted(expected)
    shared = [row for row in found if row[0] == "shared"]
    assert len(shared) == (1 if mode == "merge" else len(expected))
    assert max(row[1] for row in shared) == max(counts[kind] for kind in (first, second)) - 1


@pytest.mark.slow
@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_two_writers_of_one_file_lose_nothing(format: str, tmp_path: Path) -> None:
    """Two processes that append to one file at once: every row of both is there."""
    path = str(tmp_path / f"x.{format}")
    writers = [start("duckdb", format, "append", path, f"w{n}", "10") for n in range(2)]
    for each in writers:
        go(each)
    assert [each.wait() for each in writers] == [0, 0]
    found = engines.connect().rows(resource("duckdb", format, "append", path).load())
    assert len({row[0] for row in found}) == 21
    assert len(found) == 40


@pytest.mark.slow
@pytest.mark.parametrize(("format", "mode"), [("parquet", "overwrite"), ("delta", "merge")])
def test_a_killed_save_leaves_a_whole_table(format: str, mode: str, tmp_path: Path) -> None:
    """After kill -9 at any moment of a save the table is whole, the next save succeeds, and no leftovers stay."""
    path, engine = str(tmp_path / ("x.parquet" if format == "parquet" else "x")), engines.connect()
    target = resource("duckdb", format, mode, path)
    for _ in range(10):
        process = start("duckdb", format, mode, path, "killed", "100000")
        go(process)
        time.sleep(random.uniform(0, 0.4))
        process.kill()
        process.wait()
        if target.exists():
            found = engine.rows(target.load())
            assert len(found) == WIDTH
            assert len({row[1] for row in found}) == 1
    last = start("duckdb", format, mode, path, "last", "1")
    go(last)
    assert last.wait() == 0
    assert "last" in {row[2] for row in engine.rows(target.load())}
    if format == "parquet":
        assert {each.suffix for each in tmp_path.glob(".faucet/x.parquet/*")} == {"", ".parquet"}
        assert not list(tmp_path.glob(".faucet/x.parquet/new-*"))


@pytest.mark.slow
@pytest.mark.parametrize("format", ["parquet", "csv", "json", "delta"])
def test_a_reader_finds_what_it_loaded(format: str, tmp_path: Path) -> None:
    """While another process replaces a table as fast as it can, every load reads one whole version of it."""
    path, engine = str(tmp_path / f"x.{format}"), engines.connect()
    target, reads = resource("duckdb", format, "overwrite", path), 0
    writer = start("duckdb", format, "overwrite", path, "w", "60")
    go(writer)
    while writer.poll() is None:
        if target.exists():
            loaded = target.load()
            time.sleep(random.uniform(0, 0.1))
            found = engine.rows(loaded)
            assert (len(found), len({row[1] for row in found})) == (WIDTH, 1)
            reads += 1
    assert writer.returncode == 0
    assert reads > 3
