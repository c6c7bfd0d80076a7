"""Checks of windows and of grouping: which rows a function sees, and in which order."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.check.refusals import refuse

_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead)
_VALUES = (exp.FirstValue, exp.LastValue, exp.NthValue)


def check_window(node: Any) -> None:
    """Refuse a window function over rows of no order, or in a window that Spark does not take."""
    function = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.Filter) else node.this
    if node.this is not None and node.find(exp.Distinct):
        refuse(node, "distinct in a window function", "a subquery that counts, and a join")
    if node.arg_key == "windows" and node.args.get("alias") is not None:
        refuse(node, "a window named after another one", "a window that is written out")
    window = _window(node)
    if window is None:
        return
    if isinstance(function, (*_RANKS, *_VALUES)) and not window.args.get("order"):
        refuse(node, "a rank or a neighbour in rows of no order", "over (order by …)")
    if isinstance(function, _RANKS) and window.args.get("spec"):
        refuse(node, "a frame of a rank, lag or lead", "over (order by …) without rows or range")
    if isinstance(function, exp.Median | exp.GroupConcat) and window.args.get("order"):
        refuse(node, "median or string_agg in an ordered window", "over (partition by …)")


def _window(node: Any) -> Any:
    """Return the window of a function, which may be named below; nothing where it has no such name."""
    if not node.args.get("alias") or node.arg_key == "windows":
        return node
    select = node.find_ancestor(exp.Select)
    name = node.args["alias"].name.lower()
    return next((each for each in select.args.get("windows") or () if each.name.lower() == name), None)


def check_grouping(node: Any) -> None:
    """Spark knows them of grouping sets alone, and all their columns in their order."""
    group = node.find_ancestor(exp.Select).args.get("group")
    sets = list(group.find_all(exp.Cube, exp.Rollup, exp.GroupingSets)) if group is not None else []
    if not sets:
        refuse(node, "grouping of a plain group by", "group by cube (…), rollup (…) or grouping sets (…)")
    if isinstance(node, exp.GroupingId) and node.expressions:
        columns = dict.fromkeys(each.sql() for each in group.find_all(exp.Column, bfs=False))
        if [each.sql() for each in node.expressions] != list(columns):
            refuse(node, "grouping_id of other columns, or in another order", "grouping(a) * 2 + grouping(b)")
