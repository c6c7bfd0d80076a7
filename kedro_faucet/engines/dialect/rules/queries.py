"""Queries: what is put together from rows and groups, and in which order its parts are applied."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import NULL
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_AGGREGATES = ("first_by", "last_by")


@refuses(exp.Select)
def comma(node: Any) -> None:
    """A comma binds less than a join: what a right or full join before or after it keeps is another thing on Spark."""
    joins = node.args.get("joins") or ()
    commas = [each for each in joins if not (each.side or each.kind or each.args.get("on") or each.args.get("using"))]
    if commas and any(each.side in ("RIGHT", "FULL") for each in joins):
        refuse(commas[0], "a comma beside a right or full join", "cross join")


@refuses(exp.Cube, exp.Rollup, exp.GroupingSets)
def sets(node: Any) -> None:
    """Cubes, rollups and grouping sets are of columns: a number is a place in one engine, and a value in the other."""
    listed = (exp.Cube, exp.Rollup, exp.GroupingSets, exp.Tuple, exp.Paren)
    for each in node.find_all(exp.Literal):
        if not each.is_string and isinstance(each.parent, listed):
            refuse(each, f"the number {each.name} in {node.key} (…)", "the column's name")


@refuses(exp.Subquery, exp.Exists)
def beside_groups(node: Any) -> None:
    """A query for each group has no columns of the groups: Spark takes none beside aggregates."""
    select = node.find_ancestor(exp.Select, exp.Where, exp.From, exp.Join, exp.Lateral)
    outer = any(each.meta.get("depth") for each in node.find_all(exp.Column))
    if not (outer and isinstance(select, exp.Select)):
        return
    if select.args.get("group") or any(map(_is_aggregate, select.expressions)):
        refuse(node, "a query of columns of the groups around", "a subquery of the groups, and a join")


@rewrites(exp.Select, engine="spark")
def beside_rows(node: Any, engine: str) -> Any:
    """A query for each row is kept beside the rows by a condition that is true, unknown to Spark: its optimizer moves
    the query into the sides of a union otherwise, where it loses its columns."""
    queries = [query for value in node.expressions for query in value.find_all(exp.Query)]
    outer = any(column.meta.get("depth") for query in queries for column in query.find_all(exp.Column))
    return node.where("spark_partition_id() >= 0", dialect="spark", copy=False) if outer else node


@refuses(exp.Subquery, exp.Exists)
def in_clauses(node: Any) -> None:
    """A query of columns around it is in SELECT or WHERE: Spark takes none in ORDER BY, and in ON no value of one."""
    clause = node.find_ancestor(exp.Order, exp.Join, exp.Select, exp.Lateral, exp.Window)
    if not any(column.meta.get("depth") for column in node.find_all(exp.Column)):
        return
    if isinstance(clause, exp.Order) and isinstance(clause.parent, exp.Query):
        refuse(node, "order by a query of columns around it", "a subquery that makes it a column first")
    if isinstance(clause, exp.Join) and isinstance(node, exp.Subquery):
        refuse(node, "a join on a query of columns around it", "where, or a subquery that makes it a column first")


@refuses(exp.Except, exp.Intersect)
def all_of_plain_rows(node: Any) -> None:
    """``except all`` and ``intersect all`` are of rows without queries in them: Spark's optimizer fails on those."""
    for select in () if node.args.get("distinct") else (node.left.unnest(), node.right.unnest()):
        inner = next((each for value in select.selects for each in value.find_all(exp.Query)), None)
        if inner is not None:
            refuse(inner, f"a query in a row of {node.key} all", f"a join, or {node.key} without all")


@refuses(exp.TableAlias)
def all_named(node: Any) -> None:
    """Names that an alias gives are for all the columns: Spark takes no fewer."""
    columns = _columns(node.parent)
    if node.columns and columns and len(node.columns) < len(columns):
        what = f"names for {len(node.columns)} of {len(columns)} columns"
        refuse(node.parent, what, f"a name for each: {', '.join(columns)}")


def _columns(source: Any) -> Any:
    if isinstance(source, exp.Table):
        select: Any = source.find_ancestor(exp.Select)
        return select.meta.get("sources", {}).get(source.alias_or_name.lower())
    query = source if isinstance(source, exp.Values) else source.this
    return query.unnest().meta.get("columns") if isinstance(query, exp.Query | exp.Values) else None


