"""Statements: what they are made of, which tables they read, how many rows they give."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.macros import MACROS, macro_of
from kedro_faucet.engines.dialect.rule import Inputs, refuses, rewrites, warns, whole, whole_on
from kedro_faucet.engines.dialect.subset.allowed import EXPRESSIONS, STATEMENT, allows
from kedro_faucet.engines.dialect.subset.hints import ARGUMENTS, HINTS
from kedro_faucet.engines.dialect.subset.refusals import NEXT, outside, refuse, warn
from kedro_faucet.engines.dialect.text import reserved
from kedro_faucet.exceptions import SqlError, did_you_mean

_ROWS = ("expressions", "from_", "joins", "laterals", "where", "group", "having", "windows")
_SETS = (exp.Cube, exp.Rollup, exp.GroupingSets)


@whole
def tables(tree: Any, inputs: Inputs) -> None:
    """A text reads its inputs and its own CTEs alone: a table of a catalog could be another one tomorrow."""
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    for name in sorted(ctes):
        if name.lower() in {given.lower() for given in inputs}:
            raise SqlError(f"The CTE '{name}' has the name of an input: give it another.")
    known = {*ctes, *inputs}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func) or table.db:
            refuse(table, f"'{table.sql('duckdb')}' in FROM", "a table that is passed in by name, or unnest(…)")
        if table.name not in known:
            given = ", ".join(sorted(known)) or "none"
            raise SqlError(f"No table '{table.name}' is given; there are: {given}.{did_you_mean(table.name, known)}")


@refuses()
def allowed(node: Any) -> None:
    """A form is on the list of those that are compared on both engines, and so is each part of a statement."""
    if macro_of(node) is not None:
        return
    name = type(node).__name__
    if not allows(name):
        _refuse_form(node, name)
    for argument in sorted(set(node.args) - set(STATEMENT.get(name, " ".join(node.args)).split())):
        if node.args[argument]:
            refuse(node, *ARGUMENTS.get((name, argument), (f"'{argument}' of {name.lower()}", "")))


def _refuse_form(node: Any, name: str) -> None:
    said = node.sql("duckdb")
    said = said if len(said) <= 40 else f"{said[:37]}…"
    called = node.name.lower() if isinstance(node, exp.Anonymous) else name
    hint = HINTS.get(called, "")
    if isinstance(node, exp.Anonymous) and not hint:
        near = did_you_mean(called, {*MACROS, *re.findall(r"(\w+)\(", " ".join(EXPRESSIONS.values()))})
        raise SqlError(f"{outside(node, f'The function {called}()')}{near} Use a macro, {NEXT}")
    refuse(node, f"'{said}'", hint)


@refuses(exp.Join)
def using(node: Any) -> None:
    """``*`` over a join by ``using`` has the columns in another order on Spark."""
    if node.args.get("using") and any(isinstance(item, exp.Star) for item in node.parent.expressions):
        refuse(node, "* of a join using (…)", "join … on …, or the columns' names")


@refuses(exp.Limit, exp.Offset)
def count(node: Any) -> None:
    """A number of rows is written out: Spark takes no other, and DuckDB rounds a fraction."""
    number = node.args["expression"]
    if not (isinstance(number, exp.Literal) and number.this.isdigit()):
        refuse(node, "a computed limit or offset", "a number that is written out")


@refuses(exp.With)
def recursion(node: Any) -> None:
    """A recursion is by ``union all``, in one order of columns: Spark has no other."""
    for cte in node.expressions if node.args.get("recursive") else ():
        other = isinstance(cte.this, exp.Union) and (cte.this.args.get("distinct") or cte.this.args.get("by_name"))
        union = cte.this if other else None
        if union and any(table.name == cte.alias for table in union.right.find_all(exp.Table)):
            refuse(cte, "a recursion with union, or by name", "union all, and a condition that ends it")


@refuses(exp.Column)
def outer(node: Any) -> None:
    """A subquery has columns of the query around it in its WHERE or HAVING: Spark knows them nowhere else.

    In a lateral one without aggregates it knows them everywhere, and nowhere those of a query around the query around.
    """
    if not (depth := node.meta.get("depth")):
        return
    clause = node.find_ancestor(exp.Where, exp.Having, exp.Select)
    if depth > 1 or (isinstance(clause, exp.Select) and not _is_plain_lateral(clause)):
        refuse(node, f"'{node.sql('duckdb')}' of the query around", "it in the WHERE of the subquery, or a join")


def _is_plain_lateral(select: Any) -> bool:
    aggregates = select.args.get("group") or any(each.find(exp.AggFunc) for each in select.expressions)
    return isinstance(select.parent.parent, exp.Lateral) and not aggregates


@refuses(exp.Limit, exp.Offset)
def limited(node: Any) -> None:
    """No condition limits rows that depend on the query around: Spark limits them before it compares them."""
    within = node.parent.find_ancestor(exp.In, exp.Exists, exp.From, exp.Select)
    if isinstance(within, exp.In | exp.Exists) and any(each.meta.get("depth") for each in within.find_all(exp.Column)):
        refuse(
            node, "a limit in exists or in (select …) of columns of the query around", "the condition without a limit"
        )


@refuses(exp.Select)
def distinct_order(node: Any) -> None:
    """Distinct rows are in an order of columns that they have: what others would have is not certain."""
    order, columns = node.args.get("order"), node.meta.get("columns")
    for column in order.find_all(exp.Column) if order and columns and node.args.get("distinct") else ():
        if column.name.lower() not in columns and column.find_ancestor(exp.Select) is node:
            said = f"order by '{column.name}' of distinct rows, which do not have it,"
            refuse(column, said, "a column of the result, by its alias")


@warns(exp.Limit, exp.Offset)
def first_rows(node: Any) -> None:
    """Which rows come first is certain in an order alone that has no ties: of grouped rows, one by all their keys."""
    query = node.parent
    if node.args["expression"].this == "0" or (isinstance(node, exp.Offset) and query.args.get("limit")):
        return
    if not query.args.get("order"):
        if isinstance(query, exp.SetOperation) or not _is_one_row(query):
            warn(node, "The first rows in no order", "order by, with a key at its end")
    elif missing := _left_out(query):
        warn(node, f"The first rows in an order without '{missing}', a key of them", f"order by …, {missing}")


def _is_one_row(select: Any) -> bool:
    constant = all(isinstance(each.unalias(), exp.Literal) for each in select.expressions)
    return constant or (not select.args.get("group") and any(each.find(exp.AggFunc) for each in select.expressions))


def _left_out(query: Any) -> str:
    """Return a key of grouped or distinct rows that their order does not have."""
    ordered = {_made(each.this, query) for each in query.args["order"].expressions}
    if not isinstance(query, exp.Select) or query.is_star or "all" in ordered:
        return ""
    return next((key for each in _keys(query) if (key := _made(each, query)) not in ordered), "")


def _keys(select: Any) -> list[Any]:
    group = select.args.get("group")
    if select.args.get("distinct") or (group and group.args.get("all")):
        return [each for each in select.expressions if not each.find(exp.AggFunc)]
    return [each for each in group.expressions if not isinstance(each, _SETS)] if group else []


def _made(node: Any, select: Any) -> str:
    """Return what a column of a result is made of, which may be called by its place or its alias."""
    place = int(node.this) if isinstance(node, exp.Literal) and node.this.isdigit() else 0
    node = select.selects[place - 1] if 0 < place <= len(select.selects) else node
    aliased = [each for each in select.selects if isinstance(each, exp.Alias) and each.alias == node.name]
    node = (aliased[0] if aliased and isinstance(node, exp.Column) else node).unalias()
    text: str = node.name if isinstance(node, exp.Column) else node.sql("duckdb")
    return text.lower()


@whole
def bound(tree: Any, inputs: Inputs) -> None:
    """Inputs have reserved names, which no table of a catalog and no variable in Python has."""
    for table in tree.find_all(exp.Table):
        if table.name in inputs and not table.db:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(reserved(table.name)))


@whole_on("spark")
def qualified(tree: Any, inputs: Inputs) -> None:
    """QUALIFY chooses rows before they are made distinct, ordered and limited: it becomes a subquery on Spark.

    SQLGlot's own subquery limits them first, and ``*`` has its windows; Spark's QUALIFY knows no windows of groups, and
    beside windows its ORDER BY knows no aggregates.
    """
    for select in [each for each in tree.find_all(exp.Select) if each.args.get("qualify") or _orders_groups(each)]:
        _within(select)


def _orders_groups(select: Any) -> bool:
    """Tell whether rows that have windows are in the order of an aggregate."""
    order = None if select.args.get("distinct") else select.args.get("order")
    aggregate = order.find(exp.AggFunc) if order else None
    return aggregate is not None and any(each.find(exp.Window) for each in select.expressions)


def _within(select: Any) -> None:
    """Put a SELECT into a subquery of its own, with its condition and its order as further columns."""
    made = {each.alias.lower(): each.this for each in select.selects if isinstance(each, exp.Alias)}
    qualify = select.args.get("qualify")
    chosen = {"kf_qualify": _unaliased(qualify.this, made)} if qualify else {}
    added = {**chosen, **_ordered(select, made)}
    rows = exp.Select(**{key: select.args[key] for key in _ROWS if select.args.get(key)})
    rows.select(*(exp.alias_(each, name) for name, each in added.items()), copy=False)
    for key in (*_ROWS, "qualify"):
        select.set(key, None)
    select.set("expressions", [exp.Star(except_=[exp.to_identifier(name) for name in added])])
    select.from_(rows.subquery("kf_rows", copy=False), copy=False).where(*chosen, copy=False)


def _ordered(select: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Put names in the place of what an order is by, and return what they stand for; distinct rows have it already."""
    added, order = {}, select.args.get("order")
    for place, each in enumerate(order.expressions if order else ()):
        value = each.this
        if select.args.get("distinct"):
            for column in value.find_all(exp.Column):
                column.set("table", None)
        elif not (isinstance(value, exp.Literal | exp.Var) or (_is_bare(value) and value.name.lower() in made)):
            added[f"kf_order_{place}"] = _unaliased(value, made)
            each.set("this", exp.column(f"kf_order_{place}"))
    return added


def _is_bare(node: Any) -> bool:
    return isinstance(node, exp.Column) and not node.table


def _unaliased(node: Any, made: dict[str, Any]) -> Any:
    """Return an expression with what stands behind the names that the SELECT gives."""
    return node.transform(
        lambda each: exp.paren(_unaliased(made[each.name.lower()], made)) if each.meta.get("alias") else each
    )


@rewrites(exp.CTE)
def materialized(node: Any, engine: str) -> Any:
    """Whether a CTE is computed once is the engine's own choice: Spark has no word for it."""
    node.set("materialized", None)
    return node
