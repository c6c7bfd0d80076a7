"""Rows out of any database: columns told by SQLAlchemy, values streamed by the driver, each exact or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import Connection, Inspector, exc, inspect
from sqlalchemy import types as t
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import literal

from kedro_faucet.exceptions import DataError, shortened
from kedro_faucet.services.arrow import as_text, exactly, refuse_twins, refuse_unknown, word
from kedro_faucet.services.database import Selection
from kedro_faucet.services.keys import Declared, Reference
from kedro_faucet.services.sql.values import Values, typed, values_of
from kedro_faucet.services.sqlalchemy.types import field_of, of_values, quoted

if TYPE_CHECKING:
    from kedro_faucet.services.sqlalchemy.service import SQLAlchemy

BATCH = 10_000
_FIRST = 1_000
"""Rows of a query that tell its types."""


def schema_of(service: SQLAlchemy, selection: Selection) -> pa.Schema:
    """Return the columns of a selection.

    Raises:
        ResourceError: if there is no such table, or nothing tells a column's type.
    """
    with service.connected(selection.table) as connection:
        fields = (_of_query if selection.query else _of_table)(service, connection, selection)
    refuse_twins([field.name for field in fields])
    return pa.schema(fields)


def _of_table(service: SQLAlchemy, connection: Connection, selection: Selection) -> list[pa.Field]:
    known = {each["name"]: each["type"] for each in columns_of(service, connection, selection.table)}
    refuse_unknown(selection.columns, list(known))
    refuse_unknown(selection.select, list(known), "select")
    if selection.where:
        streamed(connection, service.text(selection, ["1"], ["1 = 0"])).close()
    names = selection.select or known
    return [field_of(name, known[name], connection.dialect, selection.columns) for name in names]


def columns_of(service: SQLAlchemy, connection: Connection, table: str) -> list[Any]:
    """Return what SQLAlchemy tells of a table's columns, but names as they are: it leaves MySQL's backticks doubled."""
    found = inspect(connection).get_columns(*service.parts(table))
    if not any("``" in each["name"] for each in found):
        return list(found)
    known = _names(connection, service.text(Selection(table), ["*"], ["1 = 0"]))
    names = [name if name in known else name.replace("``", "`") for name in (each["name"] for each in found)]
    return [{**each, "name": name} for each, name in zip(found, names, strict=True)]


def _of_query(service: SQLAlchemy, connection: Connection, selection: Selection) -> list[pa.Field]:
    """Return the columns of a query: as they are declared or, where some are not, as the first rows are."""
    text = service.text(selection, [service.quoted(name) for name in selection.select] or ["*"], ["1 = 0"])
    names = _names(connection, text)
    refuse_unknown(selection.columns, names)
    rows: list[Any] = []
    if not set(names) <= selection.columns.keys():
        with streamed(connection, service.text(selection, map(service.quoted, names))) as result:
            rows = list(result.fetchmany(_FIRST))
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return [
        field_of(name, t.NullType(), connection.dialect, selection.columns)
        if name in selection.columns
        else of_values(name, values, connection.dialect)
        for name, values in zip(names, columns, strict=True)
    ]


def _names(connection: Connection, text: str) -> list[str]:
    with streamed(connection, text) as result:
        return list(result.keys())


def streamed(connection: Connection, text: str) -> Any:
    """Run a SELECT whose rows come as they are taken, if the driver can do so."""
    given = {"stream_results": True, "max_row_buffer": BATCH, "no_parameters": True}
    return connection.exec_driver_sql(text, execution_options=given)


def batches(
    service: SQLAlchemy, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Stream rows: the query runs when the first is asked for, and ends when nobody asks for more."""
    text = service.text(selection, asked(service, wanted), conditions)
    with service.connected(selection.table) as connection:
        result = streamed(connection, text)
        try:
            for rows in result.partitions(BATCH):
                yield batch_of(rows, wanted)
            result.close()
        except exc.DataError as error:
            if getattr(error.orig, "sqlstate", None):  # the database says it, and not the driver
                raise
            raise _not_taken(service, selection, wanted, conditions) from None
        finally:
            if not result.closed:
                _give_up(connection, result)


