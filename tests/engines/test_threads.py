"""Threads: what several nodes ask of one engine at the same time waits, and is never refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine


@pytest.fixture
def duckdb_engine() -> Engine:
    """The embedded engine: a connection of it refuses a second call."""
    return engines.connect()


def test_columns_may_be_asked_while_others_compute(duckdb_engine: Engine) -> None:
    """A table's columns, which DuckDB binds anew after others made tables, are there for every thread at any time."""
    engine = duckdb_engine
    stored = engine.persist(engine.from_frame(pa.table({"n": range(1000)})))
    lazy = engine.sql("select n, n * 2 as twice from stored", stored=stored)

    def computes(number: int) -> object:
        return engine.rows(engine.persist(engine.sql("select sum(twice) as total from lazy", lazy=lazy)))

    def asks(number: int) -> object:
        return lazy.columns, len(lazy.filter(f"n < {number}").fetchall())

    tasks: list[Callable[[int], object]] = [computes, asks, asks, asks]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: tasks[number % 4](number), range(800)))
    assert found == [[(999_000,)] if number % 4 == 0 else (["n", "twice"], number) for number in range(800)]


def test_a_reader_that_is_left_undrained(duckdb_engine: Engine) -> None:
    """Whoever stops reading half-way keeps nobody else from the engine."""
    many = duckdb_engine.sql("select unnest(range(1000000)) as n", portable=False)
    with duckdb_engine.batches(many) as reader:
        assert reader.read_next_batch().num_rows > 0
    assert duckdb_engine.rows(duckdb_engine.sql("select 1 as n")) == [(1,)]
