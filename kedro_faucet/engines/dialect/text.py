"""Names and values as SQL text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kedro_faucet.exceptions import SqlError


def quote(name: str) -> str:
    """Quote an identifier.

    >>> quote('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Write a value as a SQL literal.

    >>> literal("it's"), literal(None), literal(datetime(2013, 1, 31))
    ("'it''s'", 'NULL', "TIMESTAMP '2013-01-31 00:00:00.000000'")

    Raises:
        SqlError: if the value is none of text, integer, boolean, date, datetime, Decimal and None.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(' ', 'microseconds')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise SqlError(f"A {type(value).__name__} cannot be written as a SQL literal.")


def used_again(text: str, names: Iterable[str]) -> set[str]:
    """Return those of the tables that a SELECT names several times.

    >>> used_again("select a.n from t a join t b using (n) join u using (n)", ["t", "u"])
    {'t'}
    """
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        found = Counter(each.name.lower() for each in parse_one(text, dialect="duckdb").find_all(exp.Table))
    except SqlglotError:  # which whoever runs the text tells
        return set()
    return {name for name in names if found[name.lower()] > 1}


def reserved(name: str) -> str:
    """Return the name under which an input is bound: no table and no variable of a user can shadow it."""
    return f"kf_in__{name}__"


def unparsed(error: Exception) -> str:
    """Say where a text stops being SQL, without the parser's own words for its parts.

    >>> import sqlglot
    >>> try:
    ...     sqlglot.parse("select (1 from t", read="duckdb")
    ... except sqlglot.ParseError as error:
    ...     unparsed(error)
    "'from' is not expected there (line 1, column 11): expecting )"
    """
    found = next(iter(getattr(error, "errors", ())), None)
    if found is None:
        return "a quote (' or \") or a comment (/*) is opened and never closed"
    at = f"(line {found['line']}, column {found['col'] - len(found['highlight']) + 1})"
    said = re.sub(r"( but got)? <.*|^Required keyword: .*|^Invalid expression.*", "", found["description"]).strip()
    reason = f": {said[0].lower()}{said[1:]}" if said else ""
    return f"'{found['highlight']}' is not expected there {at}{reason}"
