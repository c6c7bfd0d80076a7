"""Casts, made to mean on Spark what they mean on DuckDB, and refused where the engines read a value differently."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.guards import FLOATS, TEXTS, fail, is_kind, raw, sql, text

_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_NUMBER = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_TIME = rf"{_DATE}([ T][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,6}})?)?)?"
_WHOLE = "[+-]?[0-9]+"
# The texts that both engines read alike: 2013-01 is a date for one, 1.5 an integer for the other.
_FORMS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT"), _WHOLE),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), _NUMBER),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ"), _TIME),
    "DATE": _TIME,
    "BOOLEAN": "(?i:true|false)",
}
_INTEGER_TYPES = ("TINYINT", "SMALLINT", "INT", "BIGINT")
# How a text is to be written that is one of a type.
WRITTEN = {
    **dict.fromkeys(_INTEGER_TYPES, "a whole number: '-42'"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "a number: '-4.2'"),
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMPNTZ"), "the ISO form: 2013-01-31 10:20:30"),
    "BOOLEAN": "'true' or 'false'",
}
TYPES = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(p, s)",
    "VARCHAR",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
)


def known(kind: str) -> bool:
    """Tell whether a target type is in the subset."""
    return kind == "TEXT" or kind in _FORMS


def kind_of(node: Any) -> str:
    """Return the word of a cast's target type."""
    return str(node.args["to"].this.name)


def fits(node: Any) -> bool:
    """Tell whether a cast of a text that is written out reads alike on both engines."""
    return kind_of(node) == "TEXT" or bool(re.fullmatch(f" *{_FORMS[kind_of(node)]} *", node.this.this))


def cast(node: Any, engine: str) -> Any:
    """Return the engine's expression for a cast."""
    value, kind = sql(node.this, engine), kind_of(node)
    if kind == "TEXT":
        return node if _is_text(node.this) else text(value, engine)
    if _is_text(node.this) or value.isdigit():
        return node
    branches = [*_text_branch(node, value, engine), *_float_branch(node, value, engine)]
    plain = node.sql(engine)
    return raw(f"case {' '.join(branches)} else {plain} end") if branches else node


def _is_text(value: Any) -> bool:
    return (isinstance(value, exp.Literal) and value.is_string) or isinstance(value, exp.Null)


def _text_branch(node: Any, value: str, engine: str) -> list[str]:
    if isinstance(node.this, _INTEGRAL):
        return []
    form = f" *{_FORMS[kind_of(node)]} *"
    whole = f"cast({value} as string)"
    matches = f"regexp_full_match({whole}, '{form}')" if engine == "duckdb" else rf"{whole} rlike r'^({form})\z'"
    stop = fail(f"This text is no {node.args['to'].sql('duckdb')} that both engines read alike: ", engine, whole)
    return [f"when {is_kind(value, *TEXTS)} and not ({matches}) then {'null' if _tries(node) else stop}"]


def _float_branch(node: Any, value: str, engine: str) -> list[str]:
    """DuckDB rounds a fraction where Spark cuts it off, and they round a float to a decimal differently."""
    kind = kind_of(node)
    if kind in _INTEGER_TYPES and not isinstance(node.this, _INTEGRAL):
        message = "A cast of a fraction to an integer rounds on one engine alone: cast round(x), floor(x) or ceil(x)"
        return [f"when {is_kind(value, *FLOATS, like='decimal%')} then {fail(message, engine)}"]
    if kind == "DECIMAL" and engine == "spark":
        return [f"when {is_kind(value, *FLOATS)} then {_decimal(node, value)}"]
    return []


def _decimal(node: Any, value: str) -> str:
    target = node.args["to"].sql("spark")
    power = f"1e{node.args['to'].expressions[1].this.this}D"
    double = f"cast({value} as double)"
    rounded = f"cast(round({double} * {power}) / {power} as {target})"
    stop = "null" if _tries(node) else fail("NaN and infinity are no decimals", "spark")
    return f"case when not (abs({double}) < 1e38D) then {stop} else {rounded} end"


def _tries(node: Any) -> bool:
    return isinstance(node, exp.TryCast)


# Whole numbers already, whatever their type.
_INTEGRAL = (exp.Round, exp.Floor, exp.Ceil, exp.Count, exp.CountIf, exp.Length, exp.Boolean)
