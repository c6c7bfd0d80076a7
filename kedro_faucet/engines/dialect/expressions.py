"""SQL of a value or a condition by itself, over columns that stand for others."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kedro_faucet.exceptions import ConfigError


def columns_in(text: str) -> list[str]:
    """Return the columns that an expression names.

    >>> columns_in("carrier = 'AA' and dep_delay > 15")
    ['carrier', 'dep_delay']

    Raises:
        ConfigError: if it is no expression of a row's columns alone.
    """
    return list(_columns(text))


def with_columns(text: str, named: Callable[[str], str]) -> str:
    """Return an expression with the SQL of each of its columns in that one's place.

    >>> with_columns("carrier = 'AA' or delay > 15", lambda name: f"fact.{name}")
    "(fact.carrier = 'AA' OR fact.delay > 15)"
    """
    from sqlglot import exp

    tree = _parsed(text)
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.Var(this=named(column.name)))
    return str(tree.sql("duckdb"))


@lru_cache(maxsize=256)
def _columns(text: str) -> tuple[str, ...]:
    from sqlglot import exp

    tree = _parsed(text)
    if (found := tree.find(exp.Query, exp.AggFunc, exp.Window, exp.Star)) is not None:
        raise ConfigError(f"'{text}' is to be told of each row by itself: '{found.sql('duckdb')}' is of more than one.")
    for column in tree.find_all(exp.Column):
        if column.table:
            raise ConfigError(f"'{text}' names columns alone: write {column.name}, not {column.sql('duckdb')}.")
    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))


def _parsed(text: str) -> Any:
    from sqlglot import errors, exp, parse_one

    from kedro_faucet.engines.dialect.text import unparsed

    try:
        return exp.paren(parse_one(text, dialect="duckdb"), copy=False)
    except errors.SqlglotError as error:
        raise ConfigError(f"'{text}' is no SQL of a value: {unparsed(error)}") from None
