"""Rows out of SQLite: each value of its column's type, or refused by column, row and value."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.exceptions import DataError, ResourceError, shortened
from kedro_faucet.services.arrow import arrow_type, as_text, refuse_unknown, word
from kedro_faucet.services.database import Selection
from kedro_faucet.services.sql.values import typed, values_of
from kedro_faucet.services.sqlite.types import DIGITS, declared, of_classes

if TYPE_CHECKING:
    from kedro_faucet.services.sqlite.service import SQLite

_BATCH = 10_000


def schema_of(service: SQLite, selection: Selection) -> pa.Schema:
    """Return the columns of a selection.

    Raises:
        ResourceError: if there is no such table, or nothing tells a column's type.
    """
    with service.connected(selection.table) as connection:
        columns = [service.quoted(name) for name in selection.select] or ["*"]
        # Of a view SQLite tells the types that the columns have in their tables.
        connection.execute(f"create temp view kf_columns as {service.text(selection, columns)}")
        found = connection.execute("select name, type from pragma_table_info('kf_columns', 'temp')").fetchall()
        refuse_unknown(selection.columns, [name for name, _ in found])
        return pa.schema([_field(service, connection, name, kind, selection) for name, kind in found])


def _field(
    service: SQLite, connection: sqlite3.Connection, name: str, kind: str | None, selection: Selection
) -> pa.Field:
    if wanted := selection.columns.get(name):
        return pa.field(name, arrow_type(wanted), metadata={"declared": "here"})
    found = declared(kind or "")
    kind_found = found or _by_values(service, connection, name)
    return pa.field(name, kind_found, metadata={"declared": "there" if found else ""})


def _by_values(service: SQLite, connection: sqlite3.Connection, name: str) -> pa.DataType:
    """Return the type that all values of a column have, for a column of which the table does not say it."""
    text = f"select distinct typeof({service.quoted(name)}) from kf_columns"
    classes = {found for (found,) in connection.execute(text)}
    if kind := of_classes(classes):
        return kind
    raise ResourceError(
        f"The column '{name}' has no type in {service.place} and holds values of several "
        f"({', '.join(sorted(classes))}): say which it has, as in load_args: columns: {{{name}: VARCHAR}}."
    )


def batches(
    service: SQLite, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Stream rows: the query runs when the first is asked for, and ends when nobody asks for more."""
    text = service.text(selection, map(service.quoted, wanted.names), conditions)
    with service.connected(selection.table) as connection:
        cursor = connection.execute(text)
        while rows := cursor.fetchmany(_BATCH):
            pairs = zip(wanted, zip(*rows, strict=True), strict=True)
            yield pa.record_batch([_typed(service, selection, *each) for each in pairs], schema=wanted)


def _typed(service: SQLite, selection: Selection, field: pa.Field, values: Sequence[Any]) -> pa.Array:
    how = values_of(field.type, is_declared_here=field.metadata[b"declared"] == b"here")
    return typed(values, field.type, how, lambda value: _refused(service, selection, field, value))


def _refused(service: SQLite, selection: Selection, field: pa.Field, value: Any) -> DataError:
    said = f"{type(value).__name__} {shortened(repr(value))}"
    row = _row(service, selection, field.name, value)
    return DataError(
        f"The column '{field.name}' is {word(field.type)}, and in {service.place}, {selection.table}{row} it is the "
        f"{said}, which is none: correct it there, or {as_text(field.name)}"
    )


def _row(service: SQLite, selection: Selection, name: str, value: Any) -> str:
    """Return where a value stands, if rows have numbers: those of views and queries have none."""
    if selection.query:
        return ""
    text = f"select min(rowid) from {service.named(selection.table)} where {service.quoted(name)} is ?"
    try:
        return f", rowid {service.rows(text, [value])[0][0]},"
    except ResourceError:
        return ""


def condition(field: pa.Field, sign: str, value: Any) -> str | None:
    """Return a comparison in SQLite's SQL that holds of the very rows of which it does here.

    >>> condition(pa.field("n", pa.int64(), metadata={"declared": "there"}), ">=", 5)
    '`n` >= 5'
    """
    name = "`" + field.name.replace("`", "``") + "`"
    if sign.startswith("is "):
        return f"{name} {sign}"
    if field.metadata[b"declared"] != b"there":
        return None
    if pa.types.is_integer(field.type) and type(value) is int:
        return f"{name} {sign} {value}"
    if pa.types.is_decimal(field.type) and isinstance(value, Decimal) and field.type.precision <= DIGITS:
        return f"cast({name} as numeric) {sign} {value:f}"
    if pa.types.is_string(field.type) and isinstance(value, str) and sign in ("=", "<>") and "\0" not in value:
        return f"{name} collate binary {sign} '" + value.replace("'", "''") + "'"
    if pa.types.is_date(field.type) and type(value) is date:
        return f"{name} {sign} '{value.isoformat()}'"
    if pa.types.is_timestamp(field.type) and isinstance(value, datetime):
        return f"{moment(name)} {sign} '{value.isoformat(sep=' ', timespec='microseconds')}'"
    return None


def moment(sql: str) -> str:
    """Return SQL for the text of a time, in whichever of the forms that are read, as texts that sort as times do."""
    text = f"replace({sql}, 'T', ' ')"
    return (
        f"case length({sql}) when 10 then {sql} || ' 00:00:00.000000' when 16 then {text} || ':00.000000' "
        f"when 19 then {text} || '.000000' else substr({text} || '000000', 1, 26) end"
    )
