"""Tables of a database: read as they are when they are read, saved in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kedro_faucet.engines import Engine, Table
from kedro_faucet.services import Database, Save, Selection
from kedro_faucet.storage.schema import storable


@dataclass(frozen=True)
class DatabaseStore:
    """A table of a database, or a query in its place, to read only."""

    engine: Engine
    database: Database
    selection: Selection

    def exists(self) -> bool:
        """Tell whether there is the table."""
        return bool(self.selection.query) or self.database.exists(self.selection.table)

    def read(self) -> Table:
        """Return the table, lazily: it is read when a node computes, as it is then.

        Raises:
            ResourceError: if there is none, or the database does not answer.
        """
        return self.engine.read_database(self.database, self.selection)

    def highest(self, column: str) -> Table | None:
        """Return the highest value of a column as a table of one row, which the database computes; none of no table."""
        if not self.exists():
            return None
        name = self.database.quoted(column)
        query = f"select max({name}) as {name} from {self.database.named(self.selection.table)}"
        return self.engine.read_database(self.database, replace(self.selection, query=query))

    def save(self, rows: Table, how: Save) -> None:
        """Write rows in one transaction.

        Raises:
            DataError: if rows are refused; nothing was written.
            ResourceError: if the database refuses, or the resource is a query.
        """
        self.engine.write_database(storable(self.engine, rows), self.database, self.selection.table, how)
