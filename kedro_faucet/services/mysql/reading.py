"""Rows out of MySQL: described by PyMySQL, streamed by ConnectorX, which is ten times as fast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa

from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.services.arrow import as_text, exactly, refuse_unknown
from kedro_faucet.services.database import Selection
from kedro_faucet.services.mysql.errors import telling
from kedro_faucet.services.mysql.tls import for_connectorx
from kedro_faucet.services.mysql.types import Column, field_of, quoted
from kedro_faucet.services.sql.ahead import ahead

if TYPE_CHECKING:
    from kedro_faucet.services.mysql.service import MySQL

_BATCH = 20_000


def schema_of(service: MySQL, selection: Selection) -> pa.Schema:
    """Return the columns of a selection.

    Raises:
        ResourceError: if there is no such table, or a column is none that tables keep.
    """
    columns = [quoted(name) for name in selection.select] or ["*"]
    with service.connected(selection.table) as connection:
        found = _prepared(connection, service.text(selection, columns))
    refuse_unknown(selection.columns, [column.name for column in found])
    return pa.schema([field_of(column, selection.columns) for column in found])


def _prepared(connection: Any, text: str) -> list[Column]:
    """Return the columns of a query that does not run: the server describes what it has prepared."""
    from pymysql.constants import COMMAND
    from pymysql.protocol import FieldDescriptorPacket

    connection._execute_command(COMMAND.COM_STMT_PREPARE, text)
    answer = connection._read_packet()
    answer.advance(_BEFORE_COUNT)
    return _columns([connection._read_packet(FieldDescriptorPacket) for _ in range(answer.read_uint16())])


_BEFORE_COUNT = 5
"""Bytes of a prepared statement's answer before the number of its columns."""


def described(cursor: Any) -> list[Column]:
    """Return the columns of a query that has run: PyMySQL's public description lacks their flags and letters."""
    return _columns(cursor._result.fields)


def _columns(fields: Any) -> list[Column]:
    return [Column(each.name, each.type_code, each.flags, each.charsetnr, each.length, each.scale) for each in fields]


def batches(
    service: MySQL, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Stream rows: the query runs when the first is asked for, and ends when nobody asks for more."""
    import connectorx

    mark, is_done = f"kf-{uuid4().hex}", False
    columns = [f"{field.metadata[b'sql'].decode()} as {quoted(field.name)}" for field in wanted]
    text = f"/* {mark} */ {service.text(selection, columns, conditions)}"
    with telling(service, selection.table):
        try:
            rows = connectorx.read_sql(_address(service), text, return_type="arrow_stream", batch_size=_BATCH)
            # It reads on, whether or not anybody takes the rows.
            for batch in ahead(rows):
                yield _typed(batch, wanted)
            is_done = True
        finally:
            if not is_done:
                _end(service, mark)


def _address(service: MySQL) -> str:
    """Return what ConnectorX connects with; a server that need not encrypt is asked once whether it does."""
    from pymysql.constants import CLIENT

    place = service.host, service.port
    if service.ssl_mode == "preferred" and place not in _offers:
        with service.connected() as connection:
            _offers[place] = bool(connection.server_capabilities & CLIENT.SSL)
    said = for_connectorx(service.ssl_mode, service.ssl_ca, is_offered=_offers.get(place, True))
    return f"{service.address()}?max_allowed_packet={_LONGEST}&{said}"


_LONGEST = 1 << 30  # bytes of a value: it would take the limit of what a server receives, which may send more
_offers: dict[tuple[str, int], bool] = {}


def _end(service: MySQL, mark: str) -> None:
    """End a query that nobody wants any more."""
    text = "select id from information_schema.processlist where info like %s and id <> connection_id()"
    with suppress(ResourceError):
        for (number,) in service.rows(text, [f"%{mark}%"]):
            service.rows(f"kill {number}")


def _typed(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch([_column(field, values) for values, field in zip(batch, wanted, strict=True)], schema=wanted)


def _column(field: pa.Field, values: pa.Array) -> pa.Array:
    is_truth = pa.types.is_boolean(field.type) and pa.types.is_integer(values.type)
    if is_truth and (others := set(values.unique().to_pylist()) - {0, 1, None}):
        raise DataError(
            f"The column '{field.name}' is tinyint(1), a truth, and holds {others.pop()}: say what it is, "
            f"load_args: columns: {{{field.name}: TINYINT}}, or {as_text(field.name)}"
        )
    return exactly(field.name, values, field.type)
