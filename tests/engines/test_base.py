"""What every engine does alike beside its own SQL: letting go of what was persisted."""

from __future__ import annotations

import pytest

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.duckdb import DuckDBEngine
from kedro_faucet.exceptions import DataError


def stored(engine: DuckDBEngine) -> int:
    """Count the tables that the embedded engine keeps."""
    found = engine.connection.execute("select count(*) from duckdb_tables() where schema_name = 'kf_persisted'")
    return int(found.fetchall()[0][0])


def persist_and_stop(engine: DuckDBEngine, table: engines.Table) -> None:
    """Fail within a scope, after something was persisted there."""
    with engine.scratch():
        engine.persist(table)
        assert stored(engine) == 2
        raise RuntimeError("stop")


def test_a_scope_lets_go_of_what_was_persisted_within_also_after_an_error() -> None:
    """Leaving a scope drops its tables, and those of an outer scope stay readable."""
    engine = DuckDBEngine({})
    with engine.scratch():
        outer = engine.persist(engine.sql("select 1 as n"))
        with pytest.raises(RuntimeError, match="stop"):
            persist_and_stop(engine, outer)
        assert stored(engine) == 1
        assert engine.rows(outer) == [(1,)]
    assert stored(engine) == 0


def test_what_is_persisted_outside_a_scope_stays(engine: Engine) -> None:
    """A table that was persisted outside of a scope is read within, and after it."""
    kept = engine.persist(engine.sql("select 1 as n"))
    with engine.scratch():
        assert engine.rows(engines.sql("select n + 1 as n from kept", kept=engine.persist(kept))) == [(2,)]
    assert engine.rows(kept) == [(1,)]


@pytest.mark.parametrize("value", ["timestamp 'infinity'", "date '-infinity'", "date '0044-03-15 (BC)'"])
def test_times_that_python_does_not_know_are_told(value: str) -> None:
    """Rows with an infinite time, or one before the year 1, name the column and what to do."""
    engine = engines.connect({"type": "duckdb"})
    with pytest.raises(DataError, match=r"'d' holds a (TIMESTAMP|DATE) that is infinite, .* cast it to VARCHAR"):
        engine.rows(engine.sql(f"select 1 as n, {value} as d", portable=False))
