"""From a text to a value: one set of rules, so that no engine changes a value in silence."""

from __future__ import annotations

from collections.abc import Mapping

from kedro_faucet.engines.dialect import literal, quote

STOPPED = "A value in a file is not of the type that its column has."
"""What an engine says where a rule stops it."""

# Where a cast alone would round 1.5, cut the time off a date, or drop a zone; both engines know these words.
_TESTS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "INT"), "not contains({x}, '.')"),
    "DATE": "length({x}) <= 10",
    "TIMESTAMP": "not contains({x}, '+') and not contains(substring({x}, 11), '-')",
}

INFERRED = {
    "BIGINT": r"-?(0|[1-9]\d{0,17})",
    "DOUBLE": r"[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?|NaN|[+-]?[Ii]nf(inity)?",
    "BOOLEAN": r"(?i)true|false",
    "DATE": r"\d{1,4}-\d{1,2}-\d{1,2}",
    "TIMESTAMP": r"\d{1,4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?Z?",
}
"""The forms of a type that is found in the texts, narrowest first: 007 and +1 are no numbers."""


def duckdb_value(name: str, kind: str) -> str:
    """Return DuckDB's expression that makes a text a value, or stops.

    >>> duckdb_value("price", "DOUBLE")
    'cast("price" as DOUBLE) as "price"'
    """
    column = quote(name)
    cast = f"cast({column} as {kind})"
    return column if kind == "VARCHAR" else f"{_guarded(column, kind, cast)} as {column}"


def spark_texts(types: Mapping[str, str], format: str) -> list[str]:
    """Return Spark's expressions that write values as the embedded engine does.

    >>> spark_texts({"n": "BIGINT", "at": "TIMESTAMP"}, "json")
    ['`n`', 'cast(`at` as string) as `at`']
    """
    # A line of one NULL would be blank, and left out when it is read; an empty text in quotes is NULL as well.
    if format == "csv" and len(types) == 1:
        return [f"coalesce(cast({column} as string), '') as {column}" for column in map(tick, types)]
    return [f"cast({tick(n)} as string) as {tick(n)}" if kind == "TIMESTAMP" else tick(n) for n, kind in types.items()]


def tick(name: str) -> str:
    """Quote an identifier for Spark.

    >>> tick("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def _guarded(column: str, kind: str, cast: str) -> str:
    if kind not in _TESTS:
        return cast
    test = _TESTS[kind].format(x=column)
    return f"case when {test} then {cast} when {column} is not null then error('{STOPPED}') end"


def is_refused(name: str, kind: str) -> str:
    """Return DuckDB's test for a text that is not NULL and not of a type."""
    column = quote(name)
    test = f"not ({_TESTS[kind].format(x=column)}) or " if kind in _TESTS else ""
    return f"({column} is not null and ({test}try_cast({column} as {kind}) is null))"


def always_is(name: str, kind: str, *, without_values: bool) -> str:
    """Return DuckDB's test whether all texts of a column have the form of a type."""
    column = quote(name)
    test = f"regexp_full_match({column}, {literal(INFERRED[kind])}) and try_cast({column} as {kind}) is not null"
    return f"coalesce(bool_and({test}) filter (where {column} is not null), {str(without_values).lower()})"
