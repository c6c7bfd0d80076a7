"""Small tables of nasty values, each type among them, and what a column of theirs is to the fuzz; random frames."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import corpus
import pyarrow as pa

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table

FAMILIES = {
    "t": {
        "id": "i", "i": "i", "b": "i", "f": "f", "m": "m", "s": "s", "d": "d", "ts": "t", "o": "o", "g": "s",
        "ns": "s", "ds": "s", "x": "f", "chr": "s",
    },
    "u": {"k": "s", "v": "i"},
    "n": {
        "id": "i", "ti": "i", "si": "i", "big": "i", "m0": "m", "m10": "m", "m37": "w", "f": "f", "s": "s", "d": "d",
        "ts": "t", "o": "o",
    },
    "e": {"id": "i", "m": "m", "f": "f", "s": "s", "d": "d", "ts": "t", "o": "o"},
}  # fmt: skip
"""The tables' columns, in their order, each with the letter of its family.

Decimals of many digits after the point have a letter of their own: beside others they need more than 38 digits.
"""

KEYS = {"t": "id", "u": "v", "n": "id", "e": "id"}
"""By the name of each table, the column that tells its rows apart."""

_NASTY = pa.schema([
    ("id", pa.int64()), ("ti", pa.int8()), ("si", pa.int16()), ("big", pa.int64()), ("m0", pa.decimal128(18, 0)),
    ("m10", pa.decimal128(38, 10)), ("m37", pa.decimal128(38, 37)), ("f", pa.float64()), ("s", pa.string()),
    ("d", pa.date32()), ("ts", pa.timestamp("us")), ("o", pa.bool_()),
])  # fmt: skip
_EMPTY = pa.schema([
    ("id", pa.int64()), ("m", pa.decimal128(10, 2)), ("f", pa.float64()), ("s", pa.string()), ("d", pa.date32()),
    ("ts", pa.timestamp("us")), ("o", pa.bool_()),
])  # fmt: skip
_ROWS: list[tuple[Any, ...]] = [
    (1, 127, -32768, 2**63 - 1, "9" * 18, "1234567890123456789012345678.0123456789", "1.5", 1e300, "a\r\nb",
     date(1, 1, 1), datetime(1, 1, 1), True),
    (2, -128, 32767, -(2**63) + 1, "-" + "9" * 18, "-0.0000000001", "-9." + "9" * 37, -1e300, "\u00a0\u3000 é\u0301",
     date(9999, 12, 31), datetime(9999, 12, 31, 23, 59, 59, 999999), False),
    (3, 0, 0, 0, "0", "0", "0", -0.0, "", date(2000, 2, 29), datetime(2000, 2, 29, 23, 59, 59), None),
    (4, None, None, None, None, None, None, None, None, None, None, None),
    (5, 1, 7, 2**53 + 1, "7", "0.1", "0." + "0" * 36 + "1", math.nan, "$1,200.50 \\1 {x} %d", date(1900, 2, 28),
     datetime(1969, 12, 31, 23, 59, 59, 999999), True),
    (6, -1, -7, -1, "-7", "-0.1", "0.1", -math.inf, "ı İ ß ŉ 🦆 " * 40, date(1582, 10, 15),
     datetime(2024, 3, 31, 2, 30), False),
    (7, 7, 7, 7, "7", "7", "7", 7.0, "7", date(2013, 1, 31), datetime(2013, 1, 31), True),
]  # fmt: skip


def tables(engine: Engine) -> dict[str, Table]:
    """The corpus's tables, one of the widest and narrowest types (``n``), and one without rows (``e``)."""
    arrays = [pa.array([_value(row[place], field.type) for row in _ROWS], field.type)
              for place, field in enumerate(_NASTY)]  # fmt: skip
    given = {"n": pa.table(arrays, _NASTY), "e": _EMPTY.empty_table()}
    return corpus.tables(engine) | {name: engine.from_frame(table) for name, table in given.items()}


def _value(value: Any, kind: pa.DataType) -> Any:
    return Decimal(value) if value is not None and pa.types.is_decimal(kind) else value


TYPES: list[tuple[pa.DataType, list[Any]]] = [
    (pa.int8(), [-128, 127, 0]),
    (pa.int16(), [-32768, 32767, 1]),
    (pa.int32(), [-(2**31), 2**31 - 1, 0]),
    (pa.int64(), [-(2**63), 2**63 - 1, 2**53 + 1]),
    (pa.uint8(), [0, 255]),
    (pa.uint32(), [0, 2**32 - 1]),
    (pa.float32(), [0.1, -0.0, math.inf, math.nan, 16777216.0]),
    (pa.float64(), [0.1, -0.0, -math.inf, math.nan, 1e300, 5e-324]),
    (pa.decimal128(10, 2), [Decimal("1.50"), Decimal("-99999999.99"), Decimal("0.00")]),
    (pa.decimal128(38, 0), [Decimal("9" * 38), Decimal("-" + "9" * 38)]),
    (pa.decimal128(38, 38), [Decimal("0." + "9" * 38), Decimal("0E-38")]),
    (pa.string(), ["", "é", "🦆", "a\r\nb", '"', " x ", "\u2028", "NULL", "x" * 5000, "2013-01-31", "007", "\\N"]),
    (pa.bool_(), [True, False]),
    (pa.date32(), [date(1, 1, 1), date(9999, 12, 31), date(2012, 2, 29), date(1582, 10, 10)]),
    (pa.timestamp("us"), [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(1969, 12, 31)]),
    (pa.timestamp("ms"), [datetime(2013, 1, 31, 10, 20, 30, 123000)]),
    (pa.timestamp("us", "Europe/Berlin"), [datetime(2013, 3, 31, 1, 30, tzinfo=UTC)]),
    (pa.dictionary(pa.int32(), pa.string()), ["a", "b", ""]),
    (pa.list_(pa.int64()), [[], [1, None, 3], [2**63 - 1]]),
    (pa.list_(pa.string()), [["", "é"], [None]]),
    (pa.struct([("a", pa.int32()), ("b c", pa.string())]), [{"a": 1, "b c": "é"}, {"a": None, "b c": None}]),
    (pa.map_(pa.string(), pa.int64()), [[("k", 1), ("é", None)], []]),
    (pa.null(), [None]),
]  # fmt: skip
_NAMES = ["id", "Name", "é", "select", "x1", "_", "Über", "UPPER", "n_1"]


def frame(chance: random.Random) -> pa.Table:
    """Return a frame of one to five columns; some have no rows, most have NULLs."""
    count = chance.choice([0, 1, 4, 4, 4])
    columns = {name: _column(chance, count) for name in chance.sample(_NAMES, chance.randint(1, 5))}
    return pa.table(columns)


def _column(chance: random.Random, count: int) -> pa.Array:
    kind, values = chance.choice(TYPES)
    return pa.array([chance.choice([*values, None]) for _ in range(count)], kind)
