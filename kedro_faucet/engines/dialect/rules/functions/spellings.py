"""Forms that are another spelling of one that has its rules: each is put as that one, before the rules look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.rule import Inputs, whole
from kedro_faucet.engines.dialect.subset.refusals import refuse


@whole
def spelt(tree: Any, inputs: Inputs) -> None:
    """One form has one spelling: ``date(t)`` is a cast, ``fetch first`` a limit, ``(a, b) in (…)`` its comparisons."""
    for node in list(tree.walk()):
        if (spelling := _SPELLINGS.get(type(node))) and (put := spelling(node)) is not node:
            node.replace(put)


def _date(node: Any) -> Any:
    if node.args.get("zone") or node.expressions or node.this is None:
        refuse(node, "date of several values", "make_date(y, m, d)")
    return exp.cast(node.this, "DATE", copy=False)


def _any_value(node: Any) -> Any:
    """Any value may be given, so that it may be the least: the first one that is met would differ between engines."""
    if not isinstance(value := node.this, exp.AnyValue):
        return node
    if isinstance(value.this, exp.Order | exp.HavingMax):
        refuse(node, "any_value of an order", "first_by(x, o) or last_by(x, o)")
    return exp.Min(this=value.this)


def _full_match(node: Any) -> Any:
    pattern = node.expression
    if node.args.get("options"):
        refuse(node, "options of a regular expression", "(?i) before the pattern")
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        refuse(node, "a regular expression that is computed", "a pattern that is written out")
    flag = "(?i)" if pattern.this.startswith("(?i)") else ""
    whole = f"{flag}^(?:{pattern.this.removeprefix('(?i)')})$"
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(whole))


def _first_rows(node: Any) -> Any:
    options = node.args.get("limit_options")
    if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
        refuse(node.parent, "fetch with ties, or of per cents", "qualify rank() over (order by …) <= 3")
    return exp.Limit(expression=node.args.get("count") or exp.Literal.number(1))


def _tried(node: Any) -> Any:
    if node.name.lower() != "try_strptime" or len(node.expressions) != 2:
        return node
    value, format = node.expressions
    return exp.StrToTime(this=value, format=format, safe=True)


def _among_rows(node: Any) -> Any:
    """Put ``(a, b) in ((1, 2), …)`` as comparisons, so that NULL is what it is in ``a in (1, 2)``."""
    row, rows = node.this, node.expressions
    if not (isinstance(row, exp.Tuple) and rows):
        return node
    width = len(row.expressions)
    if any(not isinstance(each, exp.Tuple) or len(each.expressions) != width for each in rows):
        refuse(node, "(a, b) in a list of others than pairs", f"as many values in each: {width}")
    equal = [_all_equal(row.expressions, each.expressions) for each in rows]
    return exp.paren(_balanced(equal, exp.Or), copy=False)


def _all_equal(left: list[Any], right: list[Any]) -> Any:
    pairs = [exp.EQ(this=one.copy(), expression=other) for one, other in zip(left, right, strict=True)]
    return _balanced(pairs, exp.And)


def _balanced(parts: list[Any], join: type) -> Any:
    """Join many conditions in a tree that is not deep."""
    while len(parts) > 1:
        pairs = [parts[place : place + 2] for place in range(0, len(parts), 2)]
        parts = [_joined(pair, join) for pair in pairs]
    return parts[0]


def _joined(parts: list[Any], join: type) -> Any:
    return exp.paren(join(this=parts[0], expression=parts[1]), copy=False) if parts[1:] else parts[0]


def _quantile(node: Any) -> Any:
    order = node.expression.expressions
    if not isinstance(node.this, exp.PercentileCont):
        return node
    if len(order) > 1 or order[0].args.get("desc"):
        refuse(node, "percentile_cont of a descending order, or of several values", "order by x, and 1 less the share")
    return exp.PercentileCont(this=order[0].this, expression=node.this.this)


_SPELLINGS: dict[type, Callable[[Any], Any]] = {
    exp.Date: _date,
    exp.IgnoreNulls: _any_value,
    exp.RegexpFullMatch: _full_match,
    exp.Fetch: _first_rows,
    exp.Anonymous: _tried,
    exp.In: _among_rows,
    exp.WithinGroup: _quantile,
}
