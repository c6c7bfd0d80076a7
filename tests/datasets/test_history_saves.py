"""HistoryDataset: saved in any order, at once by several processes, killed, and continued by the other engine."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import history_model as model
import pytest
from faults import Faults
from histories import expected, history, rows
from history_writer import SPARK, month, save_both
from hypothesis import given, settings
from sessions import connect_spark

from kedro_faucet import engines
from kedro_faucet.engines import Engine


@settings(max_examples=15, deadline=None)
@given(model.histories())
def test_any_order(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[list[model.Saved], list[int]]) -> None:
    """Snapshots saved in any order, late or twice, give the same intervals: through real Delta tables."""
    check_order(engines.connect(), tmp_path_factory.mktemp("history"), *drawn)


@pytest.mark.spark
@pytest.mark.slow
def test_any_order_on_spark(tmp_path: Path) -> None:
    """Snapshots saved in a mixed-up order give the same intervals on Spark."""
    saved = [month(number) for number in range(1, 4)]
    check_order(connect_spark(), tmp_path, saved, [2, 0, 1, 0])


def check_order(engine: Engine, path: Path, saved: list[model.Saved], order: list[int]) -> None:
    """Save in an order, and compare the views with what the snapshots imply."""
    for number in order:
        rules = {"complete": saved[number].complete, "max_deletes": 1, "dropped": "city"}
        history(engine, path, **rules).save(saved[number].snapshot(engine))
    fleet = history(engine, path)
    city = "city" if "city" in fleet.load().columns else "null as city"
    query = f"select id, name, {city}, valid_from, valid_to, is_current from fleet"
    assert rows(engine, engine.sql(query, fleet=fleet.load())) == expected(saved)
    for at, found in model.as_of(saved).items():
        assert rows(engine, fleet.as_of(at)) == sorted(found, key=repr)


@pytest.mark.spark
def test_continued_on_the_other_engine(tmp_path: Path) -> None:
    """A history that one engine wrote is read and continued by the other, with equal views on both."""
    both = [engines.connect(), connect_spark()]
    saved = [month(number) for number in range(1, 5)]
    for number, one in enumerate(saved):
        history(both[number % 2], tmp_path).save(one.snapshot(both[number % 2]))
    for engine in both:
        assert rows(engine, history(engine, tmp_path).load()) == expected(saved)
        assert set(rows(engine, history(engine, tmp_path).as_of(saved[1].at))) == model.as_of(saved)[saved[1].at]
    duckdb, spark = (rows(engine, history(engine, tmp_path).changes()) for engine in both)
    assert duckdb == spark


def writer(path: Path, engine: dict[str, Any], months: Iterable[int], kind: str = "snapshots") -> subprocess.Popen[str]:
    """Start a process that will save months; it waits until it is told to begin."""
    script = Path(__file__).parents[1] / "history_writer.py"
    command = [sys.executable, str(script), str(path / "fleet"), json.dumps(engine), kind, *map(str, months)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while process.stdout and process.stdout.readline().strip() != "ready":
        assert process.poll() is None
    return process


def begin(process: subprocess.Popen[str]) -> None:
    """Tell a process to begin."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.slow
@pytest.mark.parametrize(
    "other", [{"type": "duckdb"}, pytest.param(SPARK, marks=pytest.mark.spark)], ids=["duckdb", "spark"]
)
def test_two_processes(tmp_path: Path, other: dict[str, Any]) -> None:
    """Two processes that save different snapshots at once, also one on each engine, lose nothing."""
    if other is SPARK:
        connect_spark()
    late = [11, 1]
    rest = [number for number in range(1, 13) if number not in late]
    processes = [writer(tmp_path, {"type": "duckdb"}, rest), writer(tmp_path, other, late)]
    for process in processes:
        begin(process)
    assert [process.communicate()[0].strip() for process in processes] == ["done", "done"]
    fleet = history(engines.connect(), tmp_path)
    assert rows(engines.connect(), fleet.load()) == expected(month(number) for number in range(1, 13))
    assert len(fleet.history().markers) == 12


@pytest.mark.slow
@pytest.mark.faults
def test_killed(tmp_path: Path, faults: Faults) -> None:
    """A save killed at any moment leaves a history that the same saves complete."""
    for attempt, kill in enumerate(faults.kills("history", 0.4)):
        process = writer(tmp_path / str(attempt), {"type": "duckdb"}, range(1, 7))
        begin(process)
        kill(process)
        again = writer(tmp_path / str(attempt), {"type": "duckdb"}, range(1, 7))
        begin(again)
        assert again.communicate()[0].strip() == "done"
        fleet = history(engines.connect(), tmp_path / str(attempt))
        assert rows(engines.connect(), fleet.load()) == expected(month(number) for number in range(1, 7))


@pytest.mark.slow
@pytest.mark.faults
def test_feeds_killed(tmp_path: Path, faults: Faults) -> None:
    """Feeds and snapshots saved by two processes at once, in other orders and one killed, are as if saved in order."""
    engine, months = engines.connect(), [*range(1, 9)]
    for number in months:
        save_both(str(tmp_path / "ordered/fleet"), engine, number)
    expected = rows(engine, history(engine, tmp_path / "ordered").load())
    for attempt, kill in enumerate(faults.kills("history, feeds by two writers", 2)):
        path, chance = tmp_path / str(attempt), random.Random(attempt)
        first, other = (writer(path, {"type": "duckdb"}, chance.sample(months, 8), "feeds") for _ in range(2))
        begin(first)
        begin(other)
        kill(first)
        again = writer(path, {"type": "duckdb"}, [*chance.sample(months, 8), 3], "feeds")
        begin(again)
        assert [each.communicate()[0].strip() for each in (other, again)] == ["done", "done"]
        assert rows(engine, history(engine, path).load()) == expected
