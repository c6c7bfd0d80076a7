"""PostgreSQL: its types, what it says, what stays of a table, and that nobody who reads is disturbed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
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


TYPES = [
    ("numeric(10,2)", "12.5", "DECIMAL(10,2)", Decimal("12.50")),
    ("numeric(3,-2)", "12345", "DECIMAL(5,0)", Decimal(12300)),
    ("money", "-12.5", "DECIMAL(19,2)", Decimal("-12.50")),
    ("timestamptz", "'2024-01-01 12:00+02'", "TIMESTAMP", datetime(2024, 1, 1, 10)),
    ("time", "'12:34:56.789'", "VARCHAR", "12:34:56.789"),
    ("timetz", "'12:34:56+02'", "VARCHAR", "12:34:56+02"),
    ("interval", "'1 month 2 days 03:00:00'", "VARCHAR", "1 mon 2 days 03:00:00"),
    ("uuid", "'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11'", "VARCHAR", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
    ("jsonb", "'{\"a\":1}'", "VARCHAR", '{"a": 1}'),
    ("int[]", "'{1,2,null}'", "INTEGER[]", [1, 2, None]),
    ("int[]", "'{}'", "INTEGER[]", []),
    ("uuid[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'", "VARCHAR[]", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("numeric(5,1)[]", "'{1.5,null}'", "DECIMAL(5,1)[]", [Decimal("1.5"), None]),
    ("timestamptz[]", "'{2024-01-01 12:00+02}'", "TIMESTAMP[]", [datetime(2024, 1, 1, 10)]),
    ("bytea", "'\\xdeadbeef'", "BLOB", b"\xde\xad\xbe\xef"),
    ("bit(4)", "b'1010'", "VARCHAR", "1010"),
    ("inet", "'10.0.0.1/8'", "VARCHAR", "10.0.0.1/8"),
    ("macaddr", "'08:00:2b:01:02:03'", "VARCHAR", "08:00:2b:01:02:03"),
    ("xml", "'<a/>'", "VARCHAR", "<a/>"),
    ("char(5)", "'ab'", "VARCHAR", "ab"),
    ("varchar(5)", "'ab '", "VARCHAR", "ab "),
    ("point", "'(1,2)'", "VARCHAR", "(1,2)"),
    ("int4range", "'[1,5)'", "VARCHAR", "[1,5)"),
    ("tsvector", "'a b'", "VARCHAR", "'a' 'b'"),
    ("real", "1.1", "FLOAT", pytest.approx(1.1)),
    ("float8", "'NaN'", "DOUBLE", pytest.approx(float("nan"), nan_ok=True)),
    ("oid", "4000000000", "BIGINT", 4000000000),
    ("name", "'n'", "VARCHAR", "n"),
    ('"char"', "'c'", "VARCHAR", "c"),
    ("{}mood", "'ok'", "VARCHAR", "ok"),
    ("{}positive", "3", "INTEGER", 3),
    ("{}address", "row('x', 1)", "VARCHAR", "(x,1)"),
]
MADE = """
create type {}mood as enum ('sad', 'ok');
create domain {}positive as int check (value > 0);
create type {}address as (street text, no int)
"""


def test_every_type_of_the_server_is_right(place: Place, embedded: Engine):
    """Each type comes as its nearest kin here, or as the text that the server makes of it; NULL is NULL."""
    for each in MADE.strip().split(";"):
        place.sql(each)
    columns = ", ".join(f"c{number} {kind}" for number, (kind, *_) in enumerate(TYPES))
    place.sql(f"create table {{}}t ({columns})")
    place.sql(f"insert into {{}}t values ({', '.join(value for _, value, *_ in TYPES)})")
    place.sql("insert into {}t default values")
    table = place.resource(embedded, "t").load()
    assert list(embedded.schema(table).values()) == [kind for _, _, kind, _ in TYPES]
    first, second = embedded.rows(table)
    for (kind, *_, expected), value in zip(TYPES, first, strict=True):
        assert value == expected, kind
    assert set(second) == {None}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("numeric(4,1)", "'NaN'", r"holds nan, which a DECIMAL\(4,1\) does not keep"),
        ("date", "'infinity'", "holds a DATE that is infinite"),
        ("timestamptz", "'-infinity'", "holds a TIMESTAMP that is infinite"),
        ("date", "'0044-03-15 BC'", "holds a DATE that is infinite, or outside of the years 1 to 9999"),
        ("date[]", "'{infinity}'", "holds a DATE that is infinite"),
        ("int[]", "'{{1,2},{3,4}}'", r"holds \{\{1,2\},\{3,4\}\}, an array of arrays"),
        ("text[]", "'{{a},{b}}'", r"holds \{\{a\},\{b\}\}, an array of arrays"),
        ("numeric", "1.5", "is numeric without a precision"),
        ("numeric(50,2)", "1.5", r"is numeric of \(50,2\)"),
        ("numeric[]", "'{1.5}'", r"is numeric\[\] without a precision"),
    ],
)
def test_what_no_table_keeps_is_refused(place: Place, embedded: Engine, kind: str, value: str, said: str):
    """A value or type that would come wrong is refused by the column's name; declared as VARCHAR, its text comes."""
    place.sql(f'create table {{}}t as select 1 as id, {value}::{kind} as "it\'s"')
    with pytest.raises((FaucetError, DatasetError), match=f"The column 'it's' {said}.*VARCHAR"):
        embedded.rows(place.resource(embedded, "t").load())
    declared = place.resource(embedded, "t", load_args={"columns": {"it's": "VARCHAR"}})
    [(_, text)] = embedded.rows(declared.load())
    assert text == place.sql('select "it\'s"::text from {}t')[0][0]


