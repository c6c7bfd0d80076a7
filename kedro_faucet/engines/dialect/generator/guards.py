"""What depends on a value's type where that is not known when a text is translated.

Both engines resolve ``typeof`` when they plan a query, so that a branch for another type costs nothing a row.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    NULL,
    TEXT,
    TIMESTAMP,
    digits,
)
from kedro_faucet.engines.dialect.families.families import TIMES as FAMILY_TIMES

INTEGERS = (
    "tinyint", "smallint", "int", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
)  # fmt: skip
FLOATS = ("float", "double")
TEXTS = ("varchar", "string")
TIMES = ("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp_ntz")
NULLS = ('"null"', "void")

_PLAIN = (exp.Column, exp.Literal, exp.Cast, exp.Paren, exp.Anonymous, exp.Boolean, exp.Null, exp.Var)


_LONG = 80


def raw(text: str, engine: str = "", *values: str) -> Any:
    """Return an engine's own SQL as an expression.

    Args:
        text: the SQL.
        engine: the engine, where there are values.
        values: what the SQL is made of: a long one that is in it twice is bound once, or each level of casts within
            casts would be several times as long as the one within it.
    """
    for place, value in enumerate(values):
        if len(value) > _LONG and text.count(value) > 1:
            text = _bound(text.replace(value, f"kf_{place}"), f"kf_{place}", value, engine)
    return exp.Var(this=text)


def _bound(text: str, name: str, value: str, engine: str) -> str:
    """Return an expression in which a name stands for a value."""
    if engine == "duckdb":
        return f"list_transform([{value}], lambda {name}: {text})[1]"
    return f"transform(array({value}), {name} -> {text})[0]"


def sql(node: Any, engine: str) -> str:
    """Return the engine's SQL of an argument, in parentheses where it needs them."""
    text: str = node.sql(engine, copy=False, unsupported_level=ErrorLevel.RAISE)
    return text if isinstance(node, _PLAIN) else f"({text})"


def is_kind(value: str, *names: str, like: str | None = None) -> str:
    """Return the condition that a value's type is one of these."""
    kind = f"lower(typeof({value}))"
    listed = f"{kind} in ({', '.join(repr(name) for name in names)})"
    return f"({listed} or {kind} like '{like}')" if like else listed


def fail(message: str, engine: str, value: str = "") -> str:
    """Return the expression that stops a query with a message, and a value after it."""
    said = f"'{message}'" + (f" || {value}" if value else "")
    return f"error({said})" if engine == "duckdb" else f"raise_error({said})"


def integer(value: str, function: str, engine: str, family: str | None = None) -> str:
    """Return a value, refused where it is not an integer: the engines round others differently."""
    if family in (INTEGER, NULL):
        return value
    stop = fail(f"{function} takes integers: cast its arguments to one", engine)
    return f"case when {is_kind(value, *INTEGERS, *NULLS)} then {value} else {stop} end"


def in_years(value: str, written: str, engine: str) -> str:
    """Return what is written of a date or time, refused where its year is not of four digits: there they differ."""
    stop = fail("A year as text is one from 1 to 9999", engine)
    return f"case when year({value}) between 1 and 9999 then {written} when {value} is not null then {stop} end"


_LETTERS = {INTEGER: "n", DECIMAL: "n", TEXT: "s", NULL: "s", TIMESTAMP: "t", DATE: "d", BOOLEAN: "b"}


def tag(value: str, engine: str, family: str | None = None) -> str:
    """Return one letter for the family of a value's type; a type whose text differs is refused."""
    if family in _LETTERS:
        return f"'{_LETTERS[family]}'"
    message = "Text is made of integers, decimals, texts, booleans, dates and timestamps: cast the value first"
    stop = fail(message, engine)
    return f"""case
        when {is_kind(value, *INTEGERS, like="decimal%")} then 'n'
        when {is_kind(value, *TEXTS, *NULLS, like="enum%")} then 's'
        when {is_kind(value, *TIMES)} then 't'
        when {is_kind(value, "date")} then 'd'
        when {is_kind(value, "boolean")} then 'b'
        else {stop} end"""


def text(value: str, engine: str, family: str | None = None) -> Any:
    """Return a value as text, refused where the engines write it differently: above all floats."""
    if family in _LETTERS:
        whole = _written(value, engine, family)
        return raw(in_years(value, whole, engine) if family in FAMILY_TIMES else whole, engine, value)
    return raw(f"case when {tag(value, engine)} is not null then cast({value} as string) end", engine, value)


def _written(value: str, engine: str, family: str | None) -> str:
    """Return a value cast to text: DuckDB writes no zero before the point of a decimal that has no digit there."""
    whole, sizes = f"cast({value} as string)", digits(family)
    if engine == "duckdb" and family == DECIMAL and (sizes is None or sizes[0] == 0):
        return rf"regexp_replace({whole}, '^(-?)[.]', '\10.')"
    return whole


def bare_text(value: str, engine: str, family: str | None = None) -> str:
    """Return a value as text, a decimal without the zeros that only its scale brings."""
    whole = value if family == TEXT else _written(value, engine, family)
    if family in FAMILY_TIMES:
        return in_years(value, whole, engine)
    if family in _LETTERS and family != DECIMAL:
        return whole
    bare = f"rtrim(rtrim({whole}, '0'), '.')" if engine == "duckdb" else f"rtrim('.', rtrim('0', {whole}))"
    typed = "" if family else f"{is_kind(value, '', like='decimal%')} and "
    return f"case when {typed}{whole} like '%.%' then {bare} else {whole} end"
