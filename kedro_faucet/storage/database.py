"""Tables of a database: read as they are when they are read, saved in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa

from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.services.arrow import refuse_unknown, word
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.keys import REMEDIES
from kedro_faucet.storage.merge import one_a_key, require_columns
from kedro_faucet.storage.modes import EXISTS
from kedro_faucet.storage.schema import OVERWRITE, fitted, storable


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
        try:
            return self.engine.read_database(self.database, self.selection)
        except ResourceError as error:
            self._refuse_unselected(error)
            raise

    def _refuse_unselected(self, error: ResourceError) -> None:
        """Say with the nearest name that a column of `select:` is none, where that was the mistake."""
        if self.selection.select:
            try:
                known = self.database.schema_of(replace(self.selection, select=(), columns={})).names
            except ResourceError:
                raise error from None
            refuse_unknown(self.selection.select, known, "select")

    def of(self, columns: Sequence[str]) -> DatabaseStore:
        """Return some columns of the table, whichever columns and rows of it are read else."""
        declared = {name: kind for name, kind in self.selection.columns.items() if name in columns}
        return replace(self, selection=Selection(self.selection.table, select=tuple(columns), columns=declared))

    def highest(self, column: str) -> Table:
        """Return the highest value of a column as a table of one row, which the database computes."""
        of_column = self.of([column])
        name, kind = self.database.quoted(column), self.engine.schema(of_column.read())[column]
        query = f"select max({name}) as {name} from {self.database.named(self.selection.table)}"
        # Not every database tells the type of what it computes.
        selection = replace(of_column.selection, query=query, columns={column: kind})
        return self.engine.read_database(self.database, selection)

    def between(self, column: str, start: date | int, end: date | int) -> str:
        """Return the database's SQL for a column being at least one value, and less than another.

        Raises:
            ResourceError: if it does not compare the column with such values as we do.
        """
        field = self.database.schema_of(self.of([column]).selection).field(column)
        pairs = [(">=", _like(field.type, start)), ("<", _like(field.type, end))]
        said = [self.database.condition(field, sign, value) for sign, value in pairs]
        if None in said:
            raise ResourceError(
                f"faucet.reload: the cursor '{column}' is {word(field.type)} in {self.database.place}, which does not "
                "compare it with the range as we do: make it a date, a timestamp or an integer there."
            )
        return f"({' and '.join(map(str, said))})"

    def save(self, rows: Table, how: Save) -> None:
        """Write rows in one transaction; a table that there is keeps the types of its columns, and rows are cast.

        Raises:
            DataError: if rows are refused; nothing was written.
            ResourceError: if the database refuses, the resource is a query, or there is a table and may be none.
        """
        table = self.selection.table
        if self.selection.query:
            raise ResourceError("It is a query, to read only: save to an entry without query:.")
        rows = storable(self.engine, rows)
        require_columns(rows, [*how.key, *filter(None, (how.order_by, how.delete_by))])
        found = self.database.target(table)
        if found is not None:
            if how.mode == "ignore":
                return
            if how.mode == "error":
                raise ResourceError(EXISTS)
            rows = self._as_kept(rows, found, how)
        if how.mode == "merge" and self.engine.stages(self.database):
            rows = one_a_key(self.engine, rows, how.key, how.order_by)
        self.engine.write_database(rows, self.database, table, how)

    def _as_kept(self, rows: Table, found: Mapping[str, Kept], how: Save) -> Table:
        """Return rows in the types of the table's columns; an overwrite may come without some of them."""
        types = self.engine.schema(rows)
        for name in (name for name, each in found.items() if each.is_computed and name in types):
            raise DataError(f"{REMEDIES['computed'].format(name=name, place=self.database.place)}.")
        kept = {name: each for name, each in found.items() if name in types or not each.is_filled}
        if how.mode == "overwrite":
            kept = {name: each for name, each in kept.items() if name in types}
        words = {name: word(each.type) if each.type else types.get(name, "VARCHAR") for name, each in kept.items()}
        otherwise = f"change the column in {self.database.place}" if how.mode == "overwrite" else OVERWRITE
        return fitted(self.engine, words, rows, otherwise)


def _like(kind: pa.DataType, value: date | int) -> date | int | Decimal:
    """Return a value as one of a column's type."""
    if isinstance(value, date):
        return datetime.combine(value, time()) if pa.types.is_timestamp(kind) else value
    return Decimal(value) if pa.types.is_decimal(kind) else value
