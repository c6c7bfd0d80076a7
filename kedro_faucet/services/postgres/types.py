"""PostgreSQL's types: what each column is here, and how it is asked for; what is stored as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.arrow import arrow_type, word
from kedro_faucet.services.sql.names import whole

_NUMERIC, _MONEY, _OID, _ZONED = 1700, 790, 26, 1184
# The numbers of PostgreSQL's own types are the same in each of its databases.
_KEPT = {
    16: pa.bool_(), 17: pa.binary(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 25: pa.string(),
    700: pa.float32(), 701: pa.float64(), 1043: pa.string(), 1082: pa.date32(), 1114: pa.timestamp("us"),
    _ZONED: pa.timestamp("us"),
}  # fmt: skip


class Column(NamedTuple):
    """A column as PostgreSQL describes it: of an array, the type is that of what is in it."""

    name: str
    oid: int
    modifier: int
    is_array: bool = False


def is_plain(column: Column) -> bool:
    """Tell whether a column is of a type that has a number of its own here, and none of others in it.

    >>> is_plain(Column("n", 23, -1)), is_plain(Column("numbers", 1007, -1))
    (True, False)
    """
    return column.oid in _KEPT or column.oid in (_NUMERIC, _MONEY, _OID)


def quoted(name: str) -> str:
    """Return a name in double quotes.

    >>> quoted('a"b')
    '"a""b"'

    Raises:
        ResourceError: if the server would cut it.
    """
    return '"' + whole(name, "postgresql").replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text as the server's SQL has it.

    >>> literal("it's")
    "'it''s'"
    """
    said = "'" + value.replace("'", "''") + "'"
    return f" E{said}".replace("\\", "\\\\") if "\\" in value else said


def field_of(column: Column, declared: Mapping[str, str]) -> pa.Field:
    """Return a column as it is here; its metadata has the SQL that asks for it.

    >>> field = field_of(Column("price", 1700, 655366), {})
    >>> field.type, field.metadata[b"sql"]
    (Decimal128Type(decimal128(10, 2)), b'"price"')

    Raises:
        ResourceError: if it is a number without bounds, and nothing says which.
    """
    wanted = declared.get(column.name)
    sql, kind = _asked(column, wanted)
    kind = arrow_type(wanted) if wanted else kind
    said = {"sql": sql, "zoned": str(int(column.oid == _ZONED and not column.is_array))}
    return pa.field(column.name, kind, metadata=said)


def _asked(column: Column, wanted: str | None) -> tuple[str, pa.DataType]:
    """Return the SQL that asks for a column, and the type that comes."""
    name = quoted(column.name)
    if wanted == "VARCHAR":
        return f"{name}::text", pa.string()
    if column.is_array:
        return _array(column)
    if column.oid == _NUMERIC:
        return name, pa.string() if wanted else decimal(column)
    if column.oid == _MONEY:
        return f"{name}::numeric", pa.decimal128(19, 2)
    if column.oid == _OID:
        return f"{name}::int8", pa.int64()
    kept = _KEPT.get(column.oid)
    # Any other type has a text that says all of it: bits, addresses, ranges, points, times of day, documents …
    return (name, kept) if kept else (f"{name}::text", pa.string())


def _array(column: Column) -> tuple[str, pa.DataType]:
    """Ask for an array: one of several dimensions would come as a flat one, so the server is made to refuse it."""
    kind = decimal(column) if column.oid == _NUMERIC else _KEPT.get(column.oid)
    name = quoted(column.name) if kind else f"{quoted(column.name)}::text[]"
    said = literal(f"The column '{column.name}' holds ")
    made = f"({said} || {quoted(column.name)}::text)::{_ARRAYS.get(column.oid, 'text')}[]"
    sql = f"case when array_ndims({name}) > 1 then {made} else {name} end"
    return sql, pa.list_(kind or pa.string())


_ARRAYS = {
    16: "bool", 17: "bytea", 20: "int8", 21: "int2", 23: "int4", 25: "text", 700: "float4", 701: "float8",
    1043: "varchar", 1082: "date", 1114: "timestamp", _ZONED: "timestamptz", _NUMERIC: "numeric",
}  # fmt: skip


def decimal(column: Column) -> pa.DataType:
    """Return the decimal that a numeric of so many digits is.

    Raises:
        ResourceError: if it says no number of digits, or more than 38.
    """
    digits, scale = ((column.modifier - 4) >> 16) & 0xFFFF, ((column.modifier - 4) & 0x7FF ^ 1024) - 1024
    if column.modifier >= 4 and max(digits, digits - scale) <= 38 and scale <= 38:
        return pa.decimal128(max(digits - min(scale, 0), scale), max(scale, 0))
    name = "numeric[]" if column.is_array else "numeric"
    kind = f"{name} without a precision" if column.modifier < 4 else f"{name} of ({digits},{scale})"
    advice = (
        f"{column.name}: VARCHAR}} for its text" if column.is_array else f"{column.name}: DECIMAL(18,4)}} or VARCHAR"
    )
    raise ResourceError(
        f"The column '{column.name}' is {kind}, and a table's has at most 38 digits: "
        f"say which it has, as in load_args: columns: {{{advice}, or cast it in query:."
    )


_STORED = {
    pa.bool_(): "boolean", pa.int8(): "smallint", pa.int16(): "smallint", pa.int32(): "integer",
    pa.int64(): "bigint", pa.float32(): "real", pa.float64(): "double precision", pa.string(): "text",
    pa.large_string(): "text", pa.binary(): "bytea", pa.date32(): "date",
    pa.timestamp("us"): "timestamp without time zone",
}  # fmt: skip


def stored(name: str, kind: pa.DataType) -> str:
    """Return PostgreSQL's words for the type of a column that is made, as ``format_type`` gives them.

    >>> stored("tags", pa.list_(pa.string())), stored("price", pa.decimal128(10, 2))
    ('text[]', 'numeric(10,2)')

    Raises:
        ResourceError: if it has none.
    """
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    if pa.types.is_list(kind) and not pa.types.is_nested(kind.value_type):
        return f"{stored(name, kind.value_type)}[]"
    if kind not in _STORED:
        raise ResourceError(
            f"The column '{name}' is {word(kind)}, which PostgreSQL has no columns of: make it a text, as by "
            f"to_json({quoted(name)}), or several columns, in a SQL node."
        )
    return _STORED[kind]
