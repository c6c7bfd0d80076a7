"""A SQLite file as a provider: where it is and what there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.file import below
from kedro_faucet.services.keys import Declared, gathered
from kedro_faucet.services.service import NoCredentials
from kedro_faucet.services.settings import Strict
from kedro_faucet.services.sqlite.errors import telling

if TYPE_CHECKING:
    import pyarrow as pa

    from kedro_faucet.services.sql.staging import Staged

_TABLES = r"select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\_%' escape '\'"

_DECLARED = r"""
with named as (select name from sqlite_schema where type = 'table' and name not like 'sqlite\_%' escape '\')
select name, null, 'table', null, null, null, 0 from named
union all
select m.name, 'key', 'p', i.name, null, null, i.pk from named m, pragma_table_info(m.name) i where i.pk > 0
union all
select m.name, f.id, 'f', f."from", o.name, t.name, f.seq from named m, pragma_foreign_key_list(m.name) f
join named o on o.name = f."table" collate nocase, pragma_table_info(o.name) t
where case when f."to" is null then t.pk = f.seq + 1 else t.name = f."to" collate nocase end
order by 1, 2, 7
"""


class SQLite(Database):
    """Tables in a SQLite file, which the first save makes.

    ```yaml
    app: {service: sqlite, path: data/app.db}
    ```
    """

    service: Literal["sqlite"]
    path: str
    timeout: int = Field(60, ge=0)
    """Seconds to wait for others who write."""
    secrets: ClassVar[type[Strict]] = NoCredentials

    def below(self, root: Path | None) -> Self:
        """Return the service with its file below the project's folder."""
        return self.model_copy(update={"path": below(self.path, root)})

    @property
    def place(self) -> str:
        """The file."""
        return self.path

    @property
    def url(self) -> str:
        """The address by which SQLAlchemy connects."""
        return f"sqlite:///{self.path}"

    @contextmanager
    def connected(self, table: str | None = None, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
        """Give a connection, to read only unless it is for writing, which makes the file.

        Raises:
            ResourceError: if there is no such file, or SQLite refuses.
        """
        if writing:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        elif not Path(self.path).is_file():
            raise ResourceError(f"There is no SQLite file {self.path}: it is made by the first save, or correct path:.")
        with telling(self, table):
            if not writing and any(Path(f"{self.path}-{left}").exists() for left in ("journal", "wal")):
                # What a killed writer left half-written is taken back by one who may write.
                with closing(self._connect("rw")) as repairing:
                    repairing.execute("select 1 from sqlite_schema").fetchone()
            with closing(self._connect("rwc" if writing else "ro")) as connection:
                yield connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{Path(self.path).absolute().as_uri()}?mode={mode}"
        given: dict[str, Any] = {"timeout": self.timeout, "isolation_level": None, "check_same_thread": False}
        connection: sqlite3.Connection = sqlite3.connect(address, uri=True, **given)
        return connection

    def rows(self, text: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        with self.connected() as connection:
            return connection.execute(text, parameters).fetchall()

    def resources(self) -> list[str]:
        """Return the names of the tables and views."""
        return [name for (name,) in self.rows(f"{_TABLES} order by 1")]

    def declared(self) -> dict[str, Declared]:
        """Return the tables with their primary and foreign keys."""
        return gathered(row[:6] for row in self.rows(_DECLARED))

    def exists(self, table: str) -> bool:
        """Tell whether there is a table or view, whatever the case of its name."""
        return Path(self.path).is_file() and table.lower() in map(str.lower, self.resources())

    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns of a selection: by their declared types or, where these say nothing, by their values."""
        from kedro_faucet.services.sqlite.reading import schema_of

        return schema_of(self, selection)

    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows."""
        from kedro_faucet.services.sqlite.reading import batches

        return batches(self, selection, wanted, conditions)

    def condition(self, field: pa.Field, sign: str, value: Any) -> str | None:
        """Return a comparison in SQLite's SQL."""
        from kedro_faucet.services.sqlite.reading import condition

        return condition(field, sign, value)

    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table that rows are saved to."""
        from kedro_faucet.services.sqlite.saving import Write

        if not Path(self.path).is_file():
            return None
        with self.connected(table) as connection:
            return Write(self, table, connection).target()

    def save(self, table: str, rows: pa.RecordBatchReader | Staged, how: Save) -> int:
        """Take rows into a table in one transaction."""
        from kedro_faucet.services.sql import save
        from kedro_faucet.services.sqlite.saving import Write

        with self.connected(table, writing=True) as connection:
            return save(Write(self, table, connection), rows, how)

    def quoted(self, name: str) -> str:
        """Return a name in backquotes: of one in double quotes that is no column's, SQLite makes a text."""
        return "`" + name.replace("`", "``") + "`"
