"""PostgreSQL: its types, what it says, what stays of a table, and that nobody who reads is disturbed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import databases
import pytest
from databases import Place
from kedro.io import DatasetError
from servers.postgres import Postgres

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.engines.connections import begin_run, end_run
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import open_service

pytestmark = pytest.mark.servers


@pytest.fixture
def place(postgres: Postgres) -> Place:
    """An empty schema of PostgreSQL."""
    return databases.postgres(postgres)


@pytest.fixture
def embedded() -> Engine:
    """DuckDB."""
    return engines.connect()


def test_only_the_columns_and_rows_that_are_needed_come(place: Place, embedded: Engine):
    """A count, a filter and a limit over a table that cannot be read whole do not stumble over the rest of it."""
    place.sql("create table {}t as select i as id, 10 / (90 - i) as broken from generate_series(0, 80) i")
    place.sql("create view {}v as select id, 10 / (id - 50) as broken from {}t")
    view = place.resource(embedded, "v").load()
    assert embedded.rows(embedded.sql("select count(*) as n from v", v=view)) == [(81,)]
    assert embedded.rows(embedded.sql("select id from v where id >= 79", v=view)) == [(79,), (80,)]
    assert len(embedded.rows(embedded.sql("select broken from v where id < 50 limit 5", v=view))) == 5
    assert len(place.resource(embedded, "v", load_args={"where": "id < 50"}).preview(3)["data"]) == 3
    with pytest.raises(FaucetError, match="division by zero"):
        embedded.rows(view)


def test_views_and_all_kinds_of_tables_are_read(place: Place, embedded: Engine):
    """Views, materialized views and partitioned tables are read, their parts are not listed; a view takes no rows."""
    place.sql("create table {}whole (id int) partition by range (id)")
    place.sql("create table {}part partition of {}whole for values from (0) to (10)")
    place.sql("insert into {}whole values (1)")
    place.sql("create view {}seen as select * from {}whole")
    place.sql("create materialized view {}kept as select * from {}whole")
    service = open_service(place.settings, place.credentials)
    assert service.resources() == ["kept", "seen", "whole"]
    for name in service.resources():
        assert embedded.rows(place.resource(embedded, name).load()) == [(1,)]
    place.resource(embedded, "whole", save_args={"mode": "append"}).save(embedded.sql("select 2 as id"))
    assert len(embedded.rows(place.resource(embedded, "seen").load())) == 2
    with pytest.raises(DatasetError, match="seen is a view, to read only"):
        place.resource(embedded, "seen").save(embedded.sql("select 2 as id"))


WRITES = [
    "insert into {}t values (2) returning id",
    "with gone as (delete from {}t returning id) select * from gone",
    "select nextval('{}numbers')",
    "select 1) q; drop table {}t; --",
]


@pytest.mark.parametrize("query", WRITES)
def test_a_query_that_writes_is_refused(place: Place, embedded: Engine, query: str):
    """`query` reads: what inserts, deletes, counts on or drops is refused, and the table is as it was."""
    place.sql("create table {}t as select 1 as id")
    place.sql("create sequence {}numbers")
    resource = place.resource(embedded, "t", load_args={"query": query.replace("{}", f"{place.schema}.")})
    with pytest.raises((DatasetError, FaucetError), match="query: "):
        embedded.rows(resource.load())
    assert place.sql("select id from {}t") == [(1,)]
    assert place.sql("select is_called from {}numbers") == [(False,)]


def test_an_overwrite_keeps_the_table(place: Place, embedded: Engine):
    """An overwrite leaves a table's types, lengths, keys, indexes, comments, grants, defaults and views as they are."""
    place.sql("create table {}t (id bigint primary key, code varchar(5), doc jsonb, at timestamptz, n numeric(6,1))")
    place.sql("comment on column {}t.code is 'of the shop'")
    place.sql("create index by_code on {}t (code)")
    place.sql("create view {}v as select id, code from {}t")
    place.sql("grant select on {}t to public")
    place.sql("alter table {}t add made timestamptz not null default now()")
    told = "select column_name, data_type, character_maximum_length, col_description('{}t'::regclass, ordinal_position)"
    before = place.sql(
        f"{told} from information_schema.columns where table_name = 't' and table_schema = '{place.schema}'"
    )
    rows = "select 1::smallint as id, 'abc' as code, '{\"a\":1}' as doc, timestamp '2024-01-01' as \"at\", 7 as n"
    for _ in range(2):
        place.resource(embedded, "t").save(embedded.sql(rows, portable=False))
    after = place.sql(
        f"{told} from information_schema.columns where table_name = 't' and table_schema = '{place.schema}'"
    )
    assert before == after
    assert place.sql("select id, code, doc->>'a', at = '2024-01-01 00:00+00', n, made > '2024-01-01' from {}t") == [
        (1, "abc", "1", True, Decimal("7.0"), True)
    ]
    assert place.sql("select count(*) from pg_index where indrelid = '{}t'::regclass") == [(2,)]
    assert place.sql("select relacl::text like '%,=r/%' from pg_class where oid = '{}t'::regclass") == [(True,)]
    assert place.sql("select * from {}v") == [(1, "abc")]


