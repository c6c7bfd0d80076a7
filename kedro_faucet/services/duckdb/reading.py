"""Rows out of a DuckDB file, in the types that tables keep on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.arrow import arrow_type, as_text, exactly, misfit, refuse_unknown, word
from kedro_faucet.services.database import Selection

if TYPE_CHECKING:
    from kedro_faucet.services.duckdb.service import DuckDB

_AS = {
    "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20,0)",
    "HUGEINT": "DECIMAL(38,0)", "UHUGEINT": "DECIMAL(38,0)", "TIMESTAMP_S": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP",
}  # fmt: skip
_KEPT = {
    "VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "BOOLEAN", "BLOB", "DATE", "TIMESTAMP",
}  # fmt: skip


def schema_of(service: DuckDB, selection: Selection) -> pa.Schema:
    """Return the columns of a selection.

    Raises:
        ResourceError: if there is no such table, or a column is none that tables keep.
    """
    columns = [service.quoted(name) for name in selection.select] or ["*"]
    with service.connected(selection.table) as connection:
        found = connection.execute(f"describe {service.text(selection, columns)}").fetchall()
        refuse_unknown(selection.columns, [name for name, *_ in found])
        texts = [asked(service.quoted(name), kind, selection.columns.get(name), name) for name, kind, *_ in found]
        named = [f"{text} as {service.quoted(name)}" for text, (name, *_) in zip(texts, found, strict=True)]
        known = connection.sql(f"{service.text(selection, named)} limit 0").to_arrow_reader(1).schema
    return pa.schema([_field(field, text, selection) for field, text in zip(known, texts, strict=True)])


def asked(sql: str, kind: str, declared: str | None = None, name: str = "") -> str:
    """Return the SQL that asks for a value of a column, in a type that tables keep."""
    if declared and declared != kind:
        return f"cast({sql} as varchar)"
    if kind.endswith("[]"):
        inner = asked("x", kind[:-2], None, name)
        return sql if inner == "x" else f"list_transform({sql}, lambda x: {inner})"
    if kind in _KEPT or kind.startswith(("DECIMAL", "STRUCT(", "MAP(")):
        return sql
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({sql}))"
    if kind == "TIMESTAMP_NS":
        # A cast would cut what is less than a microsecond.
        return _or_misfit(sql, "TIMESTAMP", name, f"epoch_ns({sql}) % 1000 = 0")
    if kind in ("HUGEINT", "UHUGEINT"):
        return _or_misfit(sql, _AS[kind], name, f"try_cast({sql} as {_AS[kind]}) is not null")
    return f"cast({sql} as {_AS.get(kind, 'varchar')})"


def _or_misfit(sql: str, kind: str, name: str, fits: str) -> str:
    """Return the SQL of a value in a type, or an error where it does not fit."""
    before, after = (part.replace("'", "''") for part in str(misfit(name, "\0", kind)).rstrip(".").split("\0"))
    failed = f"error('{before}' || {sql}::varchar || '{after}')"
    return f"case when {sql} is null or {fits} then {sql}::{kind} else {failed} end"


def _field(field: pa.Field, sql: str, selection: Selection) -> pa.Field:
    wanted = selection.columns.get(field.name)
    kind = arrow_type(wanted) if wanted else _plain(field.type)
    others = [each for each in _leaves(kind) if not pa.types.is_decimal(each) and word(each) not in _KEPT]
    if others:
        raise ResourceError(
            f"The column '{field.name}' has values of {word(others[0])}, which tables do not keep: "
            f"{as_text(field.name)}"
        )
    return pa.field(field.name, kind, metadata={"sql": sql})


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _leaves(kind: pa.DataType) -> Iterator[pa.DataType]:
    """Return the types of the values in a nested type."""
    if not pa.types.is_nested(kind):
        yield kind
    for number in range(kind.num_fields):
        yield from _leaves(kind.field(number).type)


def batches(
    service: DuckDB, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Stream rows: the query runs when the first is asked for, and ends when nobody asks for more."""
    columns = [f"{field.metadata[b'sql'].decode()} as {service.quoted(field.name)}" for field in wanted]
    with service.connected(selection.table) as connection:
        for batch in connection.sql(service.text(selection, columns, conditions)).to_arrow_reader(20_000):
            pairs = zip(batch.columns, wanted, strict=True)
            yield pa.record_batch([exactly(field.name, values, field.type) for values, field in pairs], schema=wanted)


def condition(field: pa.Field, sign: str, value: Any) -> str | None:
    """Return a comparison in SQL: DuckDB there means what DuckDB means here, of columns that come as they are.

    >>> condition(pa.field("day", pa.date32(), metadata={"sql": '"day"'}), ">=", date(2024, 1, 31))
    '"day" >= date \\'2024-01-31\\''
    """
    sql = field.metadata[b"sql"].decode()
    if sign.startswith("is "):
        return f"{sql} {sign}"
    write = next((write for kind, write in _WRITERS.items() if isinstance(value, kind)), None)
    return f"{sql} {sign} {write(value)}" if write and sql.startswith(_PLAIN) else None


# A column as it is, or a time of UTC.
_PLAIN = ('"', "make_timestamp(")
_WRITERS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: str(value).lower(),
    int: str,
    Decimal: lambda value: f"{value:f}",
    str: lambda value: "'" + value.replace("'", "''") + "'",
    datetime: lambda value: f"timestamp '{value.isoformat(sep=' ')}'",
    date: lambda value: f"date '{value.isoformat()}'",
}
