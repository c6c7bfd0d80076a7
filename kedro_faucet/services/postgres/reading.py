"""Rows out of PostgreSQL: described by the server, streamed by ADBC in the types that they have here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.services.arrow import exactly, refuse_twins, refuse_unknown
from kedro_faucet.services.database import Selection
from kedro_faucet.services.postgres.errors import telling
from kedro_faucet.services.postgres.types import Column, field_of, is_plain, quoted

if TYPE_CHECKING:
    import psycopg

    from kedro_faucet.services.postgres.service import Postgres

_BATCH_BYTES = 4 << 20
TEXTS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
"""Settings by which the texts that a server makes of values are the same, whatever its own are."""


def settings(values: Mapping[str, str]) -> str:
    """Return the query that makes settings for one transaction.

    >>> settings({"TimeZone": "UTC"})
    "select set_config('TimeZone', 'UTC', true)"
    """
    return "select " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values.items())


# A query that writes is refused.
_READING = settings({**TEXTS, "transaction_read_only": "on"})


def schema_of(service: Postgres, selection: Selection) -> pa.Schema:
    """Return the columns of a selection.

    Raises:
        ResourceError: if there is no such table, or a column is none that tables keep.
    """
    columns = [quoted(name) for name in selection.select] or ["*"]
    with service.connected(selection.table) as connection:
        found = _described(connection, service.text(selection, columns))
    refuse_unknown(selection.columns, [column.name for column in found])
    refuse_twins([column.name for column in found])
    return pa.schema([field_of(column, selection.columns) for column in found])


def _described(connection: psycopg.Connection[Any], text: str) -> list[Column]:
    """Return the columns of a query, which does not run: of an array, with the type of what is in it."""
    from psycopg.errors import error_from_result
    from psycopg.generators import execute
    from psycopg.pq import ExecStatus

    # While libpq's own functions wait for the server, no other thread runs.
    connection.pgconn.send_prepare(b"", text.encode())
    [prepared] = connection.wait(execute(connection.pgconn))
    if prepared.status != ExecStatus.COMMAND_OK:
        raise error_from_result(prepared, "utf-8")
    connection.pgconn.send_describe_prepared(b"")
    [said] = connection.wait(execute(connection.pgconn))
    columns = [Column((said.fname(at) or b"").decode(), said.ftype(at), said.fmod(at)) for at in range(said.nfields)]
    others = [each.oid for each in columns if not is_plain(each)]
    arrays = {array: oid for oid, array in connection.execute(_ARRAYS, [others])} if others else {}
    return [each._replace(oid=arrays[each.oid], is_array=True) if each.oid in arrays else each for each in columns]


_ARRAYS = "select typelem, oid from pg_type where oid = any(%s) and typcategory = 'A' and typelem <> 0"


def batches(
    service: Postgres, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Stream rows: the query runs when the first is asked for, and ends when nobody asks for more."""
    import adbc_driver_postgresql.dbapi as adbc

    columns = [f"{field.metadata[b'sql'].decode()} as {quoted(field.name)}" for field in wanted]
    text = service.text(selection, columns, conditions)
    told, connect = telling(service, selection.table), adbc.connect
    with told, connect(service.conninfo()) as connection, connection.cursor() as cursor:
        for statement in _at(service):
            cursor.execute(statement)
        cursor.execute(_READING)
        cursor.fetchall()
        cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
        cursor.execute(text)
        for batch in cursor.fetch_record_batch():
            yield _typed(batch, wanted)


def _at(service: Postgres) -> list[str]:
    """Return the SQL that begins a transaction at the moment that a run holds."""
    if service._moment is None:
        return []
    return ["set transaction isolation level repeatable read", f"set transaction snapshot '{service._moment}'"]


def moment(service: Postgres) -> tuple[str, Callable[[], None]]:
    """Hold a moment by a transaction that stays open; return its name, and what ends it."""
    import psycopg

    with telling(service):
        connection = psycopg.connect(service.conninfo(application_name="kedro-faucet snapshot"))
        connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        [(name,)] = connection.execute("select pg_export_snapshot()")
    return name, connection.close


