"""One SQL, two engines: DuckDB's dialect, bound under reserved names and translated for Spark by SQLGlot."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from kedro_faucet.engines.macros import expand
from kedro_faucet.exceptions import SqlError


def quote(name: str) -> str:
    """Quote an identifier.

    >>> quote('a "b"')
    '"a ""b""\"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Write a value as a SQL literal.

    >>> literal("it's"), literal(None), literal(datetime(2013, 1, 31))
    ("'it''s'", 'NULL', "TIMESTAMP '2013-01-31 00:00:00.000000'")
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise SqlError(f"A {type(value).__name__} cannot be written as a SQL literal.")


def reserved(name: str) -> str:
    """Return the name under which an input is bound: no table and no variable of a user can shadow it."""
    return f"kf_in__{name}__"


@lru_cache(maxsize=1024)
def compile_sql(text: str, names: tuple[str, ...], target: str) -> str:
    """Translate a portable SELECT into an engine's SQL, its inputs bound under reserved names.

    >>> compile_sql("select a from t", ("t",), "duckdb")
    'SELECT a FROM kf_in__t__ AS t'
    >>> compile_sql("select a from t", ("t",), "spark")
    'SELECT a FROM {t} AS t'

    Args:
        text: one SELECT in DuckDB's dialect.
        names: the inputs' names in it.
        target: ``duckdb`` or ``spark``.

    Raises:
        SqlError: if the text cannot be parsed or translated.
    """
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be parsed: {error}") from None
    for table in tree.find_all(exp.Table):
        if table.name in names and not table.db:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(reserved(table.name)))
    tree = expand(tree, target)
    try:
        query = tree.sql(target, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be translated for {target}: {error}") from None
    return _spark_inputs(query, names) if target == "spark" else query


def _spark_inputs(query: str, names: tuple[str, ...]) -> str:
    """Leave ``{name}`` where Spark's own parameters go in."""
    query = query.replace("{", "{{").replace("}", "}}")
    for name in names:
        query = query.replace(reserved(name), f"{{{name}}}")
    return query
