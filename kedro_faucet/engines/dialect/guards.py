"""What depends on a value's type, which is not known when a text is translated.

Both engines resolve ``typeof`` when they plan a query, so that a branch for another type costs nothing a row.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel

INTEGERS = (
    "tinyint", "smallint", "int", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
)  # fmt: skip
FLOATS = ("float", "double")
TEXTS = ("varchar", "string")
TIMES = ("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp_ntz")
NULLS = ('"null"', "void")

_PLAIN = (exp.Column, exp.Literal, exp.Cast, exp.Paren, exp.Anonymous, exp.Boolean, exp.Null, exp.Var)


def raw(text: str, *, textual: bool = False) -> Any:
    """Return an engine's own SQL as an expression; textual where its value is known to be a text."""
    node = exp.Var(this=text)
    node.meta["textual"] = textual
    return node


def sql(node: Any, engine: str) -> str:
    """Return the engine's SQL of an argument, in parentheses where it needs them."""
    text: str = node.sql(engine, unsupported_level=ErrorLevel.RAISE)
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


def integer(value: str, function: str, engine: str) -> str:
    """Return a value, refused where it is not an integer: the engines round others differently."""
    stop = fail(f"{function} takes integers: cast its arguments, or use safe_divide", engine)
    return f"case when {is_kind(value, *INTEGERS, *NULLS)} then {value} else {stop} end"


def tag(value: str, engine: str) -> str:
    """Return one letter for the family of a value's type; a type whose text differs is refused."""
    message = "Text is made of integers, decimals, texts, booleans, dates and timestamps: cast the value first"
    stop = fail(message, engine)
    return f"""case
        when {is_kind(value, *INTEGERS, like="decimal%")} then 'n'
        when {is_kind(value, *TEXTS, *NULLS, like="enum%")} then 's'
        when {is_kind(value, *TIMES)} then 't'
        when {is_kind(value, "date")} then 'd'
        when {is_kind(value, "boolean")} then 'b'
        else {stop} end"""


def text(value: str, engine: str) -> Any:
    """Return a value as text, refused where the engines write it differently: above all floats."""
    return raw(f"case when {tag(value, engine)} is not null then cast({value} as string) end", textual=True)


def bare_text(value: str, engine: str) -> str:
    """Return a value as text, a decimal without the zeros that only its scale brings."""
    whole = f"cast({value} as string)"
    bare = f"rtrim(rtrim({whole}, '0'), '.')" if engine == "duckdb" else f"rtrim('.', rtrim('0', {whole}))"
    return f"case when {is_kind(value, '', like='decimal%')} and {whole} like '%.%' then {bare} else {whole} end"
