"""From one type to another: the SQL of a value, and of the test that it is the same value."""

from __future__ import annotations

from typing import NamedTuple

from kedro_faucet.engines.dialect.types import fits

_FAMILIES = {
    "TINYINT": "integer", "SMALLINT": "integer", "INTEGER": "integer", "BIGINT": "integer", "FLOAT": "floating",
    "DOUBLE": "floating", "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp",
}  # fmt: skip
_PLAIN = "try_cast({x} as {into})"
_BACK = "cast({v} as double) = {x}"
_BELOW = "< 9.223372036854775808e18"  # Spark makes the largest BIGINT of what is larger
_FORTH = "try_cast({v} as {kind}) = {x}"
_LARGE = {"DOUBLE": 2**53, "FLOAT": 2**24}
_FLOATING = (
    "({v} <> 0 or not regexp_matches({x}, '^[^eE]*[1-9]')) and abs({v}) <= 1.7976931348623157e308 and "
    "(abs({v}) < {large} or contains(lower({x}), 'e') "
    f"or ({{v}} {_BELOW} and try_cast({{x}} as bigint) = try_cast(round({{v}}) as bigint)))"
)
# By the families of both types: the value, and what is true of one that is held exactly.
_RULES = {
    ("integer", "integer"): (_PLAIN, ""),
    ("integer", "floating"): (_PLAIN, f"{{v}} {_BELOW} and try_cast(round({{v}}) as bigint) = {{x}}"),
    ("integer", "decimal"): (_PLAIN, ""),
    ("floating", "integer"): ("try_cast(round({x}) as {into})", f"{{x}} {_BELOW} and {_BACK}"),
    ("floating", "floating"): (_PLAIN, _BACK),
    ("floating", "decimal"): (_PLAIN, _BACK),
    ("decimal", "integer"): ("try_cast(floor({x}) as {into})", "try_cast(floor({x}) as {kind}) = {x}"),
    ("decimal", "floating"): (_PLAIN, _FORTH),
    ("decimal", "decimal"): (_PLAIN, _FORTH),
    ("text", "integer"): (_PLAIN, ""),
    ("text", "floating"): (_PLAIN, _FLOATING),
    ("text", "decimal"): (_PLAIN, r"regexp_matches({x}, '^\s*[+-]?\d*(\.\d{{0,{scale}}}0*)?\s*$')"),
    ("text", "boolean"): (_PLAIN, ""),
    ("text", "date"): (_PLAIN, "cast({v} as timestamp) = try_cast({x} as timestamp)"),
    ("text", "timestamp"): (_PLAIN, r"not regexp_matches({x}, '\.\d\d\d\d\d\d\d*[1-9]')"),
    ("timestamp", "date"): (_PLAIN, "cast({v} as timestamp) = {x}"),
    ("date", "timestamp"): (_PLAIN, ""),
}
_WRITTEN = ("integer", "decimal", "boolean", "date", "timestamp")


class Casting(NamedTuple):
    """The SQL of a column's value in another type, NULL where that cannot hold it, and the test for such a value."""

    value: str
    refused: str


def casting(column: str, kind: str, into: str) -> Casting | None:
    """Return how a column of one type becomes one of another; nothing where no rule says what is the same value.

    >>> casting("n", "INTEGER", "BIGINT")
    Casting(value='cast(n as BIGINT)', refused='')
    >>> casting("n", "BIGINT", "INTEGER").refused
    'n is not null and try_cast(n as INTEGER) is null'
    >>> casting("b", "BOOLEAN", "INTEGER")

    Args:
        column: the SQL of the column.
        kind: its type.
        into: the type wanted.
    """
    pair = family(kind), family(into)
    if kind == into:
        return Casting(column, "")
    if fits(kind, into) or (pair[1] == "text" and pair[0] in _WRITTEN):
        return Casting(f"cast({column} as {into})", "")
    if pair not in _RULES:
        return None
    return _tested(column, kind, into, *_RULES[pair])


def _tested(column: str, kind: str, into: str, value: str, test: str) -> Casting:
    x = f"cast({column} as double)" if kind == "FLOAT" else column
    said = {"x": x, "kind": kind, "into": into, "large": _LARGE.get(into), "scale": into[:-1].partition(",")[2]}
    value = value.format(**said)
    v = f"cast({value} as double)" if into == "FLOAT" else value
    if not test:
        return Casting(value, f"{column} is not null and {value} is null")
    exact = f"coalesce({value} is not null and {test.format(v=v, **said)}, false)"
    return Casting(f"case when {exact} then {value} end", f"{column} is not null and not {exact}")


def family(kind: str) -> str:
    """Return what a type's values are, or the type itself.

    >>> family("DECIMAL(10,2)"), family("BIGINT"), family("BLOB")
    ('decimal', 'integer', 'BLOB')
    """
    return "decimal" if kind.startswith("DECIMAL") else _FAMILIES.get(kind, kind)
