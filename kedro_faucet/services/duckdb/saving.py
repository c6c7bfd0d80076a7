"""Rows into a DuckDB file: staged in a database of this process, then written in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.exceptions import DataError
from kedro_faucet.services.arrow import word
from kedro_faucet.services.database import Save
from kedro_faucet.services.duckdb.files import patient, writing
from kedro_faucet.services.duckdb.reading import asked
from kedro_faucet.services.sql import STAGE, Column, Transaction, refuse_view

if TYPE_CHECKING:
    import duckdb

    from kedro_faucet.services.duckdb.service import DuckDB

_COLUMNS = """
select column_name, data_type, column_default is not null, is_generated from duckdb_columns()
where database_name = current_database() and not internal
"""
_CUT = {"TIMESTAMP_S", "TIMESTAMP_MS"}


class Write(Transaction):
    """One transaction of DuckDB's: the file is attached when it begins, and others are kept out no longer."""

    stage = f"temp.{STAGE}"
    service: DuckDB

    def __init__(
        self,
        service: DuckDB,
        table: str,
        connection: duckdb.DuckDBPyConnection | None = None,
        held: ExitStack | None = None,
    ) -> None:
        """Keep what is written, on which connection, and what lets go of the file at the end."""
        super().__init__(service, table)
        self._connection, self._held, self._is_open = connection, held, False
        self._texts: set[str] = set()

    def run(self, sql: str) -> None:
        """Do what SQL says."""
        assert self._connection is not None
        self._connection.execute(sql)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query: before the transaction begins, of the file as it is then."""
        if not self._is_open:
            return self.service.rows(sql)
        assert self._connection is not None
        return self._connection.execute(sql).fetchall()

    def find(self) -> dict[str, Column] | None:
        """Return the columns of the table, but those that DuckDB computes."""
        if not Path(self.service.path).exists():
            return None
        schema, _, name = self.table.rpartition(".")
        schema, name = (each.replace("'", "''") for each in (schema or self.service.schema_, name))
        where = f"schema_name = '{schema}' and lower({{}}_name) = lower('{name}')"
        if self.ask(f"select 1 from duckdb_views() where not internal and {where.format('view')}"):
            raise refuse_view(self.service, self.table)
        found = self.ask(f"{_COLUMNS} and {where.format('table')} order by column_index")
        columns = [(name, kind, filled) for name, kind, filled, is_computed in found if not is_computed]
        self.computed = tuple(name for name, *_, is_computed in found if is_computed)
        return self._columns(columns) if columns else None

    def _columns(self, columns: Sequence[tuple[str, str, bool]]) -> dict[str, Column]:
        texts = [f"{asked(self.quoted(name), kind)} as {self.quoted(name)}" for name, kind, _ in columns]
        kinds = self._schema(f"select {', '.join(texts)} from {self.named} limit 0").types
        return {name: Column(kind, found, filled) for (name, kind, filled), found in zip(columns, kinds, strict=True)}

    def _schema(self, sql: str) -> pa.Schema:
        if self._is_open:
            assert self._connection is not None
            return self._connection.sql(sql).to_arrow_reader(1).schema
        with self.service.connected() as connection:
            return connection.sql(sql).to_arrow_reader(1).schema

    def stored(self, field: pa.Field, *, is_key: bool = False) -> str:
        """Return DuckDB's word for the type of a column."""
        return word(field.type)

    def take(self, rows: pa.RecordBatchReader, types: Mapping[str, str]) -> None:
        """Stream rows to a table of this process."""
        assert self._connection is not None
        # DuckDB finds the reader by its name here.
        self._connection.execute("set timezone = 'UTC'")
        self._connection.execute(f"create temp table {STAGE} as select * from rows")

    def begin(self) -> None:
        """Attach the file: no other process reads or writes it from here on."""
        assert self._held is not None
        path = self.service.path
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._held.enter_context(writing(path, self.service.timeout))
        literal = path.replace("'", "''")
        patient(lambda: self.run(f"attach '{literal}' as kf_file"), self.service.timeout)
        self._is_open = True
        self.run("use kf_file")
        self.run("begin")

    def commit(self) -> None:
        """Make what was written there for others."""
        self.run("commit")
        self.run("use memory")
        self.run("detach kf_file")

    def create(self, schema: pa.Schema, how: Save) -> None:
        """Make the table, without a primary key: only one writes, and an index would hinder later changes."""
        super().create(schema, replace(how, key=()))

    def compared(self, name: str) -> tuple[str, str]:
        """Return the values of a column in both rows: texts letter by letter, whatever the collation is."""
        left, right = super().compared(name)
        return (f"{left} collate c", f"{right} collate c") if name in self._texts else (left, right)

    def check(self, found: Mapping[str, Column], schema: pa.Schema, how: Save) -> None:
        """Refuse times of which a column would cut parts of a second; keep which columns are texts."""
        self._texts = {name for name, column in found.items() if column.type == "VARCHAR"}
        for field in schema:
            kind = found[field.name].type if field.name in found else ""
            value = f"s.{self.quoted(field.name)}"
            test = f"select {value} from {self.stage} s where {value} <> {value}::{kind}::timestamp limit 1"
            if kind in _CUT and (rows := self.ask(test)):
                raise DataError(
                    f"The column '{field.name}' is {kind} in {self.table}, which cannot hold {rows[0][0]}: widen it "
                    "there, or round the value in the node."
                )
