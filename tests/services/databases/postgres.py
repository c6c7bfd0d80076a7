"""PostgreSQL's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from .place import LISTS, Place, Words


@contextmanager
def executed(server: Any) -> Iterator[list[str]]:
    """Read the server's log."""
    found: list[str] = []
    mark = f"{id(found)} begins"
    server.sql("alter role faucet set log_statement = 'all'")
    server.sql(f"do $$ begin raise log '{mark}'; end $$")
    yield found
    server.sql("alter role faucet reset log_statement")
    said = re.findall(
        r"LOG:  (?:statement|execute [^:]*): (.*)", (server.folder / "log").read_text().rpartition(mark)[2]
    )
    found += [each for each in said if "orders" in each]


WORDS = Words(
    executed=executed,
    types=LISTS,
    left="""
        select relname from pg_class where relname like 'kf\\_%' union all
        select query from pg_stat_activity where datname = current_database() and query not like '%pg_stat%'
    """,
    before=(
        "create type {}mood as enum ('sad', 'ok')",
        "create domain {}positive as int check (value > 0)",
        "create type {}address as (street text, no int)",
        "create sequence {}numbers",
        "create collation {}letters (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    ),
    values=[
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
    ],
    refused=[
        ("numeric(4,1)", "'NaN'", "holds nan, which a DECIMAL(4,1) does not keep"),
        ("date", "'infinity'", "holds a DATE that is infinite"),
        ("timestamptz", "'-infinity'", "holds a TIMESTAMP that is infinite"),
        ("date", "'0044-03-15 BC'", "holds a DATE that is infinite, or outside of the years 1 to 9999"),
        ("date[]", "'{infinity}'", "holds a DATE that is infinite"),
        ("int[]", "'{{1,2},{3,4}}'", "holds {{1,2},{3,4}}, an array of arrays"),
        ("text[]", "'{{a},{b}}'", "holds {{a},{b}}, an array of arrays"),
        ("numeric", "1.5", "is numeric without a precision"),
        ("numeric(50,2)", "1.5", "is numeric of (50,2)"),
        ("numeric[]", "'{1.5}'", "is numeric[] without a precision"),
    ],
    filtered=[
        "create table {}orders as select case when i % 9 = 8 then null else i end as n, "
        "(array['a', 'B', 'b', 'É', 'é', 'it''s', 'Z', ''])[1 + i % 8] as name, (i * 0.5)::numeric(10,2) as amount, "
        "timestamp '2024-01-01' + i * interval '30 min' as at_time, "
        "case when i % 7 > 0 then timestamptz '2024-01-01 00:00+00' + i * interval '1 h' end as zoned, "
        "date '2024-01-01' + i as day, i % 2 = 0 as flag, (i * 0.5)::real as half, "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as u from generate_series(0, 20) i"
    ],
    filters=[
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
    ],
    changed=[
        ("code varchar(3)", "'abcd' as code", "which cannot hold"),
        ("code varchar(3)", "'abc ' as code", "which cannot hold"),
        ('"at" timestamp(0)', "timestamp '2024-01-01 00:00:00.5' as \"at\"", "which cannot hold"),
        ("c int unique", "unnest([1, 1]) as c", "duplicate key value"),
    ],
    kept=[
        "create table {}orders (id bigint primary key, code varchar(5), doc jsonb, at timestamptz, n numeric(6,1), "
        "gone int, made timestamptz not null default now())",
        "comment on column {}orders.code is 'of the shop'",
        "create index by_code on {}orders (code)",
        "create view {}v as select id, code from {}orders",
        "grant select on {}orders to public",
    ],
    saved="select 1::smallint as id, 'abc' as code, '{\"a\":1}' as doc, timestamp '2024-01-01' as \"at\", 7 as n, "
    "5 as m",
    found={
        "select id, code, doc->>'a', at = '2024-01-01 00:00+00', n, made > '2024-01-01', m from {}orders": [
            (1, "abc", "1", True, Decimal("7.0"), True, 5)
        ],
        "select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute "
        "where attrelid = '{}orders'::regclass and attnum > 0 and not attisdropped order by attnum": [
            ("id", "bigint", None),
            ("code", "character varying(5)", "of the shop"),
            ("doc", "jsonb", None),
            ("at", "timestamp with time zone", None),
            ("n", "numeric(6,1)", None),
            ("made", "timestamp with time zone", None),
            ("m", "integer", None),
        ],
        "select count(*) from pg_index where indrelid = '{}orders'::regclass": [(2,)],
        "select relacl::text like '%,=r/%' from pg_class where oid = '{}orders'::regclass": [(True,)],
        "select * from {}v": [(1, "abc")],
    },
    letters="text collate {}letters",
    unique="duplicate key value",
    stranger=("drop role if exists guest", "create role guest login password 'x'"),
    reader=("grant usage on schema {} to guest", "grant select on {}orders to guest"),
    writes=(
        "insert into {}orders values (2) returning id",
        "with gone as (delete from {}orders returning id) select * from gone",
        "select nextval('{}numbers')",
        "select 1) q; drop table {}orders; --",
    ),
    wrong=('column "idd" does not exist', "is no SQL of PostgreSQL's"),
)


def place(server: Any) -> Place:
    """A new schema of a server."""
    where = {"host": server.host, "port": server.port, "database": server.database, "schema": server.schema()}
    login = {"username": server.username, "password": server.password}
    return Place(server, {"service": "postgres", **where}, login, where["schema"], WORDS)
