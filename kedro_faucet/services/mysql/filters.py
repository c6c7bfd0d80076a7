"""Comparisons in MySQL's SQL that hold of the very rows of which they do here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

_TIMESTAMP = b"7"
_DAY = timedelta(days=1)


def condition(field: pa.Field, sign: str, value: Any) -> str | None:
    """Return a comparison in SQL; none of a column that is declared here, or whose values are computed.

    >>> condition(pa.field("n", pa.int64(), metadata={"sql": "`n`", "own": "8"}), ">=", 5)
    '`n` >= 5'
    """
    name = "`" + field.name.replace("`", "``") + "`"
    if sign.startswith("is "):
        return f"{name} {sign}"
    own = field.metadata[b"own"]
    if own == _TIMESTAMP and isinstance(value, datetime):
        return _moment(name, sign, value)
    if isinstance(value, str) and pa.types.is_string(field.type) and field.metadata[b"sql"].decode() == name:
        return _text(name, sign, value)
    literal = _literal(field.type, value) if own else None
    return f"{name} {sign} {literal}" if literal else None


def _text(name: str, sign: str, value: str) -> str:
    """Compare letter by letter, and by an index that does not tell all letters apart where there is one."""
    literal = f"_utf8mb4 x'{value.encode().hex()}'"
    exact = f"binary convert({name} using utf8mb4) {sign} binary {literal}"
    return f"({name} = {literal} and {exact})" if sign == "=" and value else exact


def _moment(name: str, sign: str, value: datetime) -> str:
    """Compare times of UTC, whichever the zone of the session is: an index finds those of the days around."""
    seconds = _seconds(value)
    exact = f"unix_timestamp({name}) {sign} {seconds}"
    return f"({name} >= from_unixtime({_seconds(value - _DAY)}) and {exact})" if sign in (">", ">=", "=") else exact


def _seconds(value: datetime) -> str:
    micros = (value.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{Decimal(micros).scaleb(-6):f}"


def _literal(kind: pa.DataType, value: Any) -> str | None:
    if isinstance(value, bool):
        return str(int(value)) if pa.types.is_boolean(kind) else None
    if isinstance(value, int) and pa.types.is_integer(kind):
        return str(value)
    if isinstance(value, Decimal) and pa.types.is_decimal(kind):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"'{value.isoformat(sep=' ', timespec='microseconds')}'" if pa.types.is_timestamp(kind) else None
    if isinstance(value, date) and pa.types.is_date(kind):
        return f"'{value.isoformat()}'"
    return None
