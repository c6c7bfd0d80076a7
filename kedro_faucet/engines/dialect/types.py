"""Types of columns in DuckDB's words, and the ones that a result has on both engines."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from kedro_faucet.engines.dialect.text import quote, reserved
from kedro_faucet.exceptions import ResourceError, SqlError, did_you_mean

# A sum of BIGINT is a HUGEINT on DuckDB alone, unsigned integers come from Parquet files of others, and so on.
_PORTABLE = {
    "HUGEINT": "BIGINT", "UHUGEINT": "BIGINT", "UBIGINT": "BIGINT", "UINTEGER": "BIGINT", "USMALLINT": "INTEGER",
    "UTINYINT": "SMALLINT", "TIMESTAMP_S": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP", "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP", '"NULL"': "INTEGER", "UUID": "VARCHAR", "JSON": "VARCHAR",
}  # fmt: skip
_REFUSED = {
    "INTERVAL": "days_between or seconds_between",
    "TIME": "a cast to VARCHAR",
    "TIME WITH TIME ZONE": "a cast to VARCHAR",
}
_WIDER = {
    "TINYINT": ("SMALLINT", "INTEGER", "BIGINT", "DOUBLE"),
    "SMALLINT": ("INTEGER", "BIGINT", "DOUBLE"),
    "INTEGER": ("BIGINT", "DOUBLE"),
    "FLOAT": ("DOUBLE",),
    "DATE": ("TIMESTAMP",),
}
TYPES = (
    "VARCHAR",
    "BIGINT",
    "INTEGER",
    "SMALLINT",
    "TINYINT",
    "DOUBLE",
    "FLOAT",
    "DECIMAL",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
)
"""What a column of a text file may be declared as."""

_SPARK = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp_ntz", "BLOB": "binary"}
_DUCKDB = {**{word: kind for kind, word in _SPARK.items()}, "long": "BIGINT", "short": "SMALLINT", "byte": "TINYINT"}


def declared_type(name: str, kind: str) -> str:
    """Return the type that a column is declared as: a type alone, no other SQL.

    >>> declared_type("price", "decimal(10, 2)"), declared_type("id", "bigint")
    ('DECIMAL(10,2)', 'BIGINT')

    Raises:
        ResourceError: if there is no such type.
    """
    base, is_open, rest = str(kind).strip().upper().partition("(")
    if (base := base.strip()) not in TYPES:
        hint = did_you_mean(base, TYPES)
        raise ResourceError(f"Unknown type of column '{name}' '{base[:40]}'; there are {', '.join(TYPES)}.{hint}")
    if base == "DECIMAL":
        sizes = (
            re.fullmatch(r"(\d+)\s*(?:,\s*(\d+)\s*)?\)", rest.strip()) if is_open else re.fullmatch("(18),(3)", "18,3")
        )
        if sizes and 1 <= int(sizes[1]) <= 38 and int(sizes[2] or 0) <= int(sizes[1]):
            return f"DECIMAL({int(sizes[1])},{int(sizes[2] or 0)})"
    elif not is_open:
        return base
    raise ResourceError(
        f"The type of column '{name}' is not understood: {str(kind)[:40]}. A DECIMAL has at most 38 digits, some "
        "of them after the point, as in DECIMAL(10,2); other types have no sizes."
    )


def portable_type(name: str, kind: str) -> str:
    """Return the type that a column has in a result on both engines.

    >>> portable_type("total", "HUGEINT"), portable_type("name", "VARCHAR")
    ('BIGINT', 'VARCHAR')

    Raises:
        SqlError: if tables cannot keep such a column.
    """
    if kind in _REFUSED:
        raise SqlError(f"The column '{name}' is of type {kind}, which tables do not keep: use {_REFUSED[kind]}.")
    return "VARCHAR" if kind.startswith("ENUM") else _PORTABLE.get(kind, kind)


def spark_type(kind: str) -> str:
    """Return Spark's word for a type.

    >>> spark_type("TIMESTAMP"), spark_type("DECIMAL(10,2)"), spark_type("VARCHAR[]")
    ('timestamp_ntz', 'decimal(10,2)', 'array<string>')
    >>> spark_type('STRUCT(userId BIGINT, "a b" VARCHAR)[]')
    'array<STRUCT<userId: BIGINT, `a b`: STRING>>'
    """
    if kind.endswith("[]"):
        return f"array<{spark_type(kind[:-2])}>"
    if kind.startswith(("STRUCT(", "MAP(")):
        from sqlglot import exp  # a quarter of a second, for nested types alone

        return str(exp.DataType.build(kind, dialect="duckdb").sql("spark"))
    return _SPARK.get(kind, kind.lower())


def simple_type(name: str) -> str:
    """Return DuckDB's word for a type of Spark's or Delta's that has no parts.

    >>> simple_type("string"), simple_type("long"), simple_type("decimal(10,2)")
    ('VARCHAR', 'BIGINT', 'DECIMAL(10,2)')
    """
    return _DUCKDB.get(name, name.upper())


def projection(types: Mapping[str, str]) -> str | None:
    """Return the columns of a result cast to portable types, in DuckDB's words; None where all are portable."""
    wanted = {name: portable_type(name, kind) for name, kind in types.items()}
    if wanted == dict(types):
        return None
    return ", ".join(
        quote(name) if wanted[name] == kind else f"cast({quote(name)} as {wanted[name]}) as {quote(name)}"
        for name, kind in types.items()
    )