def test_what_a_length_would_cut_is_refused(place: Place, embedded: Engine):
    """A text too long, blanks that would be cut, and a time too fine for its column are refused; the table stays."""
    place.sql("create table {}t (id int, code varchar(3), at timestamp(0))")
    resource = place.resource(embedded, "t")
    for text in (
        "'abcd' as code, null as \"at\"",
        "'abc ' as code, null as \"at\"",
        "'a' as code, timestamp '2024-01-01 00:00:00.5' as \"at\"",
    ):
        with pytest.raises(DatasetError, match="which cannot hold"):
            resource.save(embedded.sql(f"select 1 as id, {text}", portable=False))
    assert place.sql("select count(*) from {}t") == [(0,)]


def test_a_view_keeps_the_columns_that_it_needs(place: Place, embedded: Engine):
    """An overwrite that would drop a column which a view reads is refused with the view's name."""
    place.sql("create table {}t as select 1 as id, 'a' as v")
    place.sql("create view {}needs_v as select v from {}t")
    with pytest.raises(DatasetError, match="needs_v"):
        place.resource(embedded, "t").save(embedded.sql("select 2 as id"))
    assert place.sql("select * from {}t") == [(1, "a")]


def test_readers_see_the_old_rows_or_the_new(place: Place, embedded: Engine):
    """While a table is overwritten, readers see all old or all new rows, and one in a transaction the old ones."""
    resource = place.resource(embedded, "t")
    rows = embedded.sql("select i as id, {n} as v from range(50000) t(i)".replace("{n}", "0"), portable=False)
    resource.save(rows)
    place.sql("alter table {}t add primary key (id)")
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.update(place.sql("select count(*), count(distinct v) from {}t"))

    with place.server.connect() as old:
        old.execute("begin isolation level repeatable read")
        old.execute("select 1")
        reader = threading.Thread(target=read)
        reader.start()
        resource.save(embedded.sql("select i as id, 1 as v from range(50000) t(i)", portable=False))
        stop.set()
        reader.join()
        assert old.execute(f"select count(*), max(v) from {place.schema}.t").fetchall() == [(50000, 0)]
    assert seen == {(50000, 1)}


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a host that takes connections and never says a word."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_who_does_not_answer_is_told_in_time(place: Place, embedded: Engine, silent: int):
    """A host that is not there, refuses or is silent is told within ten seconds, with what to do."""

    def check(**changes: Any) -> str:
        start = time.monotonic()
        with pytest.raises(FaucetError) as error:
            open_service({**place.settings, **changes}, place.credentials).check()
        assert time.monotonic() - start < 10
        return str(error.value)

    assert f"127.0.0.1:{silent} does not answer within 4 seconds" in check(port=silent)
    assert "nothing answers at 127.0.0.1:1: start the server" in check(port=1)
    assert "there is no host 'no.such.host.invalid'" in check(host="no.such.host.invalid")


