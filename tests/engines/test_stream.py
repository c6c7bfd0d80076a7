"""Rows streamed through a function."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from kedro_faucet.exceptions import ConfigError, DataError, EngineError


def test_each_group_reaches_one_call_in_order(engine):
    """A function sees all rows of a key together and in order, whichever task it runs in."""

    def lasts(batches):
        rows = pa.Table.from_batches(batches).to_pylist() if (batches := list(batches)) else []
        found = {row["k"]: row["n"] for row in rows}
        order = [row["n"] for row in rows if row["k"] == 3]
        assert order == sorted(order)
        keys, values = pa.array(found, pa.int32()), pa.array(found.values(), pa.int64())
        yield pa.RecordBatch.from_pydict({"k": keys, "last": values})

    numbers = engine.from_frame(pa.table({"k": pa.array([n * 7 % 5 for n in range(50)], pa.int32()), "n": range(50)}))
    made = engine.stream(numbers, lasts, {"k": "INTEGER", "last": "BIGINT"}, by=["k", "n"])
    assert sorted(engine.rows(made)) == [(0, 45), (1, 48), (2, 46), (3, 49), (4, 47)]


def test_types_survive(engine):
    """Dates, times, texts and numbers come out as the types that were said."""
    text = "select 'a' as s, date '2013-01-31' as d, timestamp '2013-01-31 10:00:00' as t, 1.5::double as x"
    table = engine.sql(text)
    types = {"s": "VARCHAR", "d": "DATE", "t": "TIMESTAMP", "x": "DOUBLE"}
    made = engine.stream(table, lambda batches: batches, types, by=["s"])
    assert engine.schema(made) == types
    assert engine.rows(made)[0][1] == date(2013, 1, 31)


def test_nothing_made_is_an_empty_table(engine):
    """A function that gives nothing makes a table of the columns that were said."""
    made = engine.stream(engine.sql("select 1 as n"), lambda batches: iter(()), {"x": "DOUBLE"}, by=["n"])
    assert engine.schema(made) == {"x": "DOUBLE"}
    assert engine.rows(made) == []


@pytest.mark.parametrize("error", [ConfigError("Give this.\n\nAnd: that."), DataError("No.\n  a: b")])
def test_our_own_errors_reach_the_user(engine, error):
    """An error of ours that a function raises comes out as it was raised, in whichever process that was."""

    def refuse(batches):
        raise error

    with pytest.raises(type(error)) as raised:
        engine.rows(engine.stream(engine.sql("select 1 as n"), refuse, {"n": "INTEGER"}, by=["n"]))
    assert str(raised.value) == str(error)


@pytest.mark.spark
def test_other_errors_of_a_worker_are_one_line(spark):
    """Any other error of a Spark worker is told without its traceback."""

    def fail(batches):
        raise ValueError("too much")

    with pytest.raises(EngineError) as raised:
        spark.rows(spark.stream(spark.sql("select 1 as n"), fail, {"n": "INTEGER"}, by=["n"]))
    assert str(raised.value) == "The computation stopped: ValueError: too much"