def distinct_names(names: list[str]) -> None:
    """Refuse a result with two columns of one name.

    Raises:
        SqlError: naming the column.
    """
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise SqlError(f"The result has two columns '{name}': give one of them another name with AS.")
        seen.add(name.lower())


_lock = threading.Lock()


@lru_cache(maxsize=1024)
def result_types(query: str, inputs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> dict[str, str]:
    """Return the columns and types that DuckDB gives a compiled query over inputs of these types: nothing is computed.

    So both engines give one query the same names and types, and say the same of a mistake.
    """
    with _lock:
        connection = _connection()
        for name, columns in inputs:
            listed = ", ".join(f"{quote(column)} {kind}" for column, kind in columns)
            connection.execute(f"create or replace temp table {quote(reserved(name))} ({listed})")
        result = connection.sql(query)
        names = list(result.columns)
        distinct_names(names)
        return {name: portable_type(name, str(kind)) for name, kind in zip(names, result.types, strict=True)}


@cache
def _connection() -> Any:
    import duckdb

    return duckdb.connect()


def fits(kind: str, into: str) -> bool:
    """Tell whether every value of a type is also one of another.

    >>> fits("INTEGER", "BIGINT"), fits("BIGINT", "INTEGER"), fits("BIGINT", "DOUBLE")
    (True, False, False)
    >>> fits("DECIMAL(5,2)", "DECIMAL(10,3)"), fits("DECIMAL(10,2)", "DECIMAL(10,3)")
    (True, False)
    """
    if kind == into or into in _WIDER.get(kind, ()):
        return True
    narrow, wide = (re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", each) for each in (kind, into))
    if not (narrow and wide):
        return False
    (digits, scale), (more_digits, more_scale) = map(int, narrow.groups()), map(int, wide.groups())
    return more_scale >= scale and more_digits - more_scale >= digits - scale


_BITS = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
_MANTISSA = {"DOUBLE": 53, "FLOAT": 24}


def misfits(column: str, kind: str, into: str) -> str:
    """Return the SQL test for values of a type that another cannot hold exactly, where not all of them fit.

    >>> misfits("n", "BIGINT", "DOUBLE")
    'n not between -9007199254740992 and 9007199254740992'
    >>> misfits("s", "VARCHAR", "BIGINT")
    's is not null'
    """
    if kind in _BITS and (limits := _limits(into)):
        return f"{column} not between {limits[0]} and {limits[1]}"
    if kind in _MANTISSA and into in _BITS:
        limit = 2 ** min(_MANTISSA[kind], _BITS[into]) - 1
        return f"({column} <> floor({column}) or {column} not between -{limit} and {limit})"
    return f"{column} is not null"


def _limits(into: str) -> tuple[int, int] | None:
    """Return the bounds of the whole numbers that a type holds exactly."""
    if into in _BITS:
        return -(2 ** _BITS[into]), 2 ** _BITS[into] - 1
    if into in _MANTISSA:
        return -(2 ** _MANTISSA[into]), 2 ** _MANTISSA[into]
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", into):
        most = min(10 ** (int(decimal[1]) - int(decimal[2])), 2**63) - 1
        return -most, most
    return None
