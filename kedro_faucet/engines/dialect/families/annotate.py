"""The family of every value of a text, from the types of its inputs: columns are looked up as the engines do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from kedro_faucet.engines.dialect.families.families import NULL, common, family_of_type
from kedro_faucet.engines.dialect.families.values import Families, columns_of, family, value
from kedro_faucet.engines.dialect.rule import whole
from kedro_faucet.engines.dialect.subset.refusals import refuse

_COMPARING = ("SEMI", "ANTI")
_AROUND = (exp.Select, exp.Lateral, exp.From, exp.Join, exp.CTE)


@whole
def annotate(tree: Any, inputs: Mapping[str, Mapping[str, str]]) -> None:
    """The family of every value is known where it can be, so that what depends on it asks nothing when the query runs.

    Args:
        tree: a parsed text.
        inputs: the columns of each input with their types, in DuckDB's words.
    """
    tables = {
        name.lower(): {column.lower(): family_of_type(kind) for column, kind in columns.items()}
        for name, columns in inputs.items()
    }
    _name_queries(tree)
    scopes = traverse_scope(tree)
    known = [scope.expression for scope in scopes]
    for values in tree.find_all(exp.Values):
        if not any(values is each for each in known):  # a text of its own, or a value
            values.meta["columns"] = _rows(values)
    # Again where there are several: a query in a condition, or after LATERAL, looks up columns of what is around it.
    passes = min(len(scopes), 2 + len(list(tree.find_all(exp.Lateral))))
    for scope in scopes * passes:
        _annotate_scope(scope, tables)


def _name_queries(tree: Any) -> None:
    """Name what stands in FROM without a name: two of them are not one."""
    nameless = (each for each in tree.find_all(exp.Subquery) if isinstance(each.parent, exp.From | exp.Join))
    for place, query in enumerate(each for each in nameless if not each.alias):
        query.set("alias", exp.TableAlias(this=exp.to_identifier(f"kf_query_{place}")))


def _annotate_scope(scope: Scope, tables: Mapping[str, Families]) -> None:
    query = scope.expression
    if isinstance(query, exp.SetOperation):
        join = _by_name if query.args.get("by_name") else _both
        query.meta["columns"] = join(columns_of(query.left), columns_of(query.right))
        return
    if isinstance(query, exp.Values):
        query.meta["columns"] = _rows(query)
    if isinstance(query, exp.Unnest):
        query.meta["columns"] = _list(query)
    if isinstance(query, exp.Lateral) and isinstance(query.this, exp.Subquery):
        query.meta["columns"] = _renamed(columns_of(query.this), query.args.get("alias"))
    if not isinstance(query, exp.Select):
        return
    sources = _sources(scope, tables)
    query.meta["sources"] = sources
    aliases = {each.alias.lower(): each.this for each in query.expressions if isinstance(each, exp.Alias)}
    for node in _inner_first(query):
        if isinstance(node, exp.Column):
            node.meta["family"] = _column(node, query, aliases)
        elif isinstance(node, exp.Subquery) or not isinstance(node, exp.Query):
            node.meta["family"] = value(node)
    compared = {each.this.alias_or_name.lower() for each in query.args.get("joins") or () if each.kind in _COMPARING}
    query.meta["columns"] = _selected(query, {name: each for name, each in sources.items() if name not in compared})


def _inner_first(query: Any) -> Iterator[Any]:
    """Yield the nodes of a SELECT without those of the queries in it; what is selected comes first."""
    clauses = [*query.expressions, *(each for key, each in query.args.items() if key not in ("expressions", "with_"))]
    for clause in clauses:
        for each in clause if isinstance(clause, list) else [clause]:
            if isinstance(each, exp.Expression):
                found = list(each.walk(prune=lambda node: isinstance(node, exp.Query)))
                yield from reversed(found)


def _sources(scope: Scope, tables: Mapping[str, Families]) -> dict[str, Families | None]:
    """Return what stands in FROM by its names; also what a semi or anti join compares with, which has no columns."""
    found: dict[str, Families | None] = {}
    for name, node in scope.references:
        if name.lower() in found:
            refuse(node, f"'{name}' twice in one FROM", f"an alias for each: … as {name}_1")
        if name in scope.sources:
            found[name.lower()] = _source(node, scope.sources[name], tables)
    return found


def _source(node: Any, source: Any, tables: Mapping[str, Families]) -> Families | None:
    """Return the columns of what stands in FROM; nothing where they are unknown."""
    if isinstance(source, exp.Table):
        return _renamed(tables.get(source.name.lower()), node.args.get("alias"))
    if not isinstance(source, Scope):
        return None
    parent = source.expression.parent
    alias = parent.args.get("alias") if isinstance(parent, exp.CTE | exp.Subquery) else None
    found = _renamed(columns_of(source.expression), alias)
    return _renamed(found, node.args.get("alias")) if isinstance(parent, exp.CTE) else found


def _renamed(columns: Families | None, alias: Any) -> Families | None:
    """Return columns by the names that an alias gives them."""
    names = [each.name.lower() for each in alias.columns] if alias is not None else []
    if columns is None or len(names) > len(columns):
        return None
    return dict(zip([*names, *list(columns)[len(names) :]], columns.values(), strict=True))


def _rows(values: Any) -> Families | None:
    """Return the columns of VALUES by their places."""
    for node in reversed(list(values.walk())):
        node.meta.setdefault("family", value(node))
    columns = list(zip(*(row.expressions for row in values.expressions), strict=False))
    alias = values.args.get("alias")
    names = [each.name.lower() for each in alias.columns] if alias is not None else []
    names += [f"col{place}" for place in range(len(names), len(columns))]
    return {name: common(map(family, column)) for name, column in zip(names, columns, strict=False)}


def _list(unnest: Any) -> Families:
    """Return the column of a list in FROM: by its own name, or that of the list."""
    for node in reversed(list(unnest.walk())):
        node.meta.setdefault("family", value(node))
    alias = unnest.args.get("alias")
    names = [each.name.lower() for each in (*alias.columns, alias.this)] if alias is not None else ["unnest"]
    return {names[0]: family(unnest.expressions[0])}


def _by_name(left: Families | None, right: Families | None) -> Families | None:
    if left is None or right is None:
        return None
    return {name: common((left.get(name, NULL), right.get(name, NULL))) for name in [*left, *right]}


def _both(left: Families | None, right: Families | None) -> Families | None:
    if left is None or right is None or len(left) != len(right):
        return None
    return {name: common(pair) for name, *pair in zip(left, left.values(), right.values(), strict=True)}


def _selected(query: Any, sources: Mapping[str, Families | None]) -> Families | None:
    columns: Families = {}
    for each in query.expressions:
        star = each.this if isinstance(each, exp.Column) else each
        if not isinstance(star, exp.Star):
            columns[each.alias_or_name.lower() or f"\0{len(columns)}"] = family(each)
            continue
        found = _starred(star, each.table if star is not each else "", sources)
        if found is None:
            return None
        columns.update({name: kind for name, kind in found.items() if name not in columns})
    return columns


def _starred(star: Any, table: str, sources: Mapping[str, Families | None]) -> Families | None:
    left_out = {each.name.lower() for each in star.args.get("except_") or ()}
    chosen = [sources.get(table.lower())] if table else list(sources.values())
    found: Families = {}
    for columns in chosen:
        if columns is None:
            return None
        found.update({name: kind for name, kind in columns.items() if name not in {*left_out, *found}})
    return found


def _column(node: Any, query: Any, aliases: Mapping[str, Any]) -> str | None:
    """Look a column up: in this SELECT's tables, then among its aliases, then in the queries around it."""
    name, table = node.name.lower(), node.table.lower()
    around, depth = query, 0
    while isinstance(around, exp.Expression):
        sources: dict[str, Families | None] = around.meta.get("sources", {}) if isinstance(around, exp.Select) else {}
        for source, columns in sources.items():
            if table in ("", source) and (columns is None or name in columns):
                node.meta["depth"] = depth
                return None if columns is None else columns[name]
        if around is query and not table and name in aliases:
            node.meta["alias"] = True
            return family(aliases[name])
        if isinstance(around, exp.Select):
            depth += _sees_around(around)
        around = around.parent
    return None


def _sees_around(node: Any) -> bool:
    """Tell whether a query has the columns of the one around it: it is a value or lateral, and no table."""
    while node.parent is not None and not isinstance(node.parent, _AROUND):
        node = node.parent
    return isinstance(node.parent, exp.Select | exp.Lateral) or node.arg_key == "on"
