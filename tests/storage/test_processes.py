"""Several processes at once lose nothing, and a killed one leaves the old or the new table, never half of one."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from faults import COUNT, Faults, end
from resource_writer import WIDTH, go, resource, start
from sessions import connect_spark

from kedro_faucet import engines
from kedro_faucet.datasets.resource import ResourceDataset

TURNS = 100_000

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


IN_SUITE = [("parquet", "overwrite"), ("delta", "merge")]
BY_COMMAND = [
    ("csv", "overwrite"),
    ("parquet", "append"),
    ("parquet/t", "overwrite"),
    ("delta", "overwrite"),
    ("delta", "append"),
    ("delta/t", "merge"),
]
BY_COMMAND_EMBEDDED = [
    ("parquet", "merge"),
    ("csv", "merge"),
    ("json", "append"),
    ("parquet/t", "overwrite"),
    ("parquet/t", "merge"),
    ("csv/t", "append"),
    ("json/t", "append"),
    ("delta/t", "overwrite"),
    ("delta/t", "append"),
    ("delta/t", "merge"),
    ("delta", "tended"),
]
KILLED = [
    ("duckdb", "parquet", "overwrite"),
    ("duckdb", "parquet", "append"),
    ("duckdb", "parquet/t", "append"),
    ("duckdb", "csv", "overwrite"),
    ("duckdb", "csv", "append"),
    ("duckdb", "json", "overwrite"),
    ("duckdb", "delta", "overwrite"),
    ("duckdb", "delta", "append"),
    ("duckdb", "delta", "merge"),
    *(("duckdb", *write) for write in BY_COMMAND_EMBEDDED),
    *(pytest.param("spark", *write, marks=pytest.mark.spark) for write in (*IN_SUITE, *BY_COMMAND)),
]


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize(("kind", "format", "mode"), KILLED)
def test_a_killed_save_leaves_a_whole_table(kind: str, format: str, mode: str, tmp_path: Path, faults: Faults) -> None:
    """After kill -9 at any moment, what was acknowledged is there once, and whole; the next save leaves nothing."""
    if (format, mode) in (BY_COMMAND if kind == "spark" else BY_COMMAND_EMBEDDED) and COUNT not in os.environ:
        pytest.skip("by `make faults` alone: a kind of write that others are like")
    if kind == "spark":
        connect_spark()
    path = str(tmp_path / ("x" if format.startswith("delta") else f"x.{format.partition('/')[0]}"))
    target, sure = resource("duckdb", format, mode, path), list[int]()
    longest = 0.4 if kind == "duckdb" else 3.0
    for attempt, kill in enumerate(faults.kills(f"{shown(format)}, {mode}, {kind}", longest)):
        first = attempt * TURNS
        process = start(kind, format, mode, path, "killed", str(TURNS), str(first))
        go(process)
        kill(process)
        assert process.stdout
        acknowledged = [int(line) for line in process.stdout.read().split() if line.isdigit()]
        sure = check_saves(target, mode, [*sure, *acknowledged], next=acknowledged[-1] + 1 if acknowledged else first)
    last = start(kind, format, mode, path, "last", "1", str(10**9))
    go(last)
    assert last.communicate()[0].strip() == str(10**9)
    assert "last" in {row[2] for row in engines.connect().rows(target.load())}
    if format == "parquet":
        assert {each.suffix for each in tmp_path.glob(".faucet/x.parquet/*")} == {"", ".parquet"}
    assert not list(tmp_path.glob(".faucet/x.*/new-*"))


def shown(format: str) -> str:
    """A format as the list of faults calls it."""
    name, _, folders = format.partition("/")
    return f"{name} by partition_by" if folders else name


def check_saves(target: ResourceDataset, mode: str, sure: list[int], next: int) -> list[int]:
    """Compare what a table has with the saves that were acknowledged; the next may be there too, whole. Return all."""
    if not target.exists():
        assert not sure
        return sure
    engine = engines.connect()
    found = dict(engine.rows(engine.sql("select t, count(*) as n from saved group by t", saved=target.load())))
    assert set(found.values()) == {WIDTH}
    assert set(found) in ([set(sure), {*sure, next}] if mode in ("append", "tended") else [set(sure[-1:]), {next}])
    return [*sure, next] if next in found else sure


@pytest.mark.slow
@pytest.mark.parametrize("format", ["parquet", "csv", "json", "delta"])
def test_a_reader_finds_what_it_loaded(format: str, tmp_path: Path) -> None:
    """While another process replaces a table as fast as it can, every load reads one whole version of it."""
    path, engine = str(tmp_path / f"x.{format}"), engines.connect()
    target, loads = resource("duckdb", format, "overwrite", path), 0
    writer = start("duckdb", format, "overwrite", path, "w", str(TURNS))
    go(writer)
    while loads < 10:
        assert writer.poll() is None
        if target.exists():
            loaded = target.load()
            time.sleep(random.uniform(0, 0.1))
            found = engine.rows(loaded)
            assert (len(found), len({row[1] for row in found})) == (WIDTH, 1)
            loads += 1
    end(writer)
