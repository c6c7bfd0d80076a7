"""Column lineage of one SELECT: what each column's value comes from, and what decides which rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from kedro_faucet.engines.dialect.text import unparsed
from kedro_faucet.exceptions import SqlError

ALL = "*"
"""In the place of a column: any of them, as it is not known which."""

Source: TypeAlias = tuple[str, str]
"""A table of the text, and a column of it."""

# What orders, parts or leaves out the rows of an aggregate or a window, and is no part of its values.
_USES = {
    (exp.Window, "partition_by"),
    (exp.Order, "expressions"),
    (exp.Filter, "expression"),
    (exp.In, "query"),
    (exp.Exists, "this"),
}
_CLAUSES = ("where", "group", "having", "qualify")


@dataclass(frozen=True)
class Selected:
    """What a SELECT reads.

    Args:
        values: by output column, what its values are computed from.
        uses: by output column, what orders or parts the rows that it is computed from, as a window's keys do.
        rows: what the rows are filtered, joined, grouped or limited by, in any part of the statement.
    """

    values: dict[str, tuple[Source, ...]]
    uses: dict[str, tuple[Source, ...]]
    rows: tuple[Source, ...]


def select_lineage(text: str, tables: Mapping[str, Mapping[str, str] | None], dialect: str = "duckdb") -> Selected:
    """Return what a SELECT reads; names are in small letters.

    >>> found = select_lineage("select a + b as c from t where d > 0", {"t": {"a": "INT", "b": "INT", "d": "INT"}})
    >>> found.values, found.rows
    ({'c': (('t', 'a'), ('t', 'b'))}, (('t', 'd'),))
    >>> select_lineage("select * from t", {"t": None}).values
    {'*': (('t', '*'),)}

    Args:
        text: the SELECT.
        tables: its tables, each with its columns and their types; None where they are not known.
        dialect: whose words it is in.

    Raises:
        SqlError: if it cannot be parsed or followed.
    """
    known: dict[str, Any] = {name.lower(): dict(columns) for name, columns in tables.items() if columns}
    schema = MappingSchema(known, dialect=dialect)
    try:
        tree = sqlglot.parse_one(text, dialect=dialect)
        scope = build_scope(qualify(tree, schema=schema, dialect=dialect, validate_qualify_columns=False))
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be followed: {unparsed(error)}.") from None
    if scope is None:
        raise SqlError(f"A SQL node is one SELECT; this text is not:\n{text.strip()}")
    statement = _Statement(known)
    found = {name: _Walk(statement).follow(scope, name) for name in statement.names(scope)}
    rows = _Walk(statement).follow_rows(scope)
    return Selected(
        {name: tuple(walk.values) for name, walk in found.items()},
        {name: tuple(walk.uses) for name, walk in found.items()},
        tuple(rows.uses),
    )


class _Statement:
    """What is asked of the scopes of a statement again and again."""

    def __init__(self, known: Mapping[str, Mapping[str, str]]) -> None:
        self.known = {name: {column.lower() for column in columns} for name, columns in known.items()}
        self.names, self.places = cache(self._names), cache(self._places)
        self.projections, self.sources = cache(self._projections), cache(_sources)

    def _names(self, scope: Scope) -> list[str]:
        """Return the names of a scope's columns."""
        tree = scope.expression
        if isinstance(tree, exp.SetOperation) and tree.args.get("by_name"):
            return list(dict.fromkeys(name for side in scope.set_operation_scopes for name in self.names(side)))
        return [each.alias_or_name for each in getattr(tree, "selects", ())]

    def _places(self, scope: Scope) -> dict[str, int]:
        """Return the place of each name; of one that is there twice, the first."""
        return {name: place for place, name in reversed(list(enumerate(self.names(scope))))}

    def _projections(self, scope: Scope) -> dict[str | None, list[Any]]:
        """Return what a SELECT computes, by its name; under None all."""
        found: dict[str | None, list[Any]] = {None: list(getattr(scope.expression, "selects", ()))}
        for each in list(found[None]):
            found.setdefault(each.alias_or_name, []).append(each)
        return found

    def is_open(self, source: Any) -> bool:
        """Tell whether a source may have columns that are not known."""
        return ALL in self.names(source) if isinstance(source, Scope) else source.name.lower() not in self.known


