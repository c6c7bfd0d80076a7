"""Columns and their types: what both engines store alike, and rows that fit the table they are added to."""

from __future__ import annotations

from collections.abc import Mapping

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.engines.dialect.types import fits
from kedro_faucet.exceptions import DataError, did_you_mean, listed

# What one engine knows and the other, or Delta, does not: stored as its nearest kin.
_STORED = {
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(20,0)",
    "HUGEINT": "DECIMAL(38,0)",
    "UHUGEINT": "DECIMAL(38,0)",
    "BIGNUM": "VARCHAR",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "TIME": "VARCHAR",
    "TIME WITH TIME ZONE": "VARCHAR",
    "INTERVAL": "VARCHAR",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    "NULL": "VARCHAR",
    '"NULL"': "VARCHAR",
    "VOID": "VARCHAR",
}


def stored_type(kind: str) -> str:
    """Return the type as which a column is stored.

    >>> stored_type("HUGEINT"), stored_type("ENUM('a')"), stored_type("BIGINT")
    ('DECIMAL(38,0)', 'VARCHAR', 'BIGINT')
    """
    return "VARCHAR" if kind.startswith("ENUM") else _STORED.get(kind, kind)


def storable(engine: Engine, table: Table) -> Table:
    """Return the table with every column in a type that both engines store alike."""
    types = engine.schema(table)
    if not types:
        raise DataError("A table without columns cannot be saved.")
    wanted = {name: stored_type(kind) for name, kind in types.items()}
    return table if wanted == types else _cast(engine, table, types, wanted)


def conform(engine: Engine, old: Table, new: Table) -> Table:
    """Return the incoming rows with the old table's columns, by name and in its types; new columns come last.

    Raises:
        DataError: if a column has vanished, or its type does not fit.
    """
    before, types = engine.schema(old), engine.schema(new)
    missing = [name for name in before if name not in types]
    if missing:
        hint = did_you_mean(missing[0], [name for name in types if name not in before])
        raise DataError(
            f"The incoming table lacks the column {listed(map(repr, missing))} that the resource has.{hint} "
            "Add it (NULL where unknown), or replace the resource with mode: overwrite."
        )
    for name, kind in before.items():
        if not fits(stored_type(types[name]), kind):
            raise DataError(
                f"The column '{name}' is {types[name]} in the incoming table and {kind} in the resource: "
                f"{_advice(name, types[name], kind)}, or replace the resource with mode: overwrite."
            )
    wanted = {**before, **{name: stored_type(kind) for name, kind in types.items() if name not in before}}
    return new if list(wanted.items()) == list(types.items()) else _cast(engine, new, types, wanted)


def _advice(name: str, kind: str, into: str) -> str:
    """Say how a column may fit; a cast to a narrower type would lose values, or stop at the first that does not fit."""
    cast = f"cast({quote(name)} as {into})"
    if into == "VARCHAR" or (kind != "VARCHAR" and not fits(into, kind)):
        return f"cast it in the node ({cast})"
    if kind == "VARCHAR":
        return f"if all its texts are of that type, read it so (load_args: columns: {{{name}: {into}}})"
    return f"if all its values fit, cast it in the node ({cast})"


def widened(engine: Engine, old: Table, new: Table) -> Table:
    """Return the old table with the columns that only the incoming one has, NULL."""
    before, types = engine.schema(old), engine.schema(new)
    wanted = {**before, **{name: stored_type(kind) for name, kind in types.items() if name not in before}}
    return old if wanted == before else _cast(engine, old, before, wanted)


def _cast(engine: Engine, table: Table, types: Mapping[str, str], wanted: Mapping[str, str]) -> Table:
    columns = [
        quote(name)
        if types.get(name) == kind
        else f"cast({quote(name) if name in types else 'null'} as {kind}) as {quote(name)}"
        for name, kind in wanted.items()
    ]
    return engine.sql(f"select {', '.join(columns)} from incoming", incoming=table)
