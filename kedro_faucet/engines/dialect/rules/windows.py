"""Windows: which rows a function sees, and in which order."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import DECIMAL, NULL, digits, named
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.rule import refuses, rewrites, warns
from kedro_faucet.engines.dialect.subset.refusals import refuse, warn

_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead)
_PLACES = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead)
_VALUES = (exp.FirstValue, exp.LastValue, exp.NthValue)


@refuses(exp.Window)
def window(node: Any) -> None:
    """A rank or a neighbour has an order, and no window is one that Spark does not take."""
    function = _function(node)
    if function is not None and any(not _of_set(each) for each in node.find_all(exp.Distinct)):
        refuse(node, "distinct in a window function", "count(distinct x), or a subquery and a join")
    if node.arg_key == "windows" and node.args.get("alias") is not None:
        refuse(node, "a window named after another one", "a window that is written out")
    found = _window(node)
    if found is None:
        return
    if isinstance(function, (*_RANKS, *_VALUES)) and not found.args.get("order"):
        refuse(node, "a rank or a neighbour in rows of no order", "over (order by …)")
    if isinstance(function, _RANKS) and found.args.get("spec"):
        refuse(node, "a frame of a rank, lag or lead", "over (order by …) without rows or range")
    if (spec := found.args.get("spec")) and str(spec.args.get("kind")).upper() == "GROUPS":
        refuse(node, "a frame of groups", "rows or range")
    if isinstance(function, exp.Median | exp.PercentileCont | exp.GroupConcat) and found.args.get("order"):
        refuse(node, "median, a quantile or string_agg in an ordered window", "over (partition by …)")


@refuses(exp.WindowSpec)
def frame(node: Any) -> None:
    """The bounds of a frame are written out: Spark takes no column and no query there."""
    for bound in (node.args.get("start"), node.args.get("end")):
        if isinstance(bound, exp.Expr) and bound.find(exp.Column, exp.Query):
            refuse(bound, "a frame with a computed bound", "a number that is written out: rows 3 preceding")


def _of_set(distinct: Any) -> bool:
    """Tell whether distinct values are one column's, which Spark has as a set."""
    plain = len(distinct.expressions) == 1 and not isinstance(distinct.expressions[0], exp.Tuple)
    return plain and isinstance(distinct.parent, exp.Count | exp.Order)


def _function(node: Any) -> Any:
    return node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.Filter) else node.this


def _window(node: Any) -> Any:
    """Return the window of a function, which may be named below; nothing where it has no such name."""
    if not node.args.get("alias") or node.arg_key == "windows":
        return node
    select = node.find_ancestor(exp.Select)
    name = node.args["alias"].name.lower()
    return next((each for each in select.args.get("windows") or () if each.name.lower() == name), None)


@warns(exp.Window)
def ties(node: Any) -> None:
    """Which of equal rows comes first is up to the engine: all are, by a constant or by what the rows are parted by."""
    found, function = _window(node), _function(node)
    if found is None or not isinstance(function, (*_PLACES, *_VALUES)):
        return
    order, parts = (each.this for each in found.args["order"].expressions), found.args.get("partition_by") or ()
    if all(isinstance(each, exp.Literal | exp.Null) or each in parts for each in order):
        warn(node, "Places among equal rows", "an order by a key of the rows")


@refuses(exp.Lag, exp.Lead)
def neighbour(node: Any) -> None:
    """lag and lead go a written number of rows, and their default is of the value's type: Spark casts it."""
    offset, default = node.args.get("offset"), node.args.get("default")
    if offset is not None and not (isinstance(offset, exp.Literal) and offset.this.isdigit()):
        refuse(node, "lag or lead by a computed number of rows", "lag(x, 1): a number that is written out")
    if default is None:
        return
    if family(default) not in (None, NULL, family(node.this)) and family(node.this):
        kinds = f"{named(family(node.this))} with {named(family(default))} as its default"
        refuse(node, kinds, "a cast of x, so that both are of one type")
    given, wanted = digits(family(default)), digits(family(node.this))
    if (
        family(default) == DECIMAL
        and given
        and wanted
        and any(more > most for more, most in zip(given, wanted, strict=True))
    ):
        refuse(node, "a default of more digits than the decimals have", "a cast of x, so that both are of one type")


@rewrites(exp.Window)
def sure_order(node: Any, engine: str) -> Any:
    """The order of a window has nothing that may stop: no engine takes that there."""
    for part in [*(node.args.get("partition_by") or ()), node.args.get("order")]:
        if part is not None and any("error('" in each.name for each in part.find_all(exp.Var)):
            refuse(node, "a window over a cast that may stop", "a subquery that makes it a column first")
    return node
