"""Lists, series and unnest, and several values in parentheses."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.rule import refuses
from kedro_faucet.engines.dialect.subset.refusals import refuse


@refuses(exp.GenerateSeries, exp.Array, exp.Split, exp.RegexpExtractAll)
def series(node: Any) -> None:
    """A list is unnested at once: the engines index and print it differently."""
    if not isinstance(node.parent, exp.Explode | exp.Unnest):
        refuse(node, "a list or a series by itself", "unnest(generate_series(1, 3)) as n")


@refuses(exp.Explode)
def unnest(node: Any) -> None:
    """An unnest is a column: Spark has none within an expression."""
    if not isinstance(node.parent, exp.Alias | exp.Select):
        refuse(node, "unnest within an expression", "a subquery that names it: (select unnest(…) as n)")


@refuses(exp.Select)
def unnest_alone(node: Any) -> None:
    """A SELECT has one unnest: DuckDB puts two side by side, Spark refuses them."""
    if sum(isinstance(each.unalias(), exp.Explode) for each in node.expressions) > 1:
        refuse(node.expressions[0], "two unnests in one SELECT", "a subquery for each")


@refuses(exp.Tuple)
def row(node: Any) -> None:
    """Several values in parentheses are for ``in (select …)``, ``values``, ``distinct`` and grouping sets."""
    parent = node.parent
    in_query = isinstance(parent, exp.In) and parent.args.get("query")
    grouped = isinstance(parent, exp.GroupingSets | exp.Cube | exp.Rollup | exp.Values | exp.Distinct)
    if not (in_query or grouped):
        refuse(node, "a list in parentheses", "each value by itself: a = 1 and b = 2")
