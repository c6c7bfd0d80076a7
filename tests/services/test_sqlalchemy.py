"""Any database by SQLAlchemy: the values of the services of its own, what it would change, and what is said of it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from databases import DATABASES, Place, alchemy
from kedro.io import DatasetError
from servers.mariadb import MariaDB
from servers.postgres import Postgres

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.services import Save, Selection, open_service
from kedro_faucet.services.sqlalchemy.dialects import DIALECTS

pytestmark = pytest.mark.servers


def both(name: str, given: object) -> tuple[Place, Place]:
    """An empty place, by the database's own service and by SQLAlchemy."""
    own = DATABASES[name][0].place(given)
    other = DATABASES[f"alchemy_{name}"][0].place(given)
    settings = {
        key: value.replace(other.schema, own.schema) if isinstance(value, str) else value
        for key, value in other.settings.items()
    }
    return own, other if name == "sqlite" else replace(other, settings=settings, schema=own.schema)


@pytest.fixture
def pair(request: pytest.FixtureRequest, postgres: Postgres, mariadb: MariaDB, tmp_path: Path) -> tuple[Place, Place]:
    """An empty place, in both ways."""
    return both(request.param, {"postgres": postgres, "mariadb": mariadb, "sqlite": tmp_path}[request.param])


TABLES = {
    "postgres": [
        "create type {}mood as enum ('sad', 'ok')",
        "create table {}orders (id bigint primary key, n int, s smallint, r real, d double precision, p numeric(20,4), "
        'b boolean, t text, v varchar(9), c char(5), day date, at_time timestamp, zoned timestamptz, "time" time, '
        'blob bytea, u uuid, j json, jb jsonb, m {}mood, "rate %" uuid, "Odd ""name" int)',
        "insert into {}orders values (1, 2, 3, 0.1, 0.1, 1234567890123456.0001, true, 'é', 'v', 'ab', '2024-02-29', "
        "'2024-02-29 12:34:56.000001', '2024-02-29 12:00+02', '12:34:56.5', '\\x00ff', "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\": 1.0}', '{\"a\": 1.0}', 'ok', "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 6)",
        "insert into {}orders (id) values (2)",
    ],
    "mariadb": [
        "create table {}orders (id bigint primary key, ti tinyint, tu tinyint unsigned, su smallint unsigned, mi "
        "mediumint, iu int unsigned, bu bigint unsigned, b tinyint(1), p decimal(38,10), r float, d double, day date, "
        "at_time datetime(6), zoned timestamp(3) null, `time` time, t longtext, c char(5), e enum('a','b'), "
        "st set('x','y'), j json, vb varbinary(9), bl blob)",
        "insert into {}orders values (1, -128, 255, 65535, -8388608, 4294967295, 18446744073709551615, true, "
        "1234567890123456789012345678.0123456789, 0.1, 0.1, '2024-02-29', '2024-02-29 12:34:56.000001', "
        "'2024-02-29 12:34:56.5', '-100:00:01', 'é', 'ab', 'b', 'x,y', '{\"a\": 1.0}', x'00ff', x'00')",
        "insert into {}orders (id) values (2)",
    ],
    "sqlite": [
        "create table {}orders (id integer primary key, n bigint, d double, t text, v varchar(9), bl blob, b boolean, "
        "day date, at_time timestamp, p decimal(9,2))",
        "insert into {}orders values (1, 9223372036854775807, 0.1, 'é', 'v', x'00ff', 1, '2024-02-29', "
        "'2024-02-29T12:34:56.000001', 0.1), (2, null, 2, null, null, null, 0, null, '2024-02-29 12:34', 5)",
    ],
}


@pytest.mark.parametrize("pair", TABLES, indirect=True)
def test_values_are_those_of_the_service_of_its_own(pair: tuple[Place, Place], embedded: Engine):
    """A table of many types has the same columns and values by SQLAlchemy as by the database's own service."""
    native, other = pair
    for text in TABLES[native.settings["service"]]:
        native.server.sql(text.replace("{}", f"{native.schema}."))
    mine, theirs = other.resource(embedded).load(), native.resource(embedded).load()
    assert mine.columns == theirs.columns
    assert sorted(embedded.rows(mine)) == sorted(embedded.rows(theirs))
    assert other.resource(embedded).exists()
    assert open_service(other.settings, other.credentials).resources() == ["orders"]


def test_the_server_filters_what_it_can(postgres: Postgres, embedded: Engine):
    """Comparisons of numbers, days and times run in the database: a row that cannot be read is not asked for."""
    place = alchemy.postgres.place(postgres)
    place.sql("create table {}t as select 1 as id, 10 as n, date '2024-01-01' as day")
    place.sql("insert into {}t values (2, 20, '2024-01-02')")
    types = {"columns": {"id": "BIGINT", "n": "BIGINT", "day": "DATE"}}
    loaded = place.resource(embedded, load_args={"query": place.breaking("t", "n", 20), **types}).load()
    kept = embedded.sql("select id from t where day < date '2024-01-02'", portable=False, t=loaded)
    assert embedded.rows(kept) == [(1,)]


