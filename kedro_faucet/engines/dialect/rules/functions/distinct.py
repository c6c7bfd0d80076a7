"""Distinct values, counted in windows and joined to texts."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import NULL, TEXT, named
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.rules.functions.around import placed
from kedro_faucet.engines.dialect.subset.refusals import refuse


@refuses(exp.GroupConcat)
def own_order(node: Any) -> None:
    """Distinct texts are joined in their own order: they have no other one."""
    inner = node.this.this if isinstance(node.this, exp.Order) else node.this
    if not isinstance(inner, exp.Distinct):
        return
    orders, value = node.this.expressions, inner.expressions[0]
    if len(orders) != 1 or len(inner.expressions) != 1 or orders[0].this != value:
        refuse(node, "string_agg(distinct …) in another order than its own", "string_agg(distinct s, ',' order by s)")
    if family(value) not in (None, NULL, TEXT):
        said = f"string_agg(distinct …) of {named(family(value))}"
        refuse(node, said, "cast(x as varchar), in its order too")


@rewrites(exp.GroupConcat, engine="spark")
def joined(node: Any, engine: str) -> Any:
    """Distinct texts are joined out of their set, where Spark's own stops beside another distinct aggregate."""
    if not isinstance(node.this.this, exp.Distinct):
        return node
    value, order = sql(node.this.this.expressions[0], engine), node.this.expressions[0]
    upward, separator = str(not order.args.get("desc")).lower(), sql(node.args["separator"], engine)

    def text(of: Any) -> str:
        texts = f"sort_array({of(f'collect_set({value})')}, {upward})"
        return f"array_join(nullif({texts}, cast(array() as array<string>)), {separator})"

    return placed(node, text, engine)


@rewrites(exp.Count, engine="spark")
def counted(node: Any, engine: str) -> Any:
    """Distinct values in a window are counted out of their set: Spark has no distinct window."""
    if not (isinstance(node.this, exp.Distinct) and isinstance(_around(node), exp.Window)):
        return node
    value = sql(node.this.expressions[0], engine)
    return placed(node, lambda of: f"cast(size({of(f'collect_set({value})')}) as bigint)", engine)


def _around(node: Any) -> Any:
    parent = node.parent
    return parent.parent if isinstance(parent, exp.Filter) else parent
