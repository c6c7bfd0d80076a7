"""Checks of what stands beside what: where values of two families meet, the engines do not convert them alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.check.arguments import check_arguments, is_iso
from kedro_faucet.engines.dialect.check.refusals import refuse
from kedro_faucet.engines.dialect.families.annotate import family
from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INTEGER,
    INTERVAL,
    NULL,
    NUMBERS,
    TEXT,
    TIMES,
)
from kedro_faucet.engines.dialect.rewrite.casts import impossible
from kedro_faucet.engines.dialect.rewrite.macros import macro_of

_BOOLEAN_HINTS = {
    **dict.fromkeys(NUMBERS, "x <> 0"),
    **dict.fromkeys((TEXT, *TIMES), "x is not null, or a comparison"),
    NULL: "cast(null as boolean)",
}


def check_operands(tree: Any) -> None:
    """Refuse values of families that the engines convert differently, or that one of them does not take.

    Raises:
        SqlError: naming the form, where it stands, and the cast or form to use.
    """
    for node in tree.walk():
        if (macro := macro_of(node)) is not None:
            check_arguments(node, macro)
        elif rule := _RULES.get(type(node)):
            rule(node)


def _name(kind: str | None) -> str:
    return {INTEGER: "an integer", INTERVAL: "an interval"}.get(str(kind), f"a {kind}")


def _check_condition(node: Any, *conditions: Any) -> None:
    for condition in conditions:
        if (kind := family(condition)) in _BOOLEAN_HINTS:
            refuse(condition, f"{_name(kind)} as a condition", _BOOLEAN_HINTS[str(kind)])


def _clause(node: Any) -> None:
    _check_condition(node, node.this)


def _where(node: Any) -> None:
    _clause(node)
    for column in node.find_all(exp.Column):
        if column.meta.get("alias") and column.find_ancestor(exp.Where) is node:
            refuse(
                column, f"'{column.name}', named in the SELECT, in its WHERE", "the expression itself, or a subquery"
            )


def _both(node: Any) -> None:
    _check_condition(node, *(each for each in (node.this, node.expression) if family(each) != NULL))


def _join(node: Any) -> None:
    if node.args.get("on") is not None:
        _check_condition(node, node.args["on"])


def _is(node: Any) -> None:
    if isinstance(node.expression, exp.Boolean):
        _check_condition(node, node.this)


def _if(node: Any) -> None:
    case = node.parent
    if isinstance(case, exp.Case) and case.this is not None:
        _check_pair(node, case.this, node.this, "compared with")
    else:
        _check_condition(node, node.this)
    if not isinstance(case, exp.Case):
        _check_alike(node, [each for each in (node.args["true"], node.args.get("false")) if each is not None])


def _case(node: Any) -> None:
    values = [each.args["true"] for each in node.args["ifs"]]
    _check_alike(node, [*values, *([node.args["default"]] if node.args.get("default") is not None else [])])


def _comparison(node: Any) -> None:
    _check_pair(node, node.this, node.expression, "compared with")


def _between(node: Any) -> None:
    for bound in (node.args["low"], node.args["high"]):
        _check_pair(node, node.this, bound, "compared with")


def _in(node: Any) -> None:
    for value in node.expressions:
        _check_pair(node, node.this, value, "compared with")


def _check_pair(node: Any, left: Any, right: Any, how: str) -> None:
    """Refuse a comparison of two families, aside from numbers, times, and an ISO text beside a time."""
    first, second = family(left), family(right)
    if INTERVAL in (first, second):
        refuse(node, "an interval in a comparison", "days_between(a, b) or seconds_between(a, b)")
    if not _meet(left, right):
        what = f"{_name(first)} {how} {_name(second)}"
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
            kinds = f"{_name(family(first))} and {_name(family(value))}"
            refuse(node, f"{kinds} in one column", _cast_hint({str(family(first)), str(family(value))}))


def _blend(left: Any, right: Any) -> bool:
    return _meet(left, right) and not {TEXT} < {family(left), family(right)} - {None, NULL}


def _values(node: Any) -> None:
    _check_alike(node, [node.this, *node.expressions])


def _nullif(node: Any) -> None:
    _check_pair(node, node.this, node.expression, "compared with")


def _shifted(node: Any) -> None:
    offset, default = node.args.get("offset"), node.args.get("default")
    if offset is not None and not (isinstance(offset, exp.Literal) and offset.this.isdigit()):
        refuse(node, "lag or lead by a computed number of rows", "lag(x, 1): a number that is written out")
    if default is not None and family(default) not in (None, NULL, family(node.this)) and family(node.this):
        kinds = f"{_name(family(node.this))} with {_name(family(default))} as its default"
        refuse(node, kinds, "a cast of x, so that both are of one type")


def _set_operation(node: Any) -> None:
    for left, right in zip(node.left.unnest().selects, node.right.unnest().selects, strict=False):
        _check_alike(right, [left, right])


def _total(node: Any) -> None:
    value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    kind = family(value)
    if kind == BOOLEAN:
        refuse(node, "arithmetic on booleans", "count_if(o), or case when o then 1 else 0 end")
    if kind in (TEXT, *TIMES):
        refuse(node, f"arithmetic on {_name(kind)}", "a cast to a number")


def _product(node: Any) -> None:
    for value in (node.this, node.expression):
        if family(value) in (TEXT, BOOLEAN, *TIMES):
            _refuse_arithmetic(node, value)


def _int_div(node: Any) -> None:
    _product(node)
    for value in (node.this, node.expression):
        if family(value) in set(NUMBERS) - {INTEGER}:
            refuse(node, f"//, which takes integers, of a {family(value)}", "a / b, or cast(floor(x) as integer)")


def _joined(node: Any) -> None:
    for value in (node.this, node.args.get("expression"), *node.expressions):
        inner = value.this if isinstance(value, exp.Order) else value
        if isinstance(inner, exp.Expression) and family(inner) in (FLOAT, DOUBLE):
            refuse(node, f"a {family(inner)} as text", "a cast: cast the value first, to DECIMAL(18, 2)")


def _refuse_arithmetic(node: Any, value: Any) -> None:
    hint = "case when o then 1 else 0 end" if family(value) == BOOLEAN else "a cast to a number"
    refuse(node, f"arithmetic on {_name(family(value))}", hint)


def _sum(node: Any) -> None:
    """Numbers with numbers, a time with an interval, a date with an integer, a date less a date."""
    pair = (family(node.this), family(node.expression))
    if None in pair or NULL in pair or INTERVAL in pair:
        return
    if pair[0] in TIMES or pair[1] in TIMES:
        minus = isinstance(node, exp.Sub)
        if pair == (DATE, INTEGER) or (minus and pair == (DATE, DATE)):
            return
        if minus and set(pair) <= set(TIMES):
            refuse(node, "a difference of timestamps", "seconds_between(a, b) or days_between(a, b)")
        refuse(
            node, f"{_name(pair[0])} {'-' if minus else '+'} {_name(pair[1])}", "add_days(d, n) or add_seconds(t, n)"
        )
    _product(node)


def _count(name: str) -> Callable[[Any], None]:
    def check(node: Any) -> None:
        for key in ("start", "length", "expression", "times", "offset"):
            value = node.args.get(key)
            if isinstance(value, exp.Expression) and family(value) in set(NUMBERS) - {INTEGER}:
                refuse(node, f"{name} by a fraction", "an integer: cast(floor(x) as integer)")

    return check


def _cast(node: Any) -> None:
    if instead := impossible(node):
        refuse(node, f"{_name(family(node.this))} cast to {node.args['to'].sql('duckdb')}", instead)


_RULES: dict[type, Callable[[Any], None]] = {
    **dict.fromkeys((exp.Having, exp.Qualify, exp.Not, exp.CountIf, exp.LogicalAnd, exp.LogicalOr), _clause),
    **dict.fromkeys((exp.And, exp.Or), _both),
    **dict.fromkeys(
        (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ), _comparison
    ),
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), _values),
    **dict.fromkeys((exp.Lag, exp.Lead), _shifted),
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _set_operation),
    **dict.fromkeys(
        (exp.Sum, exp.Avg, exp.Median, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop), _total
    ),
    **dict.fromkeys((exp.Neg, exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil, exp.Sqrt, exp.Exp, exp.Ln), _total),
    **dict.fromkeys((exp.Mul, exp.Div, exp.Mod, exp.Pow), _product),
    **dict.fromkeys((exp.DPipe, exp.Concat, exp.ConcatWs, exp.GroupConcat), _joined),
    exp.IntDiv: _int_div,
    **dict.fromkeys((exp.Left, exp.Right, exp.Substring), _count("letters")),
    exp.Where: _where, exp.Add: _sum, exp.Sub: _sum, exp.Join: _join, exp.Is: _is, exp.If: _if, exp.Case: _case,
    exp.Between: _between,
    exp.In: _in, exp.Nullif: _nullif, exp.Repeat: _count("repeat"), exp.Cast: _cast, exp.TryCast: _cast,
}  # fmt: skip
