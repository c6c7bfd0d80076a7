"""A DuckDB file as a provider: where it is and what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.file import below
from kedro_faucet.services.keys import Declared, gathered
from kedro_faucet.services.service import NoCredentials
from kedro_faucet.services.settings import Strict

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from kedro_faucet.services.sql.staging import Staged

_TABLES = """
select {name} from (select schema_name, table_name as name, internal from duckdb_tables() union all
select schema_name, view_name, internal from duckdb_views()) where not internal
"""
_DECLARED = """
select table_name, null, 'table', null, null, null, 0 from duckdb_tables()
where database_name = current_database() and schema_name = '{schema}' and not internal
union all
select table_name, constraint_index, lower(constraint_type[1]), constraint_column_names[n], referenced_table,
referenced_column_names[n], n
from duckdb_constraints(), range(1, len(constraint_column_names) + 1) places(n)
where database_name = current_database() and schema_name = '{schema}'
and constraint_type in ('PRIMARY KEY', 'FOREIGN KEY')
order by 1, 2, 7
"""


class DuckDB(Database):
    """Tables in a DuckDB file, which the first save makes.

    ```yaml
    app: {service: duckdb, path: data/app.duckdb, schema: main}
    ```
    """

    service: Literal["duckdb"]
    path: str
    schema_: str = Field("main", alias="schema")
    timeout: int = Field(60, ge=0)
    """Seconds to wait for others who have the file open."""
    secrets: ClassVar[type[Strict]] = NoCredentials

    def below(self, root: Path | None) -> Self:
        """Return the service with its file below the project's folder."""
        return self.model_copy(update={"path": below(self.path, root)})

    @property
    def place(self) -> str:
        """The file."""
        return self.path

    @contextmanager
    def connected(self, table: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection to read.

        Raises:
            ResourceError: if there is no such file, or it cannot be opened.
        """
        import duckdb

        from kedro_faucet.services.duckdb.errors import telling
        from kedro_faucet.services.duckdb.files import patient, reading

        if not Path(self.path).exists():
            raise ResourceError(f"There is no DuckDB file {self.path}: it is made by the first save, or correct path:.")
        with reading(self.path, self.timeout), telling(self, table):
            connection = patient(lambda: duckdb.connect(self.path, read_only=True), self.timeout)
            with connection:
                yield connection

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        with self.connected() as connection:
            return connection.execute(text).fetchall()

    def resources(self) -> list[str]:
        """Return the names of the tables and views of the schema."""
        schema = self.schema_.replace("'", "''")
        return [name for (name,) in self.rows(f"{_TABLES.format(name='name')} and schema_name = '{schema}' order by 1")]

    def declared(self) -> dict[str, Declared]:
        """Return the tables with their primary and foreign keys."""
        text = _DECLARED.format(schema=self.schema_.replace("'", "''"))
        return gathered(row[:6] for row in self.rows(text))

    def schemas(self) -> list[str]:
        """Return the names of the schemas."""
        found = self.rows("select schema_name from duckdb_schemas() where database_name = current_database()")
        return sorted({name for (name,) in found})

    def exists(self, table: str) -> bool:
        """Tell whether there is a table or view, whatever the case of its name."""
        schema, _, name = table.rpartition(".")
        if not Path(self.path).exists():
            return False
        known = self.rows(_TABLES.format(name="lower(schema_name), lower(name)"))
        return ((schema or self.schema_).lower(), name.lower()) in known

    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns of a selection."""
        from kedro_faucet.services.duckdb.reading import schema_of

        return schema_of(self, selection)

    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows."""
        from kedro_faucet.services.duckdb.reading import batches

        return batches(self, selection, wanted, conditions)

    def condition(self, field: pa.Field, sign: str, value: Any) -> str | None:
        """Return a comparison in DuckDB's SQL."""
        from kedro_faucet.services.duckdb.reading import condition

        return condition(field, sign, value)

    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table that rows are saved to."""
        from kedro_faucet.services.duckdb.saving import Write

        return Write(self, table).target()

    def save(self, table: str, rows: pa.RecordBatchReader | Staged, how: Save) -> int:
        """Take rows into a table in one transaction."""
        from kedro_faucet.services.duckdb.errors import telling
        from kedro_faucet.services.duckdb.saving import Write
        from kedro_faucet.services.sql import save
        from kedro_faucet.services.sql.newest import scratch

        # The file is let go after the connection to it is closed, and asked for names after that.
        with telling(self, table), ExitStack() as held, scratch() as connection:
            return save(Write(self, table, connection, held), rows, how)

    def quoted(self, name: str) -> str:
        """Return a name in double quotes."""
        return '"' + name.replace('"', '""') + '"'
