"""Tables: lazy, bound by name alone, computed once where asked for, on both engines."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import EngineError, ResourceError, SqlError


def _numbers(engine: Engine, count: int = 3) -> engines.Table:
    return engine.from_frame(pa.table({"n": pa.array(range(1, count + 1), pa.int64())}))


def test_a_table_is_computed_when_it_is_read(engine: Engine) -> None:
    """A query that must fail is made without an error, and fails when its rows are asked for."""
    text = engine.from_frame(pa.table({"s": ["1", "x"]}))
    table = engine.sql("select cast(s as integer) as n from t", t=text)
    with pytest.raises(EngineError, match="The computation stopped"):
        engine.rows(table)


def test_files_are_read_when_the_table_is(engine: Engine, tmp_path: Path) -> None:
    """A table over a file that is gone by then fails when it is read, not when it is derived."""
    path = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    table = engine.sql("select n + 1 as n from t", t=engine.read_files("parquet", [str(path)]))
    path.unlink()
    with pytest.raises(ResourceError, match=r"numbers\.parquet is there no more"):
        engine.rows(table)


def test_no_variable_shadows_an_input(engine: Engine) -> None:
    """A Python variable of an input's name, in the caller's scope, is not what the text reads."""
    orders = pa.table({"n": [99]})
    table = engine.sql("select sum(n) as n from orders", orders=_numbers(engine))
    assert orders.num_rows == 1
    assert engine.rows(table) == [(6,)]


def test_no_catalog_table_shadows_an_input_of_duckdb() -> None:
    """A table that a user made in the engine's own catalog is not what the text reads."""
    engine = engines.connect({"type": "duckdb", "threads": 1})
    engine.connection.execute("create table orders as select 99 as n")  # type: ignore[attr-defined]
    table = engine.sql("select sum(n) as n from orders", orders=_numbers(engine))
    engine.connection.execute("create or replace table t as select 99 as n")  # type: ignore[attr-defined]
    assert engine.rows(table) == [(6,)]


@pytest.mark.spark
def test_no_catalog_table_shadows_an_input_of_spark(spark: Engine) -> None:
    """A temporary view of an input's name is not what the text reads."""
    spark.session.sql("select 99 as n").createOrReplaceTempView("orders")  # type: ignore[attr-defined]
    table = spark.sql("select sum(n) as n from orders", orders=_numbers(spark))
    spark.session.catalog.dropTempView("orders")  # type: ignore[attr-defined]
    assert spark.rows(table) == [(6,)]


def test_a_cte_may_not_take_an_input_s_name(engine: Engine) -> None:
    """A CTE named like an input is refused: the engines would read different ones."""
    with pytest.raises(SqlError, match="CTE 't' has the name of an input"):
        engine.sql("with t as (select 1 as n) select n from t", t=_numbers(engine))


def test_braces_and_dollars_are_text(engine: Engine) -> None:
    """Nothing in a text is taken for a parameter of the engine's."""
    table = engine.sql("select '{t} ${x} {{}}' as s, \"a{b}\" as c from t", t=engine.sql('select 1 as "a{b}"'))
    assert engine.rows(table) == [("{t} ${x} {{}}", 1)]


def test_threads_share_an_engine(engine: Engine) -> None:
    """Eight threads that query and read through one engine at once all get their own rows."""

    def total(step: int) -> list[tuple[int]]:
        numbers = engine.from_frame(pa.table({"n": pa.array(range(1000), pa.int64())}))
        return engine.rows(engine.sql(f"select sum(n * {step}) as n from numbers", numbers=numbers))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(total, range(16))) == [[(499_500 * step,)] for step in range(16)]


def test_reading_in_batches_keeps_other_threads_out(engine: Engine) -> None:
    """A stream of batches is whole though another thread queries meanwhile."""
    numbers = _numbers(engine, 250_000)
    with ThreadPoolExecutor(1) as pool, engine.batches(numbers) as reader:
        other = pool.submit(engine.rows, engine.sql("select count(*) as n from numbers", numbers=numbers))
        assert sum(batch.num_rows for batch in reader) == 250_000
        reader.close()
    assert other.result() == [(250_000,)]


def test_persist_computes_once(engine: Engine) -> None:
    """A persisted table gives the same random numbers each time, also to what is derived from it."""
    table = engine.persist(engine.sql("select random() as r", portable=False))
    derived = engine.sql("select r from t", t=table)
    assert engine.rows(table) == engine.rows(table) == engine.rows(derived)


@pytest.mark.parametrize("portable", [True, False])
def test_what_is_persisted_stays_so_however_often_sql_reads_it(engine: Engine, tmp_path: Path, portable: bool) -> None:
    """A persisted table is not computed again after SQL has read it."""

    def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        (tmp_path / str(uuid4())).touch()
        yield from batches

    table = engine.persist(engine.stream(_numbers(engine), counted, {"n": "BIGINT"}, by=["n"]))
    computed = len(list(tmp_path.iterdir()))
    for _ in range(2):
        assert engine.rows(engine.sql("select sum(n) as n from t", portable=portable, t=table)) == [(6,)]
    assert len(list(tmp_path.iterdir())) == computed > 0