def _typed(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    pairs = zip(batch.columns, wanted, strict=True)
    return pa.record_batch([exactly(field.name, values, field.type) for values, field in pairs], schema=wanted)


_KEY = """
select a.attname, c.reltuples from pg_class c
join pg_index i on i.indrelid = c.oid and i.indisprimary and i.indnatts = 1
join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] and a.atttypid in (20, 21, 23)
where c.oid = to_regclass(%s)
"""
_LARGE = 100_000


def shares(service: Postgres, selection: Selection, count: int) -> list[list[str]]:
    """Return conditions on the primary key of a large table: one that stays while others write, so no row is missed."""
    with service.connected(selection.table) as connection:
        found = None if selection.query else connection.execute(_KEY, [service.named(selection.table)]).fetchone()
        if found is None or found[1] < _LARGE:
            return []
        name = quoted(found[0])
        [(low, high)] = connection.execute(f"select min({name}), max({name}) from {service.named(selection.table)}")
    return ranges(name, low or 0, high or 0, count)


def ranges(name: str, low: int, high: int, count: int) -> list[list[str]]:
    """Return conditions that part whole numbers; the first and the last take what lies outside.

    >>> ranges("id", 0, 99, 2)
    [['id < 50'], ['id >= 50']]
    """
    cuts = sorted({low + (high - low + 1) * number // count for number in range(1, count)} - {low})
    above, below = [f"{name} >= {cut}" for cut in cuts], [f"{name} < {cut}" for cut in cuts]
    return [[each for each in both if each] for both in zip(["", *above], [*below, ""], strict=True)]


_SIGNS = {"<", "<=", ">", ">="}


def condition(field: pa.Field, sign: str, value: Any) -> str | None:
    """Return a comparison in PostgreSQL's SQL that holds of the very rows of which it does here.

    >>> from kedro_faucet.services.postgres.types import Column, field_of
    >>> condition(field_of(Column("at", 1184, -1), {}), ">=", datetime(2024, 1, 31))
    '"at" >= timestamptz \\'2024-01-31T00:00:00+00\\''
    >>> condition(field_of(Column("name", 25, -1), {}), "<", "M")
    '"name" < \\'M\\' collate "C"'
    """
    sql = field.metadata[b"sql"].decode()
    if sign.startswith("is "):
        return f"{sql} {sign}"
    literal = _literal(field, value)
    if literal is None or sql.startswith("case "):
        return None
    # Here texts are ordered by their letters' numbers; there, by the rules of a language.
    return f"{sql} {sign} {literal}" + (' collate "C"' if isinstance(value, str) and sign in _SIGNS else "")


def _literal(field: pa.Field, value: Any) -> str | None:
    if field.metadata[b"zoned"] == b"1" and isinstance(value, datetime):
        return f"timestamptz '{value.isoformat()}+00'"
    writers = _WRITERS.items()
    return next((write(value) for kind, write in writers if isinstance(value, kind) and _fits(field.type, kind)), None)


def _fits(kind: pa.DataType, of: type) -> bool:
    """Tell whether a column compares with such a literal as it does there: not as a text is declared a number."""
    tests = {
        bool: pa.types.is_boolean, int: pa.types.is_integer, Decimal: pa.types.is_decimal, str: pa.types.is_string,
        datetime: pa.types.is_timestamp, date: pa.types.is_date,
    }  # fmt: skip
    return bool(tests[of](kind))


def _text(value: str) -> str | None:
    return None if "\0" in value or "\\" in value else "'" + value.replace("'", "''") + "'"


_WRITERS: dict[type, Callable[[Any], str | None]] = {
    bool: lambda value: str(value).lower(),
    int: str,
    Decimal: lambda value: f"{value:f}",
    str: _text,
    datetime: lambda value: f"timestamp '{value.isoformat()}'",
    date: lambda value: f"date '{value.isoformat()}'",
}
