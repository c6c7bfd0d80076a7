"""What stands around an aggregate: its filter and its window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import raw

Of: TypeAlias = Callable[[str], str]
"""Makes the SQL of an aggregate one with a filter and a window around it."""


def placed(node: Any, formula: Callable[[Of], str], engine: str) -> Any:
    """Put a formula of several aggregates in the place of one, with all that stands around it around each.

    Args:
        node: the aggregate.
        formula: returns the engine's SQL, given what to do with each aggregate.
        engine: the engine.
    """
    outer, depth = node, 0
    while isinstance(outer.parent, exp.Filter | exp.Window) and outer.arg_key == "this":
        outer, depth = outer.parent, depth + 1
    put = raw(formula(lambda call: _within(call, outer, depth, engine)))
    if outer is node:
        return put
    put.meta["family"] = outer.meta.get("family")
    outer.replace(put)
    return node


def _within(call: str, outer: Any, depth: int, engine: str) -> str:
    copy = inner = outer.copy()
    for _ in range(depth):
        inner = inner.this
    if not depth:
        return call
    inner.replace(raw(call))
    return str(copy.sql(engine))
