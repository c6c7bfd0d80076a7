"""Conditions and comparisons, and values of two types in one column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    INTERVAL,
    NULL,
    NUMBERS,
    TEXT,
    TIMES,
    named,
)
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.rules.macros import is_iso
from kedro_faucet.engines.dialect.subset.refusals import refuse

_BOOLEAN_HINTS = {
    **dict.fromkeys(NUMBERS, "x <> 0"),
    **dict.fromkeys((TEXT, *TIMES), "x is not null, or a comparison"),
    NULL: "cast(null as boolean)",
}


@refuses(exp.In)
def membership(node: Any) -> None:
    """``x in (select …)`` is a condition: in a SELECT list it is NULL on DuckDB where Spark says false."""
    if any(isinstance(each, exp.Values) for each in node.expressions):
        refuse(node, "x in (values …)", "x in (1, 2)")
    if not node.args.get("query"):
        return
    child, parent = node, node.parent
    while isinstance(parent, exp.And | exp.Or | exp.Not | exp.Paren):
        child, parent = parent, parent.parent
    if not isinstance(parent, exp.Where | exp.Having | exp.Qualify | exp.Join):
        refuse(child, "x in (select …) outside a condition", "exists (select …) or a left join")


@refuses(exp.Having, exp.Qualify, exp.Not, exp.CountIf, exp.LogicalAnd, exp.LogicalOr)
def condition(node: Any) -> None:
    """A condition is a boolean: DuckDB takes a number for one, Spark stops."""
    _check_condition(node.this)


def _check_condition(value: Any) -> None:
    if (kind := family(value)) in _BOOLEAN_HINTS:
        refuse(value, f"{named(kind)} as a condition", _BOOLEAN_HINTS[str(kind)])


@refuses(exp.Where)
def where(node: Any) -> None:
    """WHERE is a boolean, of columns that the tables have: Spark knows no name from the SELECT there."""
    _check_condition(node.this)
    for column in node.find_all(exp.Column):
        if column.meta.get("alias") and column.find_ancestor(exp.Where) is node:
            said = f"'{column.name}', named in the SELECT, in its WHERE"
            refuse(column, said, "the expression itself, or a subquery")


@refuses(exp.And, exp.Or)
def both(node: Any) -> None:
    """Both sides of ``and`` and ``or`` are booleans, or NULL."""
    for side in (node.this, node.expression):
        if family(side) != NULL:
            _check_condition(side)


@refuses(exp.Join)
def on(node: Any) -> None:
    """The condition of a join is a boolean."""
    if node.args.get("on") is not None:
        _check_condition(node.args["on"])


@refuses(exp.Is)
def is_true(node: Any) -> None:
    """What is true or false is a boolean."""
    if isinstance(node.expression, exp.Boolean):
        _check_condition(node.this)


@refuses(exp.If)
def branch(node: Any) -> None:
    """A branch has a boolean, or a value that may be compared with that of its case."""
    case = node.parent
    if isinstance(case, exp.Case) and case.this is not None:
        _check_pair(node, case.this, node.this)
    else:
        _check_condition(node.this)
    if not isinstance(case, exp.Case):
        _check_alike(node, [each for each in (node.args["true"], node.args.get("false")) if each is not None])


@refuses(exp.Case)
def branches(node: Any) -> None:
    """The branches of a case are of types that make one column."""
    values = [each.args["true"] for each in node.args["ifs"]]
    _check_alike(node, [*values, *([node.args["default"]] if node.args.get("default") is not None else [])])


@refuses(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Nullif)
def comparison(node: Any) -> None:
    """Values of one family are compared: the engines cast a text, a boolean or a FLOAT beside another differently."""
    _check_pair(node, node.this, node.expression)


@refuses(exp.Between)
def between(node: Any) -> None:
    """A value is of its bounds' family."""
    for bound in (node.args["low"], node.args["high"]):
        _check_pair(node, node.this, bound)


