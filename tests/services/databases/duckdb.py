"""DuckDB's words, of a file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from .place import LISTS, File, Place, Words

WORDS = Words(
    types=f"select *, {{'id': id, 'a \"b': [name]}} as record, map {{name: id}} as counts from ({LISTS})",
    left="select table_name from duckdb_tables() where starts_with(table_name, 'kf_')",
    values=[
        ("ubigint", "18446744073709551615", "DECIMAL(20,0)", Decimal(18446744073709551615)),
        ("hugeint", "-12345678901234567890", "DECIMAL(38,0)", Decimal(-12345678901234567890)),
        ("utinyint[]", "[255, null]", "SMALLINT[]", [255, None]),
        ("integer[2]", "[1, 2]", "VARCHAR", "[1, 2]"),
        ("timestamptz", "'2024-01-01 12:00:00+02'", "TIMESTAMP", datetime(2024, 1, 1, 10)),
        ("timestamp_ns", "'2024-01-01 12:00:00.123456'", "TIMESTAMP", datetime(2024, 1, 1, 12, 0, 0, 123456)),
        ("timestamp_s", "'2024-01-01 12:00:00'", "TIMESTAMP", datetime(2024, 1, 1, 12)),
        ("time", "'12:34:56.5'", "VARCHAR", "12:34:56.5"),
        ("interval", "interval 1 month", "VARCHAR", "1 month"),
        ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "VARCHAR", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("enum('a', 'b')", "'b'", "VARCHAR", "b"),
        ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
        ("bit", "'101'", "VARCHAR", "101"),
    ],
    refused=[
        ("hugeint", "170141183460469231731687303715884105727",
         "'c' holds 170141183460469231731687303715884105727, which a DECIMAL(38,0) does not keep"),
        ("timestamp_ns", "'2024-01-01 12:00:00.123456789'", "'c' holds 2024-01-01 12:00:00.123456789, which a"),
        ("timestamp", "'infinity'", "'c' holds a TIMESTAMP that is infinite"),
        ("struct(a time)", "{'a': '12:00'::time}", "'c' has values of TIME64"),
    ],
    filtered=[
        "create table {}orders as select i as n, case when i = 1 then 'it''s' else 'B' || i end as s, "
        "i % 2 = 0 as b, date '2024-01-01' + i::integer as d, (i * 1.5)::decimal(9,2) as p, "
        "timestamptz '2024-01-01 00:00+00' + interval (i) day as t from range(4) t(i)"
    ],
    filters=[
        "n > 1", "s < 'b'", "s = 'it''s'", "d >= date '2024-01-02'", "t < timestamp '2024-01-02'", "p = 1.5", "b",
    ],
    changed=[
        ("c enum('a', 'b')", "'c' as c", "'c'"),
        ("c int unique", "unnest([1, 1]) as c", 'duplicate key "1"'),
    ],
    kept=[
        "create table {}orders (name varchar not null, price decimal(9,2), kind enum('a', 'b'), gone int, "
        "twice as (price * 2), at_time timestamptz default now(), n smallint)",
        "comment on table {}orders is 'all'",
    ],
    saved="select 'a' as name, 1.25::decimal(9,2) as price, 'b' as kind, 5 as n, 7 as new",
    found={
        "select name, price, kind, twice::decimal(9,2), n, new, at_time is not null from {}orders": [
            ("a", Decimal("1.25"), "b", Decimal("2.50"), 5, 7, True)
        ],
        "select comment from duckdb_tables() where table_name = 'orders'": [("all",)],
        "select data_type from duckdb_columns() where column_name in ('gone', 'n')": [("SMALLINT",)],
    },
    letters="varchar collate nocase",
    unique="",
    wrong=('"idd" not found', "is no SQL of this file's"),
)  # fmt: skip


def place(folder: Path) -> Place:
    """A file that is not there yet."""
    path = folder / "data" / "app.duckdb"
    return Place(File(path, duckdb.connect), {"service": "duckdb", "path": str(path)}, {}, "main", WORDS)
