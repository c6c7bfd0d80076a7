"""Casts, made to mean on Spark what they mean on DuckDB, and refused where the engines read a value differently."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    FLOAT,
    INTEGER,
    NULL,
    NUMBERS,
    TEXT,
    TIMES,
    TIMESTAMP,
    family_of_type,
    named,
)
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import FLOATS, TEXTS, fail, is_kind, raw, sql, text
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse
from kedro_faucet.exceptions import shortened

_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_NUMBER = r" *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *"
_CLOCK = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_TIME = rf"{_DATE}([ T]{_CLOCK})?"
# The texts that both engines read alike: 2013-01 is a date for one, 1.5 an integer for the other.
_FORMS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT"), " *[+-]?[0-9]+ *"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), _NUMBER),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ", "DATE"), _TIME),
    "BOOLEAN": " *(?i:true|false) *",
}
_NUMERIC = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")
_SAYS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT"), "digits: '12'"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "digits and a point: '12.5'"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ"), "the ISO form: '2013-01-31 10:20:30'"),
    "DATE": "the ISO form: '2013-01-31'",
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
# From each family, those that both engines cast it to alike; of a text every one, where it has the form.
_POSSIBLE: dict[str, tuple[str, ...]] = {
    INTEGER: (*NUMBERS, TEXT, BOOLEAN),
    DECIMAL: (DECIMAL, FLOAT, DOUBLE, TEXT, BOOLEAN),
    FLOAT: (DECIMAL, FLOAT, DOUBLE, BOOLEAN),
    DOUBLE: (DECIMAL, FLOAT, DOUBLE, BOOLEAN),
    BOOLEAN: (*NUMBERS, TEXT, BOOLEAN),
    DATE: (*TIMES, TEXT),
    TIMESTAMP: (*TIMES, TEXT),
}


@refuses(exp.Cast, exp.TryCast)
def written(node: Any) -> None:
    """A cast is to a type of both engines, and a text that is written out is one that both read alike."""
    said, kind = node.args["to"].sql("duckdb"), _kind(node)
    if kind != "TEXT" and kind not in _FORMS:
        refuse(node, f"cast to {said}", ", ".join(TYPES))
    if not isinstance(node, exp.TryCast) and not _fits(node):
        refuse(node, f"'{shortened(node.this.this)}' as {said}", _SAYS[kind])


def _kind(node: Any) -> str:
    """Return the word of a cast's target type."""
    return str(node.args["to"].this.name)


def _fits(node: Any) -> bool:
    """Tell whether a cast of what is written out reads alike on both engines."""
    plain = isinstance(node.this, exp.Literal) and node.this.is_string
    return not plain or _kind(node) == "TEXT" or bool(re.fullmatch(_FORMS[_kind(node)], node.this.this))


@refuses(exp.Cast, exp.TryCast)
def possible(node: Any) -> None:
    """A cast is between families that both engines cast alike: DuckDB rounds a fraction where Spark cuts it off."""
    source, target = family(node.this), family_of_type(_kind(node))
    whole = target == INTEGER and isinstance(node.this.unnest(), exp.Round | exp.Floor | exp.Ceil | exp.Trunc)
    if whole or target is None or target in _POSSIBLE.get(str(source), (target,)):
        return
    instead = {INTEGER: "days_between, epoch_seconds or date_key"}.get(target, "a cast by way of VARCHAR")
    if source in (FLOAT, DOUBLE) and target == TEXT:
        instead = "a cast of the value first: cast the value to DECIMAL(18, 2), or cast round(x) to BIGINT"
    if target == INTEGER and source in NUMBERS:
        instead = "cast round(x), floor(x) or ceil(x) to an integer"
    refuse(node, f"{named(source)} cast to {node.args['to'].sql('duckdb')}", instead)


@rewrites(exp.Cast, exp.TryCast)
def cast(node: Any, engine: str) -> Any:
    """A text is cast where both engines read it alike, a number where both round it alike; another one stops."""
    value, kind, source = sql(node.this, engine), _kind(node), family(node.this)
    if kind == "TEXT":
        return node if source in (TEXT, NULL) else _text(value, engine, source)
    if _is_written(node.this) or source == NULL:
        return node if _fits(node) else raw(f"cast(null as {node.args['to'].sql(engine)})")
    if engine == "spark" and kind in _BOUNDED and source in (FLOAT, DOUBLE):
        return raw(_BOUNDED[kind](node, value), engine, value)
    branches = [*_text_branch(node, value, engine), *_float_branch(node, value, engine)]
    plain = f"{'try_cast' if _tries(node) else 'cast'}({value} as {node.args['to'].sql(engine)})"
    return raw(f"case {' '.join(branches)} else {plain} end", engine, value) if branches else node


