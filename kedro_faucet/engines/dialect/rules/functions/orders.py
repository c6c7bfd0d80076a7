"""Orders of a SELECT by expressions: what their names mean, and what they see beside distinct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.rule import Inputs, refuses, whole
from kedro_faucet.engines.dialect.subset.refusals import refuse


@whole
def by_result(tree: Any, inputs: Inputs) -> None:
    """An order by a selected expression is one by its column: beside distinct Spark sees the columns alone."""
    for select in tree.find_all(exp.Select):
        stars = any(each.is_star for each in select.expressions)
        selected = {each.unalias(): (place, each) for place, each in enumerate(select.expressions, start=1)}
        for value in _orders(select):
            place, column = (
                (None, None) if isinstance(value, exp.Column | exp.Literal) else selected.get(value, (None, None))
            )
            if isinstance(column, exp.Alias):
                value.replace(exp.Column(this=column.args["alias"].copy()))
            elif place and not stars:
                value.replace(exp.Literal.number(place))


@refuses(exp.Select)
def no_window(node: Any) -> None:
    """An order has no window but one that is a column of the result: Spark has none there."""
    for value in _orders(node):
        if window := value.find(exp.Window):
            refuse(window, "a window in an order", "a column of the result: … over (…) as n, and order by n")


@refuses(exp.Select)
def means(node: Any) -> None:
    """A name in an expression of an order, or in qualify, is a column's or a result's: the engines take another one."""
    renamed = {each.alias.lower() for each in node.expressions if isinstance(each, exp.Alias) and _is_other(each)}
    sources = node.meta.get("sources", {}).values()
    for column in _looked_up(node):
        name = column.name.lower()
        if name in renamed and not column.table and any(each is None or name in each for each in sources):
            said = f"'{column.name}', a column's name and a result's, in an order by an expression or in qualify"
            refuse(column, said, "another name for the result, or a subquery")


def _looked_up(select: Any) -> Iterator[Any]:
    """Yield the columns in expressions of the order, and in qualify."""
    values = [each for each in _orders(select) if not isinstance(each, exp.Column)]
    for value in [*values, select.args.get("qualify")]:
        if value is not None:
            inner = value.walk(prune=lambda node: isinstance(node, exp.Query))
            yield from (node for node in inner if isinstance(node, exp.Column))


def _is_other(alias: Any) -> bool:
    return not isinstance(alias.this, exp.Column) or alias.this.name.lower() != alias.alias.lower()


def _orders(select: Any) -> list[Any]:
    order = select.args.get("order")
    return [each.this for each in order.expressions] if order is not None else []
