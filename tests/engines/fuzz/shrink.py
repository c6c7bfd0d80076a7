"""The smallest statement that still differs: clauses and columns left out, values replaced by what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.exceptions import SqlError

_CLAUSES = ("with_", "joins", "where", "group", "having", "qualify", "windows", "order", "limit", "offset", "distinct")
_LEAVES = ("null", "1", "'a'", "true", "1.5", "date '2012-02-29'", "timestamp '2013-01-31 10:20:30'")


def shrink(text: str, differs: Callable[[str], bool], most: int = 150) -> str:
    """Return a smaller statement that differs still, after at most so many trials.

    Args:
        text: a statement that differs.
        differs: whether a statement differs in the same way.
        most: how many statements are tried.
    """
    tried, again = {text}, True
    while again:
        again = False
        for smaller in _smaller(text):
            if smaller in tried or len(tried) > most:
                continue
            tried.add(smaller)
            if differs(smaller):
                text, again = smaller, True
                break
    return text


def _smaller(text: str) -> Iterator[str]:
    """Yield statements that are shorter by one step, the largest steps first."""
    count = sum(1 for _ in parsed(text).walk())
    found = {said for place in range(count) for said in _steps(text, place)}
    yield from sorted((said for said in found if len(said) < len(text)), key=len)


def _steps(text: str, place: int) -> Iterator[str]:
    for number in range(40):
        tree = parsed(text)
        node = list(tree.walk())[place]
        steps = list(_changes(node))
        if number >= len(steps):
            return
        root = steps[number](tree)
        try:
            yield root.sql("duckdb")
        except Exception:  # a tree that is none any more
            continue


def _changes(node: Any) -> Iterator[Callable[[Any], Any]]:
    """Yield what may be done at a node: each takes the tree, and returns what has become of it."""
    for clause in _CLAUSES:  # without its order, a limit gives any rows
        if node.args.get(clause) and not (clause == "order" and node.args.get("limit")):
            yield _changed(partial(node.set, clause, None))
    for name, value in node.args.items():
        if isinstance(value, list) and len(value) > 1:
            yield from (
                _changed(lambda name=name, place=place: _without(node, name, place)) for place in range(len(value))
            )
    if isinstance(node, exp.Query):
        yield from (_in_place(node, inner) for inner in node.find_all(exp.Query) if inner is not node)
    elif isinstance(node, exp.Condition | exp.Func) and not isinstance(node, exp.Column | exp.Literal):
        inner = [each for each in node.iter_expressions() if isinstance(each, exp.Condition)]
        yield from (_in_place(node, each) for each in inner)
        yield from (_in_place(node, parsed(f"select {leaf}").expressions[0]) for leaf in _LEAVES)


def _changed(change: Callable[[], Any]) -> Callable[[Any], Any]:
    def step(tree: Any) -> Any:
        change()
        return tree

    return step


def _without(node: Any, name: str, place: int) -> None:
    node.set(name, [each for number, each in enumerate(node.args[name]) if number != place])


def _in_place(node: Any, other: Any) -> Callable[[Any], Any]:
    def step(tree: Any) -> Any:
        other.pop()
        return other if node is tree else (node.replace(other), tree)[1]

    return step


def smallest(text: str, kind: str, difference: Callable[[str], Any]) -> str:
    """Return the smallest statement whose results differ in the same way."""

    def differs(smaller: str) -> bool:
        try:
            found = difference(smaller)
        except (SqlError, RecursionError):
            return False
        return found is not None and found[0] == kind

    return shrink(text, differs)
