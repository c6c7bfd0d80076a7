"""Columns of several tables, brought together by their names in types that hold the values of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.engines.dialect.types import fits
from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean, listed

Schemas = Mapping[str, Mapping[str, str]]
"""The columns of several tables, with their types in DuckDB's words."""


def named_tables(tables: Sequence[Table], named: Mapping[str, Table], what: str) -> dict[str, Table]:
    """Return tables by their names; those without one by their places.

    Raises:
        ConfigError: if there are none.
    """
    found = {f"table {place}": table for place, table in enumerate(tables, 1)} | dict(named)
    if not found:
        raise ConfigError(f"{what} takes one table or more, and none is given.")
    return found


def schemas_of(tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
    """Return the columns and types of each table."""
    return {name: engine_of(table).schema(table) for name, table in tables.items()}


def common_types(schemas: Schemas) -> dict[str, str]:
    """Return all columns in their order, each in the type that holds every value of it.

    >>> common_types({"north": {"id": "INTEGER"}, "south": {"id": "BIGINT", "note": "VARCHAR"}})
    {'id': 'BIGINT', 'note': 'VARCHAR'}

    Raises:
        DataError: if neither of two types of a column holds all values of the other, or a name differs by case alone.
    """
    _refuse_other_case(schemas)
    names = list(dict.fromkeys(name for columns in schemas.values() for name in columns))
    return {name: _common(name, schemas) for name in names}


def selection(columns: Mapping[str, str], types: Mapping[str, str]) -> str:
    """Return the SQL for all columns of a table that has some of them, NULL in the others."""
    return ", ".join(_value(name, columns.get(name), kind) for name, kind in types.items())


def refuse_missing(schemas: Schemas, types: Mapping[str, str], remedy: str) -> None:
    """Refuse tables that lack a column which another one has.

    Raises:
        DataError: naming the table, the columns and the nearest ones that it has.
    """
    for name, columns in schemas.items():
        if missing := [column for column in types if column not in columns]:
            hint = did_you_mean(missing[0], [column for column in columns if column not in missing])
            raise DataError(f"{name} has no column {listed(map(repr, missing))}, which others have.{hint} {remedy}")


def _value(name: str, kind: str | None, wanted: str) -> str:
    column = quote(name)
    if kind == wanted:
        return column
    return f"cast({'null' if kind is None else column} as {wanted}) as {column}"


def _common(name: str, schemas: Schemas) -> str:
    kinds = {table: columns[name] for table, columns in schemas.items() if name in columns}
    return reduce(lambda left, right: _wider(name, left, right, kinds), kinds.values())


def _wider(name: str, left: str, right: str, kinds: Mapping[str, str]) -> str:
    if fits(right, left):
        return left
    if fits(left, right):
        return right
    said = ", ".join(f"{kind} in {table}" for table, kind in kinds.items())
    raise DataError(
        f"The column '{name}' is {said}: no type of these holds all values. Cast it, by Cast({{'{name}': …}}) or in a "
        "SQL node, or declare its type in the catalog."
    )


def _refuse_other_case(schemas: Schemas) -> None:
    """Refuse names that are one to the engines, and two to whoever reads them."""
    spelt: dict[str, tuple[str, str]] = {}
    for table, columns in schemas.items():
        for name in columns:
            other, where = spelt.setdefault(name.lower(), (name, table))
            if other != name:
                raise DataError(
                    f"The column is '{other}' in {where} and '{name}' in {table}: give it one name (CleanNames)."
                )