@refuses(exp.Column)
def alias_alone(node: Any) -> None:
    """A query within has no column that is called as a table around it: Spark takes ``b.k`` for a part of it."""
    select: Any = node.find_ancestor(exp.Select) if node.table and node.meta.get("depth") else None
    if select and any(node.table.lower() in (columns or ()) for columns in select.meta.get("sources", {}).values()):
        refuse(node, f"'{node.sql('duckdb')}' beside a column '{node.table}'", f"another alias than {node.table}")


@rewrites(exp.Column, engine="spark")
def outer_null(node: Any, engine: str) -> Any:
    """A column of nothing but untyped NULLs around a query is a NULL in it: Spark's optimizer loses such a one."""
    if not (node.meta.get("depth") and family(node) == NULL and isinstance(node.parent, exp.Condition)):
        return node
    return exp.Null()


@refuses(exp.Column)
def one_table(node: Any) -> None:
    """A column that is joined by ``using`` is in those tables alone, or says its table; so in the ON of a semi join."""
    select = node.find_ancestor(exp.Select)
    if node.table or isinstance(node.parent, exp.Star) or not isinstance(select, exp.Select):
        return
    joins, clause = select.args.get("joins") or (), node.find_ancestor(exp.Join, exp.Select)
    unseen = {join.this.alias_or_name.lower() for join in joins if join.kind in ("SEMI", "ANTI") and join is not clause}
    joined = sum(node.name in map(_name, join.args.get("using") or ()) for join in joins)
    tables = {name: columns for name, columns in select.meta.get("sources", {}).items() if name not in unseen}
    holding = [name for name, columns in tables.items() if node.name.lower() in (columns or ())]
    compared = isinstance(clause, exp.Join) and clause.kind in ("SEMI", "ANTI")
    if len(holding) > joined + 1 and (joined or compared):
        said = " or ".join(f"{name}.{node.name}" for name in holding)
        refuse(node, f"'{node.name}', which is in several tables", said)


def _name(identifier: Any) -> str:
    return str(identifier.name)


@rewrites(exp.Select, engine="duckdb")
def no_empty_group(node: Any, engine: str) -> Any:
    """Of no rows, a cube, a rollup and grouping sets have no group: on DuckDB they have a total."""
    group = node.args.get("group")
    if group is not None and group.find(exp.Cube, exp.Rollup, exp.GroupingSets):
        node.having("count(*) > 0", copy=False)
    return node


@refuses(exp.Group)
def all_by_name(node: Any) -> None:
    """``group by all`` beside a constant or a window names its columns: how many ``*`` stands for is not known."""
    stars = [each for each in node.parent.selects if each.find(exp.Star) and not each.find(exp.AggFunc)]
    if node.args.get("all") and stars and _has_exceptions(node.parent):
        refuse(stars[0], "* beside a constant or a window in group by all", "the columns' names")


@rewrites(exp.Select)
def groups_of_all(node: Any, engine: str) -> Any:
    """``group by all`` is by constants too, and by no window: DuckDB leaves them out, so that no rows make a group."""
    group = node.args.get("group")
    if group is not None and group.args.get("all") and _has_exceptions(node):
        places = [place for place, each in enumerate(node.expressions, start=1) if not _of_groups(each)]
        node.set("group", exp.Group(expressions=list(map(exp.Literal.number, places))) if places else None)
    return node


def _has_exceptions(select: Any) -> bool:
    """Tell whether a SELECT has what DuckDB does not group as it should."""
    return any(each.find(exp.Window) or _is_constant(each) for each in select.expressions)


def _of_groups(node: Any) -> bool:
    """Tell whether a value is made of groups, so that none is made by it."""
    return node.find(exp.Window) is not None or _is_aggregate(node)


def _is_constant(node: Any) -> bool:
    return not (node.find(exp.Column, exp.Star) or _is_aggregate(node))


def _is_aggregate(node: Any) -> bool:
    """Tell whether a value is of a group: by an aggregate of this query, which is no window function."""
    found = node.walk(prune=lambda each: isinstance(each, exp.Query))
    return any(_aggregates(each) for each in found)


def _aggregates(node: Any) -> bool:
    plain = isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window)
    return plain or (isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES)
