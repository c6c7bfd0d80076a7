"""SQLite: tables in one file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.file import below
from kedro_faucet.services.service import NoCredentials
from kedro_faucet.services.settings import Strict

if TYPE_CHECKING:
    import pyarrow as pa


class SQLite(Database):
    """Tables in a SQLite file.

    ```yaml
    app: {service: sqlite, path: data/app.db}
    ```
    """

    service: Literal["sqlite"]
    path: str
    secrets: ClassVar[type[Strict]] = NoCredentials

    def below(self, root: Path | None) -> Self:
        """Return the service with its file below the project's folder."""
        return self.model_copy(update={"path": below(self.path, root)})

    @property
    def place(self) -> str:
        """The file."""
        return self.path

    def _connect(self) -> sqlite3.Connection:
        if not Path(self.path).is_file():
            raise ResourceError(f"There is no SQLite file {self.path}.")
        return sqlite3.connect(self.path, timeout=10, check_same_thread=False)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        with closing(self._connect()) as connection:
            return connection.execute(text).fetchall()

    def resources(self) -> list[str]:
        """Return the names of the tables and views."""
        text = "select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite_%' order by 1"
        return [name for (name,) in self.rows(text)]

    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns by their declared types."""
        import pyarrow as pa

        found = self.rows(f"select name, type from pragma_table_info('{selection.table}')")
        if not found:
            raise self.missing(selection.table)
        types = {"INTEGER": pa.int64(), "REAL": pa.float64(), "BLOB": pa.binary()}
        return pa.schema([(name, types.get(kind.upper(), pa.string())) for name, kind in found])

    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows."""
        import pyarrow as pa

        with closing(self._connect()) as connection:
            cursor = connection.execute(self.text(selection, map(self.quoted, wanted.names), conditions))
            while rows := cursor.fetchmany(10_000):
                pairs = zip(zip(*rows, strict=True), wanted, strict=True)
                arrays = [pa.array(values, field.type) for values, field in pairs]
                yield pa.RecordBatch.from_arrays(arrays, schema=wanted)

    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table."""
        schema = self.schema_of(Selection(table)) if self.exists(table) else None
        return None if schema is None else {field.name: Kept(field.type) for field in schema}

    def save(self, table: str, rows: pa.RecordBatchReader, how: Save) -> int:
        """Take rows into a table in one transaction."""
        raise ResourceError("not yet")

    def quoted(self, name: str) -> str:
        """Return a name in double quotes."""
        return '"' + name.replace('"', '""') + '"'