def test_types_are_the_same_words(engine: Engine) -> None:
    """Results have the same types on both engines, above all sums, ranks and times."""
    frame = pa.table(
        {"b": pa.array([2**40], pa.int64()), "m": pa.array([1], pa.decimal128(5, 2)), "t": [datetime(2013, 1, 31)]}
    )
    table = engine.sql(
        "select sum(b) as b, sum(m) as m, min(t) as t, min(date_trunc('hour', t)) as h, "
        "sum(count(*)) over () as c, row_number() over (order by min(b)) as r, null as n from t",
        t=engine.from_frame(frame),
    )
    assert engine.schema(table) == {
        "b": "BIGINT",
        "m": "DECIMAL(38,2)",
        "t": "TIMESTAMP",
        "h": "TIMESTAMP",
        "c": "BIGINT",
        "r": "BIGINT",
        "n": "INTEGER",
    }
    assert engine.to_arrow(table).schema.field("t").type == pa.timestamp("us")


def test_a_sum_beyond_bigint_is_an_error(engine: Engine) -> None:
    """A sum that no BIGINT holds stops the computation instead of changing its type."""
    table = engine.from_frame(pa.table({"b": pa.array([2**62, 2**62], pa.int64())}))
    with pytest.raises(EngineError, match="stopped"):
        engine.rows(engine.sql("select sum(b) as b from t", t=table))


def test_what_tables_do_not_keep_is_refused(engine: Engine) -> None:
    """A difference that is an interval is refused with what to use."""
    with pytest.raises(SqlError, match=r"difference of timestamps.*seconds_between"):
        engine.sql("select t - t as gap from x", x=engine.sql("select timestamp '2013-01-01' as t"))


def test_timestamps_are_utc(engine: Engine) -> None:
    """Seconds since 1970 are those of UTC, whatever zone the machine is in, also where clocks change."""
    table = engine.from_frame(pa.table({"t": [datetime(2013, 3, 31, 2, 30)]}))
    assert engine.rows(engine.sql("select epoch_seconds(t) as s, t from x", x=table)) == [
        (1364697000, datetime(2013, 3, 31, 2, 30))
    ]


def test_a_misspelt_column_names_the_nearest(engine: Engine) -> None:
    """An unknown column is answered with the nearest one, the text, and the inputs with their columns."""
    with pytest.raises(SqlError) as refused:
        engine.sql("select airlin from flights", flights=engine.sql("select 'AA' as airline, 1 as n"))
    assert "Did you mean 'airline'?" in str(refused.value)
    assert 'Inputs: flights("airline", "n").' in str(refused.value)
    assert "kf_in__" not in str(refused.value)


def test_an_unknown_table_names_the_nearest(engine: Engine) -> None:
    """A table that is not given is answered with the nearest input."""
    with pytest.raises(SqlError, match=r"No table 'fligths' is given; there are: flights\. Did you mean 'flights'\?"):
        engine.sql("select 1 as n from fligths", flights=_numbers(engine))


def test_tables_of_two_engines_do_not_mix() -> None:
    """Tables of different engines in one text are refused, named with their engines."""
    other = engines.connect({"type": "duckdb", "threads": 1})
    with pytest.raises(EngineError, match=r"different engines: a \(duckdb\), b \(duckdb\)"):
        engines.sql("select 1 as n from a, b", a=_numbers(engines.connect()), b=_numbers(other))


def test_sql_finds_the_engine_of_its_tables(engine: Engine) -> None:
    """The function sql() runs on the engine that its tables belong to, and needs one."""
    assert engines.engine_of(engines.sql("select n from t", t=_numbers(engine))) is engine
    with pytest.raises(EngineError, match="give at least one"):
        engines.sql("select 1 as n")


def test_a_table_of_duckdb_is_its_own_copy() -> None:
    """Kedro's deep copy between nodes costs nothing and gives the same rows."""
    engine = engines.connect()
    table = _numbers(engine)
    assert copy.deepcopy(table) is table


def test_a_table_of_duckdb_travels_to_another_process() -> None:
    """A pickled table arrives as a table with the same rows and types."""
    engine = engines.connect()
    arrived = pickle.loads(
        pickle.dumps(engine.sql("select n, cast(n as decimal(9,2)) as m from t", t=_numbers(engine)))
    )
    assert engine.rows(arrived) == engine.rows(
        engine.sql("select n, cast(n as decimal(9,2)) as m from t", t=_numbers(engine))
    )
    assert engine.schema(arrived) == {"n": "BIGINT", "m": "DECIMAL(9,2)"}
