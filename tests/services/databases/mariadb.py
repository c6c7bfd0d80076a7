"""MariaDB's words, which are MySQL's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .place import Place, Words


@contextmanager
def executed(server: Any) -> Iterator[list[str]]:
    """Read the server's table of what it was asked."""
    found: list[str] = []
    for text in ("truncate mysql.general_log", "set global log_output = 'TABLE'", "set global general_log = 1"):
        server.sql(text)
    yield found
    server.sql("set global general_log = 0")
    said = server.sql("select argument from mysql.general_log where command_type in ('Query', 'Execute')")
    found += [str(each) for (each,) in said if "orders" in str(each)]


WORDS = Words(
    executed=executed,
    left="""
        select table_name from information_schema.tables where table_name like 'kf\\_%' union all
        select info from information_schema.processlist where user = 'faucet' and info not like '%processlist%'
    """,
    values=[
        ("tinyint(1)", "true", "BOOLEAN", True),
        ("tinyint", "-128", "TINYINT", -128),
        ("tinyint unsigned", "255", "SMALLINT", 255),
        ("smallint unsigned", "65535", "INTEGER", 65535),
        ("mediumint", "-8388608", "INTEGER", -8388608),
        ("mediumint unsigned", "16777215", "INTEGER", 16777215),
        ("int unsigned", "4294967295", "BIGINT", 4294967295),
        ("bigint unsigned", "18446744073709551615", "DECIMAL(20,0)", Decimal(18446744073709551615)),
        ("decimal(38,10)", "1234567890123456789012345678.0123456789", "DECIMAL(38,10)",
         Decimal("1234567890123456789012345678.0123456789")),
        ("decimal(5,1) unsigned", "1234.5", "DECIMAL(5,1)", Decimal("1234.5")),
        ("float", "0.1", "FLOAT", 0.10000000149011612),
        ("double", "0.1", "DOUBLE", 0.1),
        ("date", "'2024-02-29'", "DATE", date(2024, 2, 29)),
        ("datetime", "'2024-02-29 12:34:56'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56)),
        ("datetime(6)", "'2024-02-29 12:34:56.000001'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56, 1)),
        ("timestamp(3) null", "'2024-02-29 12:34:56.5'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56, 500000)),
        ("time", "'-100:00:01'", "VARCHAR", "-100:00:01"),
        ("year", "2024", "INTEGER", 2024),
        ("bit(1)", "1", "BOOLEAN", True),
        ("bit(4)", "b'101'", "VARCHAR", "0101"),
        ("char(3)", "'a'", "VARCHAR", "a"),
        ("varchar(9) character set latin1", "'é '", "VARCHAR", "é "),
        ("text", "'😀\\n\\\\'", "VARCHAR", "😀\n\\"),
        ("binary(3)", "x'01'", "BLOB", b"\x01\0\0"),
        ("blob", "x'ff00'", "BLOB", b"\xff\0"),
        ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
        ("enum('a', 'b')", "'b'", "VARCHAR", "b"),
        ("set('a', 'b')", "'a,b'", "VARCHAR", "a,b"),
        ("point", "point(1, 2)", "VARCHAR", "POINT(1 2)"),
        ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "VARCHAR", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("inet6", "'::1'", "VARCHAR", "::1"),
    ],
    refused=[
        ("date", "'0000-00-00'", "'c' holds 0000-00-00, which a DATE does not keep"),
        ("datetime", "'2024-00-10 00:00:00'", "which a TIMESTAMP does not keep"),
        ("timestamp null", "0", "'c' holds 0000-00-00, which a TIMESTAMP does not keep"),
        ("tinyint(1)", "2", "holds 2: say what it is, load_args: columns: {c: TINYINT}"),
        ("decimal(65,30)", "1", "'c' is decimal(65,30), and a table's has at most 38 digits"),
    ],
    filtered=[
        "create table {}orders (n int, s varchar(9), d date, t datetime(6), b bool, p decimal(5,2), u bigint unsigned)",
        "insert into {}orders values (1, 'a', '2024-01-01', '2024-01-01 10:00:00', 1, 1.5, 1), (2, 'A', '2024-01-02', "
        "'2024-01-01 10:00:00.5', 0, 2, 18446744073709551615), (3, 'x''', '2024-01-03', '2024-01-02', null, 1.50, 2), "
        "(4, 'a ', null, null, 1, 3, 3), (5, null, null, null, 1, 3, 3)",
    ],
    filters=[
        "n > 1", "s = 'A'", "s <> 'a'", "s < 'b'", "s = 'a '", "d >= date '2024-01-02'", "b", "p = 1.5", "u > 5",
        "t > timestamp '2024-01-01 10:00:00'", "t = timestamp '2024-01-01 10:00:00.5'", "s is null", "s = 'x'''",
    ],
    changed=[
        ("c varchar(3)", "'abcd' as c", "for column 'c' at row 1"),
        ("c char(9)", "'a ' as c", "'c' holds a , whose last blank a char(9)"),
        ("c double", "'inf'::double as c", "'c' holds inf, which MySQL has no number for"),
        ("c datetime", "timestamp '2024-01-01 00:00:00.5' as c", "which a datetime rounds"),
        ("c timestamp", "timestamp '1900-01-01' as c", " value"),
        ("c enum('a')", "'b' as c", "Data truncated for column 'c'"),
            ("c int unique", "unnest([1, 1]) as c", "Duplicate entry '1'"),
        ("c bit(4)", "'0101' as c", "is a bit(4), which rows are not saved to"),
    ],
    kept=[
        "create table {}orders (id int auto_increment primary key, name varchar(9) comment 'who', price decimal(9,2), "
        "gone int, twice decimal(9,2) as (price * 2), kind enum('a', 'b') default 'b', index by_name (name))"
    ],
    saved="select 'a' as name, 1.25::decimal(9,2) as price, 5 as n",
    found={
        "select name, price, twice, kind, n from {}orders": [("a", Decimal("1.25"), Decimal("2.50"), "b", 5)],
        "select column_name, column_type, column_comment, column_key from information_schema.columns "
        "where concat(table_schema, '.', table_name) = '{}orders' order by ordinal_position": [
            ("id", "int(11)", "", "PRI"),
            ("name", "varchar(9)", "who", "MUL"),
            ("price", "decimal(9,2)", "", ""),
            ("twice", "decimal(9,2)", "", ""),
            ("kind", "enum('a','b')", "", ""),
            ("n", "int(11)", "", ""),
        ],
    },
    letters="varchar(9)",
    unique="Duplicate entry '",
    stranger=("create or replace user guest identified by 'x'",),
    reader=("grant select on {}orders to guest",),
    wrong=("Unknown column 'idd'", "is no SQL of this server's"),
)  # fmt: skip


def place(server: Any) -> Place:
    """A new database of a server."""
    where = {"host": server.host, "port": server.port, "database": server.schema()}
    login = {"username": server.username, "password": server.password}
    return Place(server, {"service": "mariadb", **where}, login, where["database"], WORDS)