def test_what_the_server_refuses_is_one_sentence(place: Place, embedded: Engine):
    """A wrong user, password, database, schema or right is told with the nearest name and a remedy, and no secret."""

    def said(settings: dict[str, Any] | None = None, login: dict[str, str] | None = None) -> str:
        changed = {**place.settings, "credentials": "shop_db", **(settings or {})}
        with pytest.raises(FaucetError) as error:
            open_service(changed, {**place.credentials, **(login or {})}).check()
        assert place.credentials["password"] not in str(error.value)
        assert "hunter2" not in str(error.value)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "the user 'faucet' or the password is refused: correct both in credentials.yml, shop_db" in said(
        login={"password": "hunter2"}
    )
    assert "there is no database 'shoop'. Did you mean 'shop'?" in said({"database": "shoop"})
    assert "there is no schema 'publik'. Did you mean 'public'?" in said({"schema": "publik"})
    assert "the server has no SSL" in said({"sslmode": "require"})
    place.sql("create table {}t as select 1 as id")
    place.server.sql("drop role if exists guest")
    place.server.sql("create role guest login password 'x'")
    guest = place.resource(embedded, "t", credentials={"username": "guest", "password": "x"})
    with pytest.raises(DatasetError, match=r"permission denied for schema .*: grant it to 'guest'"):
        guest.load()
    place.sql(f"grant usage on schema {place.schema} to guest")
    with pytest.raises(DatasetError, match="permission denied for table t: grant it to 'guest'"):
        guest.load()
    place.sql("grant select on {}t to guest")
    assert embedded.rows(guest.load()) == [(1,)]
    with pytest.raises(DatasetError, match="permission denied"):
        place.resource(embedded, "t", credentials={"username": "guest", "password": "x"}).save(guest.load())


def test_a_table_that_has_changed_its_columns_is_told(place: Place, embedded: Engine):
    """Columns that were dropped or have another type since a table was loaded are told when its rows are read."""
    place.sql("create table {}t as select 1 as id, 'a' as name, 5 as n")
    loaded = place.resource(embedded, "t").load()
    place.sql("alter table {}t drop column n")
    with pytest.raises(FaucetError, match='column "n" does not exist: the table has other columns now'):
        embedded.rows(loaded)
    place.sql("alter table {}t add column n text")
    place.sql("update {}t set n = 'five'")
    with pytest.raises(FaucetError, match="The column 'n' holds five, which a INTEGER does not keep"):
        embedded.rows(loaded)


def test_the_password_is_nowhere(place: Place, embedded: Engine, caplog: pytest.LogCaptureFixture):
    """Neither a resource's description nor the service, its settings or a log have the password."""
    resource = place.resource(embedded, "t")
    with caplog.at_level("DEBUG"):
        resource.save(embedded.sql("select 1 as id"))
        embedded.rows(resource.load())
    service = resource._service
    told = [
        str(resource),
        repr(resource),
        repr(service),
        str(service.model_dump()),
        caplog.text,
        repr(service._credentials),
    ]
    assert place.credentials["password"] not in "".join(told)


def test_a_run_reads_one_moment(place: Place, embedded: Engine):
    """With `snapshot: true` all that a run loads is as it was when it read the first table; after it, as it is."""
    place.sql("create table {}a as select 1 as n")
    place.sql("create table {}b as select 1 as n")
    settings = {**place.settings, "snapshot": True}
    read = lambda name: embedded.rows(place.resource(embedded, name, service=settings).load())  # noqa: E731
    begin_run()
    try:
        first = place.resource(embedded, "a", service=settings).load()
        assert embedded.rows(first) == [(1,)]
        place.sql("update {}a set n = 2")
        place.sql("update {}b set n = 2")
        assert (embedded.rows(first), read("a"), read("b")) == ([(1,)], [(1,)], [(1,)])
        assert embedded.rows(place.resource(embedded, "b").load()) == [(2,)]
    finally:
        end_run()
    assert (read("a"), read("b")) == ([(2,)], [(2,)])
    assert place.sql("select count(*) from pg_stat_activity where application_name = 'kedro-faucet snapshot'") == [(0,)]


def test_a_lost_moment_is_told(place: Place, embedded: Engine):
    """Where the server was restarted in a run that holds a moment, the error says to run again."""
    place.sql("create table {}a as select 1 as n")
    begin_run()
    try:
        table = place.resource(embedded, "a", service={**place.settings, "snapshot": True}).load()
        place.server.restart()
        with pytest.raises(FaucetError, match="the moment that the run holds is gone"):
            embedded.rows(table)
    finally:
        end_run()
