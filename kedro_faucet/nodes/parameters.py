"""Values in place of a SQL text's ``$names``: always values of a type, never text of the query."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from kedro_faucet.engines import literal
from kedro_faucet.exceptions import SqlError, did_you_mean


class Use(NamedTuple):
    """Where a text uses a parameter, and whether it stands alone between parentheses."""

    name: str
    start: int
    end: int
    line: int
    listed: bool


def uses(text: str, dialect: str = "duckdb") -> Iterator[Use]:
    """Yield each use of a parameter; what stands in a text or a comment is none.

    >>> [use.name for use in uses("select '$a' from t where n < $limit -- $b")]
    ['limit']
    """
    import sqlglot
    from sqlglot import TokenType

    tokens = sqlglot.tokenize(text, read=dialect)
    kinds = [TokenType.L_PAREN, TokenType.PARAMETER, TokenType.VAR, TokenType.R_PAREN]
    for at, (mark, name) in enumerate(pairwise(tokens)):
        if mark.token_type == TokenType.PARAMETER and mark.text == "$" and name.start == mark.end + 1:
            listed = [token.token_type for token in tokens[max(at - 1, 0) : at + 3]] == kinds
            yield Use(name.text, mark.start, name.end + 1, mark.line, listed)


def check_uses(text: str, given: Iterable[str], file: str) -> None:
    """Refuse a text that uses a parameter which is not given, and one that is given and not used.

    >>> check_uses("select * from t where n < $limt", ["limit"], "few.sql")
    Traceback (most recent call last):
    kedro_faucet.exceptions.SqlError: few.sql:1: $limt has no value: add it to parameters=. Did you mean 'limit'?

    Raises:
        SqlError: naming file, line and the nearest name.
    """
    given, used = list(given), list(uses(text))
    for use in used:
        if use.name not in given:
            hint = did_you_mean(use.name, given)
            raise SqlError(f"{file}:{use.line}: ${use.name} has no value: add it to parameters=.{hint}")
    for name in set(given) - {use.name for use in used}:
        raise SqlError(f"{file}: the parameter '{name}' is given, and the text does not use ${name}.")


def bound(text: str, values: Mapping[str, Any], dialect: str = "duckdb") -> str:
    """Return a text with values in place of its parameters; each line stays the line that it was.

    >>> bound("select * from t where s in $names and n < $limit", {"names": ["it's"], "limit": -1.5})
    "select * from t where s in ('it''s') and n < (-1.5e0)"

    Raises:
        SqlError: if a value cannot be written in SQL; it names the parameter.
    """
    for use in reversed(list(uses(text, dialect)) if values else []):
        written = _written(use.name, values[use.name], dialect, use.listed)
        text = text[: use.start] + written + text[use.end :]
    return text


def _written(name: str, value: Any, dialect: str, listed: bool) -> str:
    if isinstance(value, list | tuple):
        items = ", ".join(_value(name, item, dialect) for item in _items(name, value))
        return items if listed else f"({items})"
    return _value(name, value, dialect)


def _items(name: str, values: Sequence[Any]) -> Sequence[Any]:
    if not values or None in values:
        what = "is an empty list" if not values else "is a list with a NULL in it"
        raise SqlError(f"The parameter '{name}' {what}, of which SQL's IN makes no true or false: leave it out.")
    return values


def _value(name: str, value: Any, dialect: str) -> str:
    if isinstance(value, float):
        return _double(name, value)
    if isinstance(value, str):
        from sqlglot import exp

        return str(exp.Literal.string(value).sql(dialect))
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise SqlError(f"The parameter '{name}' is {value}, beyond 64 bits.")
    try:
        written = literal(value)
    except SqlError:
        hint = "name one of its values, as in params:model.horizon" if isinstance(value, dict) else "make it a text"
        raise SqlError(f"The parameter '{name}' is a {type(value).__name__}, no value of SQL: {hint}.") from None
    return f"({written})" if written.startswith("-") else written


def _double(name: str, value: float) -> str:
    if not math.isfinite(value):
        raise SqlError(f"The parameter '{name}' is {value}, no number of SQL.")
    written = repr(value) if "e" in repr(value) else f"{value!r}e0"
    return f"({written})" if value < 0 else written