@refuses(exp.In)
def among(node: Any) -> None:
    """A value is of the family of those that it may be."""
    for value in node.expressions:
        _check_pair(node, node.this, value)


def _check_pair(node: Any, left: Any, right: Any) -> None:
    """Refuse a comparison of two families, aside from numbers, times, and an ISO text beside a time."""
    first, second = family(left), family(right)
    if INTERVAL in (first, second):
        refuse(node, "an interval in a comparison", "days_between(a, b) or seconds_between(a, b)")
    if not _meet(left, right):
        what = f"{named(first)} compared with {named(second)}"
        refuse(node, what, _cast_hint({str(first), str(second)}))


def _meet(left: Any, right: Any) -> bool:
    first, second = family(left), family(right)
    if None in (first, second) or NULL in (first, second) or first == second:
        return True
    if {first, second} <= set(NUMBERS):
        return FLOAT not in (first, second)
    if {first, second} <= set(TIMES):
        return True
    return any(_reads_as(other, kind) for kind, other in ((first, right), (second, left)))


def _reads_as(value: Any, kind: str | None) -> bool:
    """Tell whether both engines take a text that is written out for the same time or integer."""
    if not (isinstance(value, exp.Literal) and value.is_string):
        return False
    return is_iso(value) if kind in TIMES else kind == INTEGER and value.this.isdigit()


def _cast_hint(kinds: Iterable[str]) -> str:
    kinds = set(kinds)
    if FLOAT in kinds and kinds <= set(NUMBERS):
        return "cast(x as double) for the FLOAT"
    if TEXT in kinds and kinds & set(TIMES):
        return "cast(s as date) or cast(s as timestamp), or the text in ISO form: '2013-01-31'"
    if BOOLEAN in kinds:
        return "case when o then 1 else 0 end for the boolean"
    return "a cast, so that both are of one type"


def _check_alike(node: Any, values: Sequence[Any]) -> None:
    """Refuse values that one column would have to hold, of families that are none together."""
    first = next((each for each in values if family(each) not in (None, NULL)), None)
    for value in values:
        if first is not None and not _blend(first, value):
            kinds = f"{named(family(first))} and {named(family(value))}"
            refuse(node, f"{kinds} in one column", _cast_hint({str(family(first)), str(family(value))}))


def _blend(left: Any, right: Any) -> bool:
    return _meet(left, right) and not {TEXT} < {family(left), family(right)} - {None, NULL}


@refuses(exp.Coalesce, exp.Greatest, exp.Least)
def alternatives(node: Any) -> None:
    """The values of coalesce, greatest and least are of types that make one column."""
    _check_alike(node, [node.this, *node.expressions])


@refuses(exp.Union, exp.Except, exp.Intersect)
def set_operation(node: Any) -> None:
    """The columns of both sides are of types that make one: Spark casts a text to the other's type."""
    for left, right in _pairs(node):
        _check_alike(right, [left, right])


def _pairs(node: Any) -> Iterable[tuple[Any, Any]]:
    """Yield the columns of both sides that come together: by their places, or by their names."""
    left, right = node.left.unnest().selects, node.right.unnest().selects
    if not node.args.get("by_name"):
        return zip(left, right, strict=False)
    named_left = {each.alias_or_name.lower(): each for each in left}
    return [(named_left[name], each) for each in right if (name := each.alias_or_name.lower()) in named_left]


@rewrites(exp.If)
def without_else(node: Any, engine: str) -> Any:
    """``if`` without a third argument gives NULL: Spark wants one."""
    if not isinstance(node.parent, exp.Case) and node.args.get("false") is None:
        node.set("false", exp.null())
    return node


@rewrites(exp.Greatest, exp.Least)
def alone(node: Any, engine: str) -> Any:
    """The greatest of one value is that value: Spark compares two at least."""
    return node if node.expressions else exp.paren(node.this)