@pytest.mark.parametrize("pair", ["postgres", "mariadb"], indirect=True)
def test_rows_are_streamed(pair: tuple[Place, Place]):
    """Of 600,000 rows no more is in memory than is taken, and who wants no more of them ends the query."""
    place = pair[1]
    text = {
        "postgres": "select i as n, repeat('x', 400) as s from generate_series(1, 600000) i",
        "mariadb": "select seq as n, repeat('x', 400) as s from seq_1_to_600000",
    }[pair[0].settings["service"]]
    service = open_service(place.settings, place.credentials)
    selection = Selection("", query=text, columns={"n": "BIGINT", "s": "VARCHAR"})
    schema, process = service.schema_of(selection), psutil.Process()
    batches, before = service.batches(selection, schema, []), process.memory_info().rss
    assert sum(next(batches).num_rows for _ in range(5)) == 50_000
    assert process.memory_info().rss - before < 120_000_000
    batches.close()
    deadline = time.monotonic() + 10  # a busy server learns a little later that nobody listens
    while place.leftovers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert place.leftovers() == []


def test_a_query_is_typed_by_its_first_rows(mariadb: MariaDB, embedded: Engine):
    """Columns of a query have the types of their first values; where these tell none, the line to write is said."""
    place = alchemy.mariadb.place(mariadb)
    query = "select 1 as n, 'a' as s, 0.5e0 as f, date '2024-01-31' as d, 1.5 as p, null as x"
    with pytest.raises(DatasetError, match=r"type the column 'p' of query: has \(Decimal\).*{p: DECIMAL"):
        place.resource(embedded, load_args={"query": query}).load()
    with pytest.raises(DatasetError, match=r"'x' of query: has \(no value in its first rows\).*{x: VARCHAR}"):
        place.resource(embedded, load_args={"query": query, "columns": {"p": "DECIMAL(4,1)"}}).load()
    typed = {"p": "DECIMAL(4,1)", "x": "VARCHAR"}
    loaded = place.resource(embedded, load_args={"query": query, "columns": typed}).load()
    kinds = {"n": "BIGINT", "s": "VARCHAR", "f": "DOUBLE", "d": "DATE", "p": "DECIMAL(4,1)", "x": "VARCHAR"}
    assert embedded.schema(loaded) == kinds


def test_a_dialect_that_nobody_has_met_does_it_all(
    postgres: Postgres, embedded: Engine, monkeypatch: pytest.MonkeyPatch
):
    """A database of which nothing is known but its dialect saves in every mode, in SQL that most understand."""
    monkeypatch.delitem(DIALECTS, "postgresql")
    place = alchemy.postgres.place(postgres)
    how = {"mode": "merge", "key": "id", "order_by": "at_time", "delete_by": "gone"}
    columns = "t(id, at_time, v, gone)"
    first = "(1, timestamp '2024-01-02', 'a', false), (2, timestamp '2024-01-02', 'b', null)"
    again = "(1, timestamp '2024-01-03', 'x', true), (2, timestamp '2024-01-03', 'c', false), (3, null, 'd', false)"
    stale = "(2, timestamp '2024-01-01', 'old', false), (3, timestamp '2024-01-01', 'e', false)"
    for values in (first, again, stale):
        rows = embedded.sql(f"select * from (values {values}) {columns}")
        place.resource(embedded, save_args=how).save(rows)
    assert place.sql("select * from {}orders order by 1") == [
        (2, datetime(2024, 1, 3), "c"),
        (3, datetime(2024, 1, 1), "e"),
    ]
    text = "select 4 as id, timestamp '2024-01-04' as at_time, 1.5::decimal(30, 9) as p"
    with pytest.raises(DatasetError, match="lacks the column 'v'"):
        place.resource(embedded, save_args={"mode": "append"}).save(embedded.sql(text))
    place.resource(embedded).save(embedded.sql(text))
    assert place.sql("select * from {}orders") == [(4, datetime(2024, 1, 4), Decimal("1.5"))]


def test_values_of_one_batch_are_not_those_of_another(tmp_path: Path):
    """Rows that come in several batches are each compared with themselves."""
    service = open_service({"service": "sqlalchemy", "url": f"sqlite:///{tmp_path}/app.db"})
    batches = [pa.record_batch({"n": [1, 2]}), pa.record_batch({"n": [3, None]})]
    assert service.save("t", pa.RecordBatchReader.from_batches(batches[0].schema, batches), Save()) == 4
    assert sorted(service.rows("select n from t"), key=repr) == [(1,), (2,), (3,), (None,)]
    nan = pa.RecordBatchReader.from_batches(pa.schema([("x", pa.float64())]), [pa.record_batch({"x": [float("nan")]})])
    with pytest.raises(DataError, match="holds nan, of which the database makes None"):
        service.save("x", nan, Save())