def _text(value: str, engine: str, source: str | None) -> Any:
    node = text(value, engine, source)
    node.meta["digits"] = source == INTEGER
    return node


def _is_written(value: Any) -> bool:
    return isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and (value.is_string or value.this.isdigit()))


def _text_branch(node: Any, value: str, engine: str) -> list[str]:
    if family(node.this) not in (None, TEXT) or (node.this.meta.get("digits") and _kind(node) in _NUMERIC):
        return []
    form = _FORMS[_kind(node)]
    whole = value if family(node.this) == TEXT else f"cast({value} as string)"
    matches = f"regexp_full_match({whole}, '{form}')" if engine == "duckdb" else rf"{whole} rlike r'^({form})\z'"
    stop = fail(f"This text is no {node.args['to'].sql('duckdb')} that both engines read alike: ", engine, whole)
    typed = "" if family(node.this) == TEXT else f"{is_kind(value, *TEXTS)} and "
    return [f"when {typed}not ({matches}) then {'null' if _tries(node) else stop}"]


def _float_branch(node: Any, value: str, engine: str) -> list[str]:
    """DuckDB rounds a fraction where Spark cuts it off, and they round a float to a decimal differently."""
    kind, source = _kind(node), family(node.this)
    if source is None and family_of_type(kind) == INTEGER:
        message = "A cast of a fraction to an integer rounds on one engine alone: cast round(x), floor(x) or ceil(x)"
        return [f"when {is_kind(value, *FLOATS, like='decimal%')} then {fail(message, engine)}"]
    if engine == "spark" and kind in _BOUNDED and source is None:
        return [f"when {is_kind(value, *FLOATS)} then {_BOUNDED[kind](node, value)}"]
    return []


def _decimal(node: Any, value: str) -> str:
    target, sizes = node.args["to"].sql("spark"), [int(each.name) for each in node.args["to"].expressions]
    digits, scale = sizes if len(sizes) > 1 else (*sizes, 0)
    attempt, power, double = "try_cast" if _tries(node) else "cast", f"1e{scale}D", f"cast({value} as double)"
    stop = "null" if _tries(node) else fail("NaN and infinity are no decimals", "spark")
    whole = f"round({double} * {power})"
    rest = f"{attempt}({whole} / {power} as {target})"
    if digits > _EXACT_DIGITS:
        exact = f"{attempt}(({_digits(whole)}) * cast('1e-{scale}' as decimal(38, {scale})) as {target})"
        rest = f"case when abs({whole}) >= 1e15D and abs({whole}) < 1e38D then {exact} else {rest} end"
    return f"case when not (abs({double}) < 1e38D) then {stop} else {rest} end"


# So many digits a DOUBLE always gives back.
_EXACT_DIGITS = 15


def _digits(whole: str) -> str:
    """Return all digits of a whole DOUBLE below 1e38, by 53 bits: Spark's cast keeps 17 and makes the others zeros."""
    high, low = f"{2**106}BD", f"{2**53}BD"
    parts = [(f"{whole} / {2**106}D", 8), (f"{whole} % {2**106}D / {2**53}D", 16), (f"{whole} % {2**53}D", 16)]
    first, second, third = (f"cast(cast({part} as bigint) as decimal({size}, 0))" for part, size in parts)
    return f"{first} * {high} + {second} * {low} + {third}"


def _single(node: Any, value: str) -> str:
    """Spark makes infinity of what a FLOAT cannot hold."""
    double = f"cast({value} as double)"
    stop = "null" if _tries(node) else fail("This number is beyond what a FLOAT holds", "spark")
    beyond = f"abs({double}) >= 3.4028235677973366e38D and abs({double}) < double('infinity')"
    return f"case when {beyond} then {stop} else cast({value} as float) end"


def _bigint(node: Any, value: str) -> str:
    """Spark makes 2 ** 63 - 1 of 2 ** 63."""
    stop = "null" if _tries(node) else fail("This number is beyond what a BIGINT holds", "spark")
    plain = f"{'try_cast' if _tries(node) else 'cast'}({value} as bigint)"
    return f"case when {value} >= 9223372036854775808D then {stop} else {plain} end"


_BOUNDED = {"DECIMAL": _decimal, "FLOAT": _single, "BIGINT": _bigint}


def _tries(node: Any) -> bool:
    return isinstance(node, exp.TryCast)
