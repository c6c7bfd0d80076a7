"""What stands around an aggregate: its filter and its window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import raw

Of: TypeAlias = Callable[[str], str]
"""Takes an aggregate, and returns the name that stands for it in a formula."""


def placed(node: Any, formula: Callable[[Of], str], engine: str) -> Any:
    """Put a formula of several aggregates in the place of one, with all that stands around it around each.

    Windows stay windows of the tree: where Spark has no place for one, SQLGlot finds them and makes a subquery.

    Args:
        node: the aggregate.
        formula: returns the engine's SQL, given what names each aggregate in it.
        engine: the engine.
    """
    calls: list[str] = []
    outer, depth = node, 0
    while isinstance(outer.parent, exp.Filter | exp.Window) and outer.arg_key == "this":
        outer, depth = outer.parent, depth + 1
    put = exp.paren(sqlglot.parse_one(formula(lambda call: _named(call, calls)), read=engine), copy=False)
    for name in list(put.find_all(exp.Column)):
        name.replace(_within(calls[int(name.name.removeprefix("kf_"))], outer, depth))
    if outer is node:
        return put
    put.meta["family"] = outer.meta.get("family")
    outer.replace(put)
    return node


def _named(call: str, calls: list[str]) -> str:
    calls.append(call)
    return f"kf_{len(calls) - 1}"


def _within(call: str, outer: Any, depth: int) -> Any:
    if not depth:
        return raw(call)
    copy = inner = outer.copy()
    for _ in range(depth):
        inner = inner.this
    inner.replace(raw(call))
    return copy
