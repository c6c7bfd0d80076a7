"""Stops that differ by nature: on one engine alone, of a value that no result needs and that stops both by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp

from fuzz.compare import gist
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.exceptions import EngineError


def is_needless(text: str, results: Callable[[str], tuple[Any, Any]]) -> bool:
    """Tell whether a part of a statement, by itself, stops both engines, one of them as the whole does.

    Args:
        text: a statement that stops on one engine alone.
        results: runs a statement on both engines.
    """
    stops = {gist(each) for each in results(text) if isinstance(each, Exception)}
    return any(_both_stop(results(part), stops) for part in parts(text))


def _both_stop(results: tuple[Any, Any], stops: set[str]) -> bool:
    return all(isinstance(each, EngineError) for each in results) and not stops.isdisjoint(map(gist, results))


def parts(text: str) -> Iterator[str]:
    """Yield the statements of each query within a statement, and of each value in it, over the rows of its query.

    >>> list(parts("select a, b + 1 as c from t where a > 0"))[-1]
    'SELECT b + 1 AS c FROM t'
    """
    tree = parsed(text)
    common = tree.args.get("with_")
    for query in tree.find_all(exp.Query):
        if query is not tree:
            yield _beside(common, query)
        for value in query.find_all(exp.Condition) if isinstance(query, exp.Select) else ():
            if value.find_ancestor(exp.Select) is query and not isinstance(value, exp.Column | exp.Literal):
                yield _beside(common, _alone(value, query))


def _alone(value: Any, query: Any) -> Any:
    """Return the query of one value for each of the rows that a query is of."""
    select = exp.select(exp.alias_(value.copy(), "c"))
    for clause in ("from_", "joins", "laterals"):
        select.set(clause, query.copy().args.get(clause))
    return select


def _beside(common: Any, query: Any) -> str:
    """Write a query beside the common tables that it may name."""
    query = query.copy().unnest()
    if common is not None and not query.args.get("with_"):
        query.set("with_", common.copy())
    return str(query.sql("duckdb"))
