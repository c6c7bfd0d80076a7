"""Types of columns in DuckDB's words, and the ones that a result has on both engines."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from kedro_faucet.engines.dialect.text import quote, reserved
from kedro_faucet.exceptions import SqlError

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
_SPARK = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp_ntz", "BLOB": "binary"}


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
    """
    if kind.endswith("[]"):
        return f"array<{spark_type(kind[:-2])}>"
    return _SPARK.get(kind, kind.lower())


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
