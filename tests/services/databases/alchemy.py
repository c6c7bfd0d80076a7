"""The same databases by SQLAlchemy: what is said otherwise than by the services of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import mariadb as own_mariadb
from . import postgres as own_postgres
from . import sqlite as own_sqlite
from .place import Place, Words


@dataclass(frozen=True)
class Way:
    """A way to a database.

    Args:
        WORDS: what is said otherwise.
        place: makes an empty place.
    """

    WORDS: Words
    place: Callable[[Any], Place]


def _but(words: Words, *kinds: str, **types: str) -> list[tuple[str, str, str, Any]]:
    """The values without those of types that SQLAlchemy does not tell, and types that it tells otherwise."""
    return [
        (kind, value, types.get(kind.replace(" ", "_"), word), found)
        for kind, value, word, found in words.values
        if kind not in kinds
    ]


POSTGRES = replace(
    own_postgres.WORDS,
    types="from t",
    values=_but(
        own_postgres.WORDS, "numeric(3,-2)", "money", "int[]", "uuid[]", "numeric(5,1)[]", "timestamptz[]", "bit(4)",
        "inet", "macaddr", "xml", "point", "int4range", "tsvector", "oid", "name", '"char"', "{}positive", "{}address",
        "timetz",
    ),
    refused=[
        ("numeric(4,1)", "'NaN'", "'c' is DECIMAL(4,1) and holds the Decimal Decimal('NaN')"),
        ("date", "'infinity'", "'c' holds a value that the driver does not take"),
        ("timestamptz", "'-infinity'", "'c' holds a value that the driver does not take"),
        ("date", "'0044-03-15 BC'", "'c' holds a value that the driver does not take"),
        ("int[]", "'{{1,2},{3,4}}'", "'c' is of the type ARRAY"),
        ("inet", "'10.0.0.1/8'", "'c' is of the type INET"),
        ("point", "'(1,2)'", "'c' is of the type NullType, which SQLAlchemy does not know"),
        ("numeric", "1.5", "'c' is a number without a precision"),
        ("numeric(50,2)", "1.5", "or of more than 38 digits"),
    ],
    changed=[
        ("code varchar(3)", "'abcd' as code", "value too long for type character varying(3)"),
        ("code varchar(3)", "'abc ' as code", "'code' holds 'abc ', of which the database makes 'abc'"),
        ('"at" timestamp(0)', "timestamp '2024-01-01 00:00:00.5' as \"at\"", "'at' holds datetime.datetime(2024, 1"),
        ("c int unique", "unnest([1, 1]) as c", "duplicate key value"),
    ],
    wrong=('column "idd" does not exist', "is no SQL of this database's"),
)  # fmt: skip
MARIADB = replace(
    own_mariadb.WORDS,
    values=_but(
        own_mariadb.WORDS, "year", "bit(1)", "bit(4)", "point", "inet6", mediumint_unsigned="BIGINT"
    ),
    refused=[
        ("date", "'0000-00-00'", "'c' is DATE and holds the str '0000-00-00'"),
        ("datetime", "'2024-00-10 00:00:00'", "'c' is TIMESTAMP and holds the str"),
        ("timestamp null", "0", "'c' is TIMESTAMP and holds the str '0000-00-00 00:00:00'"),
        ("tinyint(1)", "2", "'c' is BOOLEAN and holds the int 2"),
        ("year", "2024", "'c' is of the type YEAR"),
        ("bit(4)", "b'101'", "'c' is of the type BIT"),
        ("decimal(65,30)", "1", "or of more than 38 digits"),
    ],
    changed=[
        ("c varchar(3)", "'abcd' as c", "for column 'c' at row 1"),
        ("c char(9)", "'a ' as c", "'c' holds 'a ', of which the database makes 'a' in a column of CHAR(9)"),
        ("c double", "'inf'::double as c", "inf"),
        ("c datetime", "timestamp '2024-01-01 00:00:00.5' as c", "of which the database makes datetime"),
        ("c timestamp", "timestamp '1900-01-01' as c", " value"),
        ("c enum('a')", "'b' as c", "Data truncated for column 'c'"),
        ("c int unique", "unnest([1, 1]) as c", "Duplicate entry '1'"),
    ],
    wrong=("Unknown column 'idd'", "is no SQL of this database's"),
)  # fmt: skip
SQLITE = replace(
    own_sqlite.WORDS,
    types="select * exclude (fine) replace (n::bigint as n, small::bigint as small, half::double as half) from t",
    values=_but(own_sqlite.WORDS, "", "numeric", "money"),
    refused=[
        (kind, value, said.replace("rowid 2, ", "").replace("it is the", "and holds the"))
        for kind, value, said in own_sqlite.WORDS.refused
        if "bytes" not in said
    ],
    changed=[
        ("x double", "'nan'::double as x", "'x' holds nan, of which the database makes None"),
        ("code numeric", "'007' as code", "'code' is VARCHAR and holds the int 7"),
        ("price decimal(20,2)", "123456789012345678.25 as price", "keeps 15 digits"),
        ("c int unique", "unnest([1, 1]) as c", "UNIQUE constraint failed: orders.c"),
    ],
)


def _place(own: Place, words: Words, url: str, **more: str) -> Place:
    return replace(own, words=words, settings={"service": "sqlalchemy", "url": url, **more})


def _postgres(server: Any) -> Place:
    own, url = own_postgres.place(server), f"postgresql+psycopg://{server.host}:{server.port}/{server.database}"
    return _place(own, POSTGRES, url, schema=own.schema)


def _mariadb(server: Any) -> Place:
    own = own_mariadb.place(server)
    return _place(own, MARIADB, f"mysql+pymysql://{server.host}:{server.port}/{own.schema}?charset=utf8mb4")


def _sqlite(folder: Path) -> Place:
    own = own_sqlite.place(folder)
    return _place(own, SQLITE, f"sqlite:///{own.settings['path']}")


postgres, mariadb, sqlite = Way(POSTGRES, _postgres), Way(MARIADB, _mariadb), Way(SQLITE, _sqlite)
