"""Aggregates: what they are given, what they give of no row, and grouping sets."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import DECIMAL, INTEGER, MOST_DIGITS, digits
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.rules.functions.around import placed
from kedro_faucet.engines.dialect.rules.values.numbers import refuse_total
from kedro_faucet.engines.dialect.rules.values.texts import as_text
from kedro_faucet.engines.dialect.subset.refusals import refuse


@refuses(exp.GroupConcat)
def listed(node: Any) -> None:
    """Texts are joined in an order, by a written separator, beside no distinct aggregate: Spark has no other."""
    if not isinstance(node.this, exp.Order) or not isinstance(node.args.get("separator"), exp.Literal):
        refuse(node, "string_agg without an order or a written separator", "string_agg(s, ',' order by o)")
    if isinstance(node.this.this, exp.Distinct):
        return
    select = node.find_ancestor(exp.Select)
    others = [each for each in select.find_all(exp.Distinct) if each.parent is not select and not _is_set(each)]
    if any(other.find_ancestor(exp.Select) is select for other in others):
        refuse(node, "string_agg beside a distinct aggregate", "a subquery for one of them, and a join")


def _is_set(distinct: Any) -> bool:
    """Tell whether distinct values are collected on Spark: those of string_agg, and of a window."""
    return isinstance(distinct.parent, exp.Order) or distinct.find_ancestor(exp.Window, exp.Select).key == "window"


@refuses(exp.Grouping, exp.GroupingId)
def grouping(node: Any) -> None:
    """Spark knows them of grouping sets alone, and all their columns in their order."""
    group = node.find_ancestor(exp.Select).args.get("group")
    sets = list(group.find_all(exp.Cube, exp.Rollup, exp.GroupingSets)) if group is not None else []
    if not sets:
        refuse(node, "grouping of a plain group by", "group by cube (…), rollup (…) or grouping sets (…)")
    if isinstance(node, exp.GroupingId) and node.expressions:
        columns = dict.fromkeys(each for one in [*group.expressions, *sets] for each in _members(one))
        if node.expressions != list(columns):
            refuse(node, "grouping_id of other columns, or in another order", "grouping(a) * 2 + grouping(b)")


def _members(node: Any) -> list[Any]:
    """Return what rows are grouped by, in its order."""
    if isinstance(node, exp.Paren):
        return [node.this]
    if isinstance(node, exp.Tuple | exp.Cube | exp.Rollup | exp.GroupingSets):
        return [member for each in node.expressions for member in _members(each)]
    return [node]


@refuses(exp.Sum, exp.Avg, exp.Median, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop)
def total(node: Any) -> None:
    """A total is of numbers: DuckDB counts true as 1 and Spark stops, which reads texts as numbers in turn."""
    refuse_total(node, node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this)


@rewrites(exp.Avg)
def mean(node: Any, engine: str) -> Any:
    """An average is a DOUBLE: of integers and decimals their exact sum by their count, which no order of rows changes.

    DuckDB's own is that, if it is given no doubles; Spark's adds integers up as doubles, and is a decimal of decimals.
    """
    distinct = isinstance(node.this, exp.Distinct)
    value = node.this.expressions[0] if distinct else node.this
    kind = family(value)
    if kind not in (INTEGER, DECIMAL):
        return _of_double(node, value, engine)
    if engine == "duckdb":
        return node
    summed = f"{'distinct ' if distinct else ''}{_unbounded(value, engine)}"
    return placed(node, lambda of: f"cast({of(f'sum({summed})')} as double) / {of(f'count({summed})')}", engine)


def _unbounded(value: Any, engine: str) -> str:
    """Return a value whose sum is exact: a BIGINT's may need more than 64 bits."""
    text, (whole, _) = sql(value, engine), digits(family(value)) or (MOST_DIGITS, 0)
    return f"cast({text} as decimal(38, 0))" if family(value) == INTEGER and whole > 10 else text


@rewrites(exp.Median)
def median(node: Any, engine: str) -> Any:
    """A median is a DOUBLE: DuckDB's of decimals is a decimal."""
    return _of_double(node, node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this, engine)


def _of_double(node: Any, value: Any, engine: str) -> Any:
    value.replace(raw(f"cast({sql(value, engine)} as double)"))
    return node


@rewrites(exp.CountIf)
def count_if(node: Any, engine: str) -> Any:
    """A count of no row is 0: DuckDB's count_if is NULL."""
    return raw(f"count(case when {sql(node.this, engine)} then 1 end)")


@rewrites(exp.GroupConcat)
def listed_texts(node: Any, engine: str) -> Any:
    """The values of string_agg become texts as those that are joined do."""
    inner = node.this.this
    for value in inner.expressions if isinstance(inner, exp.Distinct) else [inner]:
        value.replace(as_text(value, engine))
    return node