class _Walk:
    """A way from a column, or from the choice of rows, to the columns of tables that it reads."""

    def __init__(self, statement: _Statement) -> None:
        self.values: dict[Source, None] = {}
        self.uses: dict[Source, None] = {}
        self._statement = statement
        self._asked: dict[tuple[Scope, str | None, bool], None] = {}

    def follow(self, scope: Scope, name: str) -> _Walk:
        """Follow a column of what a statement gives."""
        self._ask(scope, name, is_use=False)
        return self._go()

    def follow_rows(self, scope: Scope) -> _Walk:
        """Follow what the rows of a scope are chosen by, and those of all scopes that it reads."""
        reached = [scope]
        for each in reached:
            for clause in _choosing(each.expression):
                self._expression(clause, each, is_use=True)
            if isinstance(each.expression, exp.Except):
                self._ask(each.set_operation_scopes[1], None, is_use=True)
            inner = [*each.set_operation_scopes, *self._statement.sources(each).values(), *each.subquery_scopes]
            reached += [one for one in dict.fromkeys(inner) if isinstance(one, Scope) and one not in reached]
        return self._go()

    def _go(self) -> _Walk:
        """Follow what is asked for, and what is asked for meanwhile: no statement is too deep."""
        done = 0
        while done < len(self._asked):
            for scope, name, is_use in list(self._asked)[done:]:
                self._column(scope, name, is_use=is_use)
                done += 1
        return self

    def _ask(self, scope: Scope, name: str | None, *, is_use: bool) -> None:
        """Have a column of what a scope gives followed; None for all of them."""
        self._asked[scope, name, is_use] = None

    def _column(self, scope: Scope, name: str | None, *, is_use: bool) -> None:
        tree = scope.expression
        if isinstance(tree, exp.SetOperation):
            for side, its in self._sides(scope, name):
                self._ask(side, its, is_use=is_use)
        elif isinstance(tree, exp.Select):
            self._projection(scope, name, is_use=is_use)
        elif inner := [*scope.subquery_scopes, *scope.derived_table_scopes]:
            for each in inner:
                self._ask(each, name, is_use=is_use)
        else:  # values(…), unnest(…)
            for column in tree.find_all(exp.Column):
                self._reference(column, scope, is_use=is_use)

    def _sides(self, scope: Scope, name: str | None) -> Iterator[tuple[Scope, str | None]]:
        """Yield what a column of a set operation is called in each of its sides that gives values."""
        first, *others = scope.set_operation_scopes
        place = (
            None if name is None or scope.expression.args.get("by_name") else self._statement.places(first).get(name)
        )
        for side in [first] if isinstance(scope.expression, exp.Except) else [first, *others]:
            names = self._statement.names(side)
            if place is None:
                if name is None or name in names or ALL in names:
                    yield side, name
            elif place < len(names):
                yield side, names[place]

    def _projection(self, scope: Scope, name: str | None, *, is_use: bool) -> None:
        selects, tables = self._statement.projections(scope), self._statement.sources(scope)
        for each in selects.get(name) or [star for star in selects[None] if star.is_star]:
            if each.is_star:
                given = [tables[each.table]] if getattr(each, "table", "") in tables else list(tables.values())
                self._one_of(given, None if name == ALL else name, is_use=is_use)
            else:
                self._expression(each, scope, is_use=is_use)

    def _one_of(self, sources: Sequence[Any], name: str | None, *, is_use: bool) -> None:
        """Follow a column that one of several sources has; of which it is, is told by those whose columns are known."""
        able = [each for each in sources if self._statement.is_open(each)] or sources
        for source in able:
            self._source(source, name if len(able) == 1 else None, is_use=is_use)

    def _expression(self, node: Any, scope: Scope, *, is_use: bool) -> None:
        if isinstance(node, exp.Query):
            inner = next((each for each in scope.subquery_scopes if each.expression is node.unnest()), None)
            if inner:
                self._ask(inner, None, is_use=is_use)
        elif isinstance(node, exp.Column):
            self._reference(node, scope, is_use=is_use)
        else:
            for key, child in _children(node, scope):
                self._expression(child, scope, is_use=is_use or (type(node), key) in _USES)

    def _reference(self, column: exp.Column, scope: Scope, *, is_use: bool) -> None:
        at: Scope | None = scope
        while at is not None:
            if column.table in at.sources:
                return self._source(at.sources[column.table], column.name, is_use=is_use)
            at = at.parent
        is_order = isinstance(column.find_ancestor(exp.Order, exp.Query), exp.Order)
        if is_order and column.name in self._statement.places(scope):
            return self._ask(scope, column.name, is_use=is_use)  # what the SELECT calls so
        return self._one_of(list(self._statement.sources(scope).values()), column.name, is_use=is_use)

    def _source(self, source: exp.Table | Scope, name: str | None, *, is_use: bool) -> None:
        if isinstance(source, Scope):
            return self._ask(source, name, is_use=is_use)
        columns = self._statement.known.get(source.name.lower())
        found = name if name and (columns is None or name in columns) else ALL  # a pivot makes others of them
        (self.uses if is_use else self.values)[source.name, found] = None
        return None


def _sources(scope: Scope) -> dict[str, Any]:
    """Return what a scope reads itself, by its names: tables and other scopes."""
    return {name: source for name, (_, source) in scope.selected_sources.items()}


def _choosing(tree: Any) -> Iterator[Any]:
    """Yield what chooses the rows of a SELECT."""
    if not isinstance(tree, exp.Select):
        return
    yield from (tree.args[name] for name in _CLAUSES if tree.args.get(name))
    for join in tree.args.get("joins") or ():
        yield from (each for each in (join.args.get("on"), *(join.args.get("using") or ())) if each)
    if (group := tree.args.get("group")) and group.args.get("all"):
        yield from (each for each in tree.selects if not each.find(exp.AggFunc))
    first = [each for each in [tree.args.get("distinct")] if each and each.args.get("on")]
    yield from (each.args["on"] for each in first)
    if tree.args.get("order") and (first or tree.args.get("limit")):
        yield tree.args["order"]


def _children(node: Any, scope: Scope) -> Iterator[tuple[str, Any]]:
    """Yield the parts of an expression by their names; of a window that is called by its name, that window's."""
    for key, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expression):
                yield key, child
    if isinstance(node, exp.Window) and node.args.get("alias"):
        for window in scope.expression.args.get("windows") or ():
            if window.name == node.alias:
                yield from _children(window, scope)
