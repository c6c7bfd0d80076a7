"""Delta tables laid out anew: a file's name tells which rows it has, and a reader leaves out what it need not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro_faucet.engines.delta.commit import Commit, Part, committing, exchange
from kedro_faucet.engines.dialect import quote
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.scopes import Table
from kedro_faucet.services.stores.addresses import is_address

if TYPE_CHECKING:
    from kedro_faucet.engines.base import Engine


def near(engine: Engine, table: Table) -> Table:
    """Return a Delta table without the rows of its closed files; any other table as it is."""
    found = engine._versions.get(table)
    if found is None or not found.has_places:
        return table
    if len(found.near) == len(found.files):
        return table
    rows = engine._placed(found, found.near)
    return engine.sql(f"select {', '.join(map(quote, found.types))} from t", t=rows)


def few(engine: Engine, table: Table, columns: Sequence[str], where: str) -> list[tuple[Any, ...]] | None:
    """Return the rows of a Delta table, but for its closed files, that a condition holds for: Spark runs no job for it.

    They are read by this process; nothing where it cannot, or has no need to as it computes the table itself.
    """
    found = engine._versions.get(table)
    if engine.name != "spark" or found is None or is_address(found.uri) or not found.has_places:
        return None
    query = f"select {', '.join(map(quote, columns))} from ({found.duckdb_query(found.near)}) where {where}"
    return ask(query)


def rearrange(engine: Engine, table: Table, tables: Mapping[str, Table]) -> bool:
    """Commit the rows of a Delta table anew, in files whose names begin as said, and tell whether that was done.

    Args:
        engine: of all tables.
        table: the Delta table, as it was read.
        tables: all of its rows, but for those of closed files, which stay, by what their files' names begin with.

    Raises:
        ConflictError: if another process wrote the table meanwhile; nothing was written.
    """
    found = engine._versions.get(table)
    if found is None or not found.has_places:
        return False
    gone = found.parts(found.near)
    with committing(found.uri, found.table.version()) as commit:
        parts = [part for name, rows in tables.items() for part in _put(engine, rows, commit, name)]
        if sum(part.rows for part in parts) != sum(part.rows for part in gone):
            for part in () if is_address(commit.uri) else parts:
                (Path(commit.uri) / part.path).unlink()
            return False  # a row that no table has, or two have: what there is stays
        exchange(commit, parts, gone)
    return True


def _put(engine: Engine, rows: Table, commit: Commit, name: str) -> list[Part]:
    if engine.name == "spark":
        from kedro_faucet.engines.delta import spark
        from kedro_faucet.engines.session.types import as_types

        rows = as_types(rows, {**engine.schema(rows), **commit.zoned(rows.columns)})
        return spark.put(engine, rows, commit, commit.properties, name)  # type: ignore[arg-type]
    from kedro_faucet.engines.delta import copies

    with copies.folder_of(commit) as folder:
        return list(copies.put(engine, rows, commit, folder, commit.properties, name))  # type: ignore[arg-type]
