"""Lineage: what a brick makes, told of the columns of its inputs without reading a row.

A brick tells it by a method ``lineage``, which takes a ``Traced`` in the place of each table that ``build`` takes and
returns one in the place of each that it returns; what is no table (a parameter of the run) is given as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from kedro_faucet.engines import connect, quote
from kedro_faucet.exceptions import DataError, SqlError

ALL = "*"
"""In the place of a column: any of them, as it is not known which."""


EMBEDDED = {"type": "duckdb"}
"""The engine that tells types, whichever computes in the profile: a session of Spark takes longer than all else."""


class Place(NamedTuple):
    """A column of a dataset."""

    dataset: str
    column: str


@dataclass(frozen=True)
class Origin:
    """Where a column comes from.

    Args:
        values: what its values are computed from.
        uses: what orders or parts the rows that it is computed from, as the keys of a window do.
    """

    values: tuple[Place, ...] = ()
    uses: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Traced:
    """The columns of a table, without its rows, and where each comes from.

    >>> flights = Traced.read("lake/flights", {"origin": "VARCHAR", "delay": "INTEGER"})
    >>> late = trace("select origin, delay > 15 as is_late from flights where delay is not null", {"flights": flights})
    >>> late.columns["is_late"].values, late.rows
    ((Place(dataset='lake/flights', column='delay'),), (Place(dataset='lake/flights', column='delay'),))

    Args:
        columns: where each column comes from; under ``*`` those whose names are not known.
        rows: what the rows are filtered, joined, grouped or limited by.
        types: the columns' types in DuckDB's words; None where they are not known.
        why: why the columns are not known.
        dataset: what they are read from, as they are: of that, a column comes from the one of its name.
    """

    columns: Mapping[str, Origin]
    rows: tuple[Place, ...] = ()
    types: Mapping[str, str] | None = field(default=None, compare=False)
    why: str = ""
    dataset: str = ""

    @classmethod
    def read(cls, dataset: str, types: Mapping[str, str] | None, why: str = "") -> Traced:
        """Return the columns of a dataset, as they are when it is loaded."""
        names = [ALL] if types is None else types
        return cls({name: Origin((Place(dataset, name),)) for name in names}, (), types, why, dataset)

    @property
    def schema(self) -> Mapping[str, str]:
        """The types of the columns.

        Raises:
            DataError: if they are not known.
        """
        if self.types is None:
            raise DataError(f"it needs to know columns: {self.why}")
        return self.types

    def origin(self, name: str) -> Origin:
        """Return where a column comes from; of one that is not told, where any does."""
        found = {column.lower(): origin for column, origin in self.columns.items()}
        if ALL in found and name.lower() not in found and self.dataset:
            return Origin((Place(self.dataset, name),))
        return found.get(name.lower()) or found.get(ALL) or Origin(self.places() if name == ALL else ())

    def places(self) -> tuple[Place, ...]:
        """Return all that the values come from."""
        return tuple(dict.fromkeys(place for origin in self.columns.values() for place in origin.values))

    def having(
        self,
        more: Mapping[str, Origin] | None = None,
        *,
        types: Mapping[str, str] | None = None,
        without: Iterable[str] = (),
        rows: Iterable[Place] = (),
    ) -> Traced:
        """Return it with other columns (of types, else texts), without some, with more that the rows depend on."""
        gone, new = set(without), more or {}
        columns = {name: origin for name, origin in self.columns.items() if name not in gone} | dict(new)
        known = None if self.types is None else {**self.types, **dict.fromkeys(new, "VARCHAR"), **(types or {})}
        types = known and {name: known[name] for name in columns}
        return replace(self, columns=columns, types=types, rows=tuple(dict.fromkeys([*self.rows, *rows])))


def unknown(tables: Iterable[Traced], why: str) -> Traced:
    """Return what is made of tables by what does not tell how: any column of it may come from any of theirs."""
    places = dict.fromkeys(Place(place.dataset, ALL) for table in tables for place in (*table.places(), *table.rows))
    return Traced({ALL: Origin(tuple(places))}, why=why)


def tell(brick: Any, /, *given: Any, **named: Any) -> Any:
    """Return what a brick tells of its inputs; of one that tells nothing, that any column may come from any."""
    if callable(lineage := getattr(brick, "lineage", None)):
        return lineage(*given, **named)
    tables = [each for each in (*given, *named.values()) if isinstance(each, Traced)]
    return unknown(tables, f"{type(brick).__name__} does not tell columns")


def trace(text: str, tables: Mapping[str, Traced], *, portable: bool = True) -> Traced:
    """Return the columns of a SELECT over tables.

    Args:
        text: the SELECT.
        tables: its tables by their names in it.
        portable: False for the whole SQL of one engine.

    Raises:
        SqlError: if it cannot be followed, or the engine refuses it over these columns.
    """
    from kedro_faucet.engines.dialect.lineage import select_lineage

    try:
        types, dialect = _types(text, portable, tables), "duckdb"
    except SqlError:
        if portable:
            raise
        types, dialect = None, "spark"
    found = select_lineage(text, {name: table.types for name, table in tables.items()}, dialect)
    spelt = list(types or ()) if types and len(types) == len(found.values) else list(found.values)
    columns = {
        name: Origin(_values(found.values[key], tables), _all(found.uses[key], tables, of=found.values[key]))
        for name, key in zip(spelt, found.values, strict=True)
    }
    rows = dict.fromkeys([*_all(found.rows, tables), *(place for table in tables.values() for place in table.rows)])
    if types is None and ALL not in columns:
        types = dict.fromkeys(columns, "VARCHAR")
    why = next((table.why for table in tables.values() if table.types is None), "")
    return Traced(columns, tuple(rows), types, why)


def _types(text: str, portable: bool, tables: Mapping[str, Traced]) -> dict[str, str] | None:
    """Return the types of a SELECT's columns, as the embedded engine gives them; None where its tables' are unknown."""
    if any(table.types is None for table in tables.values()):
        return None
    engine, empty = connect(EMBEDDED), {}
    for name, table in tables.items():
        columns = ", ".join(f"cast(null as {kind}) as {quote(column)}" for column, kind in table.schema.items())
        empty[name] = engine.sql(f"select {columns} limit 0", portable=False)
    return engine.schema(engine.sql(text, portable=portable, **empty))


def _values(sources: Iterable[tuple[str, str]], tables: Mapping[str, Traced]) -> tuple[Place, ...]:
    """Return where the values of columns of tables come from."""
    return tuple(dict.fromkeys(place for source in sources for place in _origin(source, tables).values))


def _all(
    sources: Iterable[tuple[str, str]], tables: Mapping[str, Traced], of: Iterable[tuple[str, str]] = ()
) -> tuple[Place, ...]:
    """Return all that columns come from, and what others use."""
    used = [
        place for source in sources for origin in [_origin(source, tables)] for place in (*origin.values, *origin.uses)
    ]
    return tuple(dict.fromkeys([*used, *(place for source in of for place in _origin(source, tables).uses)]))


def _origin(source: tuple[str, str], tables: Mapping[str, Traced]) -> Origin:
    name, column = source
    table = next((table for given, table in tables.items() if given.lower() == name.lower()), None)
    return table.origin(column) if table else Origin((Place(name or "a function", column),))
