"""Rows into SQLite: staged in a temporary table while others read and write, then put in their place at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kedro_faucet.exceptions import DataError
from kedro_faucet.services.arrow import word
from kedro_faucet.services.database import Save
from kedro_faucet.services.sql import STAGE, Column, Transaction, refuse_view
from kedro_faucet.services.sql.values import decimal
from kedro_faucet.services.sqlite.reading import moment
from kedro_faucet.services.sqlite.types import declared, stored

if TYPE_CHECKING:
    from kedro_faucet.services.sqlite.service import SQLite

_COLUMNS = "select name, type, dflt_value is not null or (pk = 1 and upper(type) = 'INTEGER'), hidden > 1"


class Write(Transaction):
    """One transaction of SQLite's."""

    stage = f"temp.{STAGE}"

    def __init__(self, service: SQLite, table: str, connection: sqlite3.Connection) -> None:
        """Keep what is written, and on which connection."""
        super().__init__(service, table)
        self._connection = connection

    def run(self, sql: str) -> None:
        """Do what SQL says."""
        self._connection.execute(sql)

    def ask(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def find(self) -> dict[str, Column] | None:
        """Return the columns of the table, but those that SQLite computes."""
        name = self.table.removeprefix("main.")
        if self.ask("select 1 from main.sqlite_schema where type = 'view' and lower(name) = lower(?)", (name,)):
            raise refuse_view(self.service, self.table)
        found = self.ask(f"{_COLUMNS} from pragma_table_xinfo(?, 'main')", (name,))
        kept = [(name, kind, filled) for name, kind, filled, computed in found if not computed]
        self.computed = tuple(name for name, *_, computed in found if computed)
        return {name: Column(kind, declared(kind), bool(filled)) for name, kind, filled in kept} or None

    def stored(self, field: pa.Field, *, is_key: bool = False) -> str:
        """Return SQLite's words for the type of a column."""
        return stored(field)

    def take(self, rows: pa.RecordBatchReader, types: Mapping[str, str]) -> None:
        """Stream rows to a temporary table: SQLite locks nothing for it."""
        self.run("pragma temp_store = file")
        columns = ", ".join(f"{self.quoted(name)} {kind}" for name, kind in types.items())
        self.run(f"create temp table {STAGE} ({columns})")
        text = f"insert into temp.{STAGE} values ({', '.join('?' * len(types))})"
        self.run("begin")
        for batch in rows:
            values = [_values(field, each, types[field.name]) for field, each in zip(batch.schema, batch, strict=True)]
            self._connection.executemany(text, zip(*values, strict=True))
        if self.key:
            self.run(f"create index temp.kf_by_key on {STAGE} ({', '.join(map(self.quoted, self.key))})")
        self.run("commit")

    def begin(self) -> None:
        """Begin to write: other writers wait, and readers go on."""
        self.run("pragma foreign_keys = on")
        self.run("begin immediate")
        # What is deleted and comes again is missed by nobody.
        self.run("pragma defer_foreign_keys = on")

    def commit(self) -> None:
        """Make what was written there for others."""
        self.run("commit")

    def check(self, found: Mapping[str, Column], schema: pa.Schema, how: Save) -> None:
        """Refuse texts of which a column makes numbers, and times whose texts do not sort as they do."""
        for field in schema:
            if field.name not in found:
                continue
            name, kept = self.quoted(field.name), found[field.name].kept
            if kept is None and pa.types.is_string(field.type):
                text = f"{self.stage} where typeof({name}) in ('integer', 'real')"
                self._refuse(text, field, "would make a number of")
            elif kept is not None and pa.types.is_temporal(kept) and field.name in (*how.key, how.order_by):
                other = f"(typeof({name}) <> 'text' or {name} not glob '{_DAY}')"
                self._refuse(f"{self.named} where {name} is not null and {other}", field, "holds beside dates")

    def _refuse(self, rows: str, field: pa.Field, said: str) -> None:
        if found := self.ask(f"select {self.quoted(field.name)} from {rows} limit 1"):
            raise DataError(
                f"The column '{field.name}' of {self.table} {said} {found[0][0]!r}: declare it there by its type "
                f"({stored(field)}), or correct the value."
            )

    def compared(self, name: str) -> tuple[str, str]:
        """Return the values of a column in both rows: texts letter by letter, times and numbers as such."""
        pair = super().compared(name)
        kind = next((kind for found, kind in self._types() if found == name), "")
        kept = declared(kind)
        if kept is not None and pa.types.is_timestamp(kept):
            return moment(pair[0]), moment(pair[1])
        if kind.startswith("DECIMAL_TEXT"):
            self._connection.create_function("kf_sorted", 1, _sortable, deterministic=True)
            return f"kf_sorted({pair[0]})", f"kf_sorted({pair[1]})"
        is_text = kept is None or pa.types.is_string(kept)
        return (f"{pair[0]} collate binary", pair[1]) if is_text else pair

    def _types(self) -> list[tuple[Any, ...]]:
        return self.ask(f"select name, type from pragma_table_info('{STAGE}', 'temp')")


_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"


def _sortable(value: Any) -> Any:
    """Return a number of up to 38 digits as a text that sorts as it does."""
    if value is None:
        return None
    with localcontext(prec=100):
        return f"{(decimal(value) + 10**38) * 10**38:078.0f}"


def _values(field: pa.Field, values: pa.Array, kind: str) -> list[Any]:
    """Return the values of a column as SQLite keeps them."""
    if pa.types.is_floating(field.type) and pc.any(pc.is_nan(values)).as_py():
        raise DataError(
            f"The column '{field.name}' holds NaN, which SQLite keeps as NULL: make it NULL in the node, as by "
            f"case when isnan({field.name}) then null else {field.name} end."
        )
    if pa.types.is_temporal(field.type):
        return list(values.cast(pa.string()).to_pylist())
    if pa.types.is_decimal(field.type):
        return [None if value is None else _decimal(field, value, kind) for value in values.to_pylist()]
    return list(values.to_pylist())


def _decimal(field: pa.Field, value: Decimal, kind: str) -> str:
    """Return the text of a number, which a column of numbers keeps in eight bytes."""
    is_whole = abs(value) < 2**63 and value == int(value)
    if kind.startswith("DECIMAL_TEXT") or is_whole or decimal(float(value)) == value:
        return f"{value:f}"
    raise DataError(
        f"The column '{field.name}' is {kind} in the table, of which SQLite keeps 15 digits, and {value} has more: "
        f"declare it there as {word(field.type).replace('DECIMAL', 'DECIMAL_TEXT')}, or round the value in the node."
    )
