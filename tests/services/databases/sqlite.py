"""SQLite's words."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from .place import File, Place, Words

WORDS = Words(
    left="select name from sqlite_schema where name like 'kf\\_%' escape '\\'",
    values=[
        ("integer", "9223372036854775807", "BIGINT", 9223372036854775807),
        ("varchar(3)", "'äöü€'", "VARCHAR", "äöü€"),
        ("text", "12", "VARCHAR", "12"),
        ("real", "5", "DOUBLE", 5.0),
        ("double precision", "1e300", "DOUBLE", 1e300),
        ("boolean", "true", "BOOLEAN", True),
        ("date", "'2024-02-29'", "DATE", date(2024, 2, 29)),
        ("datetime", "'2024-02-29 12:34'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34)),
        ("timestamp", "'2024-02-29T12:34:56.5'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56, 500000)),
        ("timestamp", "'2024-02-29'", "TIMESTAMP", datetime(2024, 2, 29)),
        ("decimal(10,2)", "0.1", "DECIMAL(10,2)", Decimal("0.10")),
        ("numeric(18)", "123456789012345678", "DECIMAL(18,0)", Decimal(123456789012345678)),
        ("blob", "x'00ff'", "BLOB", b"\x00\xff"),
        ("", "7", "BIGINT", 7),
        ("numeric", "7.5", "DOUBLE", 7.5),
        ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
        ("money", "null", "VARCHAR", None),
    ],
    refused=[
        ("integer", "'x'", "rowid 2, it is the str 'x'"),
        ("integer", "1.5", "rowid 2, it is the float 1.5"),
        ("text", "x'00'", "it is the bytes"),
        ("real", "'a'", "it is the str 'a'"),
        ("boolean", "2", "rowid 2, it is the int 2"),
        ("date", "'31.01.2024'", "it is the str '31.01.2024'"),
        ("date", "'2023-02-29'", "it is the str '2023-02-29'"),
        ("date", "45000", "it is the int 45000"),
        ("timestamp", "1700000000", "it is the int 1700000000"),
        ("timestamp", "'2024-01-01 10:00:00+02:00'", "it is the str"),
        ("decimal(10,2)", "0.1 + 0.2", "it is the float 0.30000000000000004"),
        ("decimal(3,1)", "1000", "it is the int 1000"),
        ("decimal(10,2)", "'12,50'", "it is the str '12,50'"),
    ],
    filtered=[
        "create table {}orders (n int, s text collate nocase, d date, t timestamp, b bool, p decimal(5,2))",
        "insert into {}orders values (1, 'a', '2024-01-01', '2024-01-01T10:00:00', 1, 1.5), (2, 'A', '2024-01-02', "
        "'2024-01-01 10:00:00.5', 0, 2), (3, null, '2024-01-03', '2024-01-02', null, 1.50), (4, 'b', null, null, 1, 3)",
    ],
    filters=[
        "n > 1", "s = 'A'", "s <> 'a'", "s < 'b'", "d >= date '2024-01-02'", "t > timestamp '2024-01-01 10:00:00'",
        "t = timestamp '2024-01-01 10:00:00.5'", "s is null", "b", "p = 1.5", "n in (1, 3) or s = 'A'",
    ],
    changed=[
        ("x double", "'nan'::double as x", "'x' holds NaN, which SQLite keeps as NULL"),
        ("code numeric", "'007' as code", "would make a number of 7"),
        ("price decimal(20,2)", "123456789012345678.25 as price", "SQLite keeps 15 digits"),
        ("c int unique", "unnest([1, 1]) as c", "UNIQUE constraint failed: orders.c"),
    ],
    kept=[
        "create table {}orders (id integer primary key, name varchar(9) not null, price decimal(9,2), gone int, "
        "twice generated always as (price * 2), at_time timestamp default current_timestamp)",
        "create index main.by_name on orders (name)",
    ],
    saved="select 'a' as name, 1.25::decimal(9,2) as price, 5 as n",
    found={
        "select id, name, price, twice, n, at_time is not null from {}orders": [(1, "a", 1.25, 2.5, 5, 1)],
        "select sql like '%varchar(9) not null%', sql like '%gone%' from sqlite_schema where name = 'orders'": [(1, 0)],
        "select name from sqlite_schema where type = 'index' and sql is not null": [("by_name",)],
    },
    letters="text collate nocase",
    unique="refuses a row: UNIQUE constraint failed: single.id",
    wrong=("no such column: idd", "syntax error"),
)  # fmt: skip


def place(folder: Path) -> Place:
    """A file that is not there yet."""
    path = folder / "data" / "app.db"
    return Place(File(path, sqlite3.connect), {"service": "sqlite", "path": str(path)}, {}, "main", WORDS)