def test_a_declared_type_is_exact(place: Place, embedded: Engine):
    """A number without bounds is read in the digits that are declared, or refused where one has more."""
    place.sql("create table {}t as select 1.25::numeric as price")
    read = lambda kind: place.resource(embedded, "t", load_args={"columns": {"price": kind}}).load()  # noqa: E731
    assert embedded.rows(read("DECIMAL(10,2)")) == [(Decimal("1.25"),)]
    assert embedded.rows(read("DOUBLE")) == [(1.25,)]
    with pytest.raises(FaucetError, match=r"The column 'price' holds 1.25, which a DECIMAL\(10,1\) does not keep"):
        embedded.rows(read("DECIMAL(10,1)"))
    with pytest.raises(DatasetError, match=r"there is no column 'prise'. Did you mean 'price'\?"):
        place.resource(embedded, "t", load_args={"columns": {"prise": "DOUBLE"}}).load()


FILTERS = [
    "n > 5 and n <= 9",
    "n in (1, 3, 5)",
    "n not in (1, 3, 5)",
    "n is null or n = 7",
    "name >= 'b' and name < 'É'",
    "name = 'it''s'",
    "name in ('a', 'B')",
    "amount >= 2.50",
    "at_time >= timestamp '2024-01-01 03:00:00' and at_time < timestamp '2024-01-01 06:30:00'",
    "zoned > timestamp '2024-01-01 03:00:00' or zoned is null",
    "day = date '2024-01-03'",
    "flag",
    "flag = false",
    "cast(half as double) > 1.5",
    "u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
    "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    "n = 5 or name like 'a%'",
    "not (n = 5)",
    "name <> 'a'",
]


@pytest.mark.parametrize("filter", FILTERS)
def test_a_filter_takes_the_same_rows_there_as_here(place: Place, embedded: Engine, filter: str):
    """Whatever DuckDB hands on of a filter, the server and it take the very rows that DuckDB takes of a copy."""
    place.sql(
        "create table {}t as select case when i % 9 = 8 then null else i end as n, "
        "(array['a', 'B', 'b', 'É', 'é', 'it''s', 'Z', ''])[1 + i % 8] as name, (i * 0.5)::numeric(10,2) as amount, "
        "timestamp '2024-01-01' + i * interval '30 min' as at_time, "
        "case when i % 7 > 0 then timestamptz '2024-01-01 00:00+00' + i * interval '1 h' end as zoned, "
        "date '2024-01-01' + i as day, i % 2 = 0 as flag, (i * 0.5)::real as half, "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as u from generate_series(0, 20) i"
    )
    there = place.resource(embedded, "t").load()
    here = embedded.persist(there)
    text = f"select * from t where {filter}"
    assert sorted(embedded.rows(embedded.sql(text, t=there)), key=repr) == sorted(
        embedded.rows(embedded.sql(text, t=here)), key=repr
    )


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