def _not_taken(service: SQLAlchemy, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> DataError:
    """Return the error for a value of which a driver makes none; of which column it is, asking for each alone tells."""
    if len(wanted) > 1:
        try:
            for field in wanted:
                for _ in batches(service, selection, pa.schema([field]), conditions):
                    pass
        except DataError as error:
            return error
    name = wanted.names[0]
    return DataError(
        f"The column '{name}' holds a value that the driver does not take, such as one that is infinite, or outside of "
        f"the years 1 to 9999: {as_text(name)}"
    )


def _give_up(connection: Connection, result: Any) -> None:
    """End a query whose rows nobody wants."""
    rows: Any = getattr(result.cursor, "_result", None)
    if hasattr(rows, "unbuffered_active"):
        # PyMySQL would first fetch all the rest, also of a server that is gone.
        rows.unbuffered_active = False
    connection.invalidate()


def asked(service: SQLAlchemy, wanted: pa.Schema) -> list[str]:
    """Return the SQL that asks for columns."""
    return [f"{field.metadata[b'sql'].decode()} as {service.quoted(field.name)}" for field in wanted]


def batch_of(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    """Return rows of a driver in the types of a schema.

    Raises:
        DataError: naming a column and its value that does not fit.
    """
    pairs = zip(schema, zip(*rows, strict=True), strict=True)
    return pa.record_batch([_column(field, values) for field, values in pairs], schema=schema)


def _column(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    how = field.metadata[b"how"]
    if how == b"padded":
        values = [value.rstrip(" ") if isinstance(value, str) else value for value in values]
    makes = _SHORT if field.type == pa.float32() else values_of(field.type, is_declared_here=how == b"declared")
    return exactly(field.name, typed(values, field.type, makes, lambda value: _refused(field, value)), field.type)


# Of a short float drivers give the shortest decimal, of which there is one nearest value.
_SHORT = Values((int, float, Decimal), lambda values, kind: pa.array(map(_float, values), pa.float64()).cast(kind))


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _refused(field: pa.Field, value: Any) -> DataError:
    said = f"{type(value).__name__} {shortened(repr(value))}"
    return DataError(f"The column '{field.name}' is {word(field.type)} and holds the {said}: {as_text(field.name)}")


def condition(dialect: Dialect, field: pa.Field, sign: str, value: Any) -> str | None:
    """Return a comparison in a database's SQL that holds of the very rows of which it does here.

    >>> from sqlalchemy.dialects import sqlite
    >>> field = field_of("n", t.BigInteger(), sqlite.dialect(), {})
    >>> condition(sqlite.dialect(), field, ">=", 5), condition(sqlite.dialect(), field, ">=", "5")
    ('`n` >= 5', None)
    """
    if sign.startswith("is "):
        return f"{quoted(field.name, dialect)} {sign}"
    compared = field.metadata[b"compared"].decode()
    kind = next((kind for fits, of, kind in _LITERALS if type(value) is of and fits(field.type)), None)
    if kind is None or not compared:
        return None
    said = literal(value, kind).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return f"{compared} {sign} {said}"


_LITERALS: list[tuple[Any, type, t.TypeEngine[Any]]] = [
    (pa.types.is_integer, int, t.BigInteger()),
    (pa.types.is_decimal, Decimal, t.Numeric()),
    (pa.types.is_date, date, t.Date()),
    (pa.types.is_timestamp, datetime, t.DateTime()),
]


def declared(service: SQLAlchemy) -> dict[str, Declared]:
    """Return the tables with the keys that the dialect tells of."""
    with service.connected() as connection:
        inspector, schema = inspect(connection), service.schema_
        return {name: _declared(inspector, name, schema) for name in inspector.get_table_names(schema)}


def _declared(inspector: Inspector, table: str, schema: str | None) -> Declared:
    key = inspector.get_pk_constraint(table, schema)["constrained_columns"]
    found = [each for each in inspector.get_foreign_keys(table, schema) if each["referred_schema"] in (None, schema)]
    references = [
        Reference(tuple(each["constrained_columns"]), each["referred_table"], tuple(each["referred_columns"]))
        for each in found
        if each["referred_columns"]  # SQLite leaves out what the other table's key is
    ]
    return Declared(tuple(key), tuple(references))
