"""Unions of columns by their names."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.values import columns_of
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse


@refuses(exp.Union)
def known_names(node: Any) -> None:
    """A union by name is of columns whose names are known: Spark has no such union in SQL."""
    for side in (node.left, node.right) if node.args.get("by_name") else ():
        columns = columns_of(side)
        if columns is None or any(name.startswith("\0") for name in columns):
            refuse(side, "a union by name of columns whose names are not known", "a name for each: x as a, y as b")


@rewrites(exp.Union, engine="spark")
def in_one_order(node: Any, engine: str) -> Any:
    """Both sides have the columns of the left one, then those that the right one has besides, else NULL."""
    if not node.args.get("by_name"):
        return node
    sides = {key: columns_of(node.args[key]) or {} for key in ("this", "expression")}
    names = list(dict.fromkeys(name for columns in sides.values() for name in columns))
    for key, columns in sides.items():
        values = [exp.column(name, quoted=True) if name in columns else exp.alias_(exp.null(), name) for name in names]
        node.set(key, exp.select(*values).from_(_query(node.args[key], f"kf_{key}")))
    node.set("by_name", None)
    return node


def _query(side: Any, name: str) -> Any:
    alias = exp.TableAlias(this=exp.to_identifier(name))
    if isinstance(side, exp.Subquery):
        side.set("alias", alias)
        return side
    return exp.Subquery(this=side, alias=alias)
