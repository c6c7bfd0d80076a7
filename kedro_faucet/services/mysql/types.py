"""The types of MySQL and MariaDB: what each column is here, and how it is asked for; what is stored as what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.arrow import arrow_type, word
from kedro_faucet.services.sql.names import whole

_UNSIGNED, _ENUM, _SET, _BINARY = 32, 256, 2048, 63
_DECIMALS, _TINY, _FLOAT, _DOUBLE, _TIMESTAMP, _DATE, _DATETIME, _YEAR = {0, 246}, 1, 4, 5, 7, 10, 12, 13
_BIT, _GEOMETRY, _TEXTS = 16, 255, {15, 249, 250, 251, 252, 253, 254}
# The numbers of the protocol, each with the types of signed and unsigned values.
_WHOLE = {
    _TINY: (pa.int8(), pa.int16()), 2: (pa.int16(), pa.int32()), 9: (pa.int32(), pa.int32()),
    3: (pa.int32(), pa.int64()), 8: (pa.int64(), pa.decimal128(20, 0)),
}  # fmt: skip


class Column(NamedTuple):
    """A column as the server describes it, in the protocol's numbers."""

    name: str
    type: int
    flags: int = 0
    charset: int = 0
    length: int = 0
    scale: int = 0


def quoted(name: str) -> str:
    """Return a name in backticks.

    >>> quoted("a`b")
    '`a``b`'

    Raises:
        ResourceError: if it is longer than the server takes.
    """
    return "`" + whole(name, "mysql").replace("`", "``") + "`"


def field_of(column: Column, declared: Mapping[str, str]) -> pa.Field:
    """Return a column as it is here; its metadata has the SQL that asks for it, and which its own type is.

    >>> field = field_of(Column("price", 246, length=12, scale=2), {})
    >>> field.type, field.metadata[b"sql"]
    (Decimal128Type(decimal128(10, 2)), b'cast(`price` as char)')

    Raises:
        ResourceError: if it is a number of more digits than tables keep.
    """
    wanted = declared.get(column.name)
    sql, kind = _as_text(column) if wanted else _asked(column)
    metadata = {"sql": sql, "own": "" if wanted else str(column.type)}
    return pa.field(column.name, arrow_type(wanted) if wanted else kind, metadata=metadata)


def _asked(column: Column) -> tuple[str, pa.DataType]:
    """Return the SQL that asks for a column, and its type: what the driver might change is asked for as text."""
    name, is_unsigned = quoted(column.name), bool(column.flags & _UNSIGNED)
    if column.type == _TINY and column.length == 1:
        return name, pa.bool_()
    if whole := _WHOLE.get(column.type):
        return (f"cast({name} as char)" if column.type == 8 and is_unsigned else name), whole[is_unsigned]
    if column.type in _DECIMALS:
        return f"cast({name} as char)", decimal(column)
    if column.type == _BIT:
        bits = f"lpad(bin({name} + 0), {column.length}, '0')"
        return (f"cast({name} + 0 as signed)", pa.bool_()) if column.length == 1 else (bits, pa.string())
    if column.type in _TEXTS and not column.flags & (_ENUM | _SET):
        return name, pa.binary() if column.charset == _BINARY else pa.string()
    ask = _OTHERS.get(column.type)
    return ask(name) if ask else (f"cast({name} as char)", pa.string())


_OTHERS: dict[int, Callable[[str], tuple[str, pa.DataType]]] = {
    _FLOAT: lambda name: (name, pa.float32()),
    _DOUBLE: lambda name: (name, pa.float64()),
    _DATE: lambda name: (f"cast({name} as char)", pa.date32()),
    _DATETIME: lambda name: (f"cast({name} as char)", pa.timestamp("us")),
    _TIMESTAMP: lambda name: (f"cast({utc(name)} as char)", pa.timestamp("us")),
    _YEAR: lambda name: (f"cast({name} + 0 as signed)", pa.int32()),
    _GEOMETRY: lambda name: (f"st_astext({name})", pa.string()),
}


def utc(name: str) -> str:
    """Return SQL for a TIMESTAMP as a time of UTC, whichever the zone of the session is; a zero one stays such."""
    moment = f"timestampadd(microsecond, unix_timestamp({name}) * 1000000, '1970-01-01 00:00:00.000000')"
    return f"case when {name} = 0 then '0000-00-00' else {moment} end"


def _as_text(column: Column) -> tuple[str, pa.DataType]:
    """Return the SQL that asks for a column's text."""
    name = quoted(column.name)
    if column.type in _TEXTS and column.charset == _BINARY and not column.flags & (_ENUM | _SET):
        return f"hex({name})", pa.string()
    if column.type == _FLOAT:
        # Its own text has six digits.
        return f"cast({name} + 0e0 as char)", pa.string()
    if column.type in (_BIT, _GEOMETRY, _TIMESTAMP):
        return f"cast({_asked(column)[0]} as char)", pa.string()
    return f"cast({name} as char)", pa.string()


def decimal(column: Column) -> pa.DataType:
    """Return the decimal that a column of so many digits is.

    Raises:
        ResourceError: if it has more than 38.
    """
    digits = column.length - (column.scale > 0) - (not column.flags & _UNSIGNED)
    if digits <= 38:
        return pa.decimal128(digits, column.scale)
    raise ResourceError(
        f"The column '{column.name}' is decimal({digits},{column.scale}), and a table's has at most 38 digits: say "
        f"which it has, as in load_args: columns: {{{column.name}: DECIMAL(38,{min(column.scale, 10)})}}, or cast it "
        "in query:."
    )


_STORED = {
    "BOOLEAN": "tinyint(1)", "TINYINT": "tinyint(4)", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint",
    "FLOAT": "float", "DOUBLE": "double", "BLOB": "longblob", "DATE": "date", "TIMESTAMP": "datetime(6)",
}  # fmt: skip


def stored(field: pa.Field, collation: str, *, is_key: bool) -> str:
    """Return the server's words for a column that is made: texts are compared letter by letter.

    >>> stored(pa.field("name", pa.string()), "utf8mb4_bin", is_key=True)
    'varchar(255) character set utf8mb4 collate utf8mb4_bin'

    Raises:
        ResourceError: if it has none.
    """
    kind = word(field.type)
    if pa.types.is_decimal(field.type):
        return kind.lower()
    if kind in ("VARCHAR", "LARGE_STRING"):
        return f"{'varchar(255)' if is_key else 'longtext'} character set utf8mb4 collate {collation}"
    if kind not in _STORED:
        raise ResourceError(
            f"The column '{field.name}' is {kind}, which MySQL has no columns of: make it a text, as by "
            f"to_json({field.name}), or several columns, in a SQL node."
        )
    return "varbinary(255)" if kind == "BLOB" and is_key else _STORED[kind]
