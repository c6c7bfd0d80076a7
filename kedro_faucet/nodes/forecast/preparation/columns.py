"""The columns of a panel: what they are called, and what they may hold."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean

_WORDS = {
    pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.string(): "VARCHAR",
    pa.uint8(): "SMALLINT", pa.uint16(): "INTEGER", pa.uint32(): "BIGINT", pa.uint64(): "BIGINT",
    pa.large_string(): "VARCHAR", pa.string_view(): "VARCHAR", pa.date32(): "DATE", pa.bool_(): "BOOLEAN",
    pa.float32(): "FLOAT", pa.float64(): "DOUBLE",
}  # fmt: skip
_ARGUMENTS = "unique_id, ds, y and the features"
_ARROW = {
    "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "VARCHAR": pa.string(),
    "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "DOUBLE": pa.float64(),
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """What the columns of a panel are called, by default as in Nixtla's libraries.

    >>> Columns(unique_id="origin", ds="day", y="departures").names
    ['origin', 'day', 'departures']

    Args:
        unique_id: which series a row belongs to.
        ds: its time.
        y: its value.
        features: what is known ahead, such as holidays.
    """

    unique_id: str = "unique_id"
    ds: str = "ds"
    y: str = "y"
    features: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [self.unique_id, self.ds, self.y, *self.features]


def check_columns(schema: pa.Schema, columns: Columns) -> None:
    """Refuse a table that lacks a column of the panel, or has one of a type that cannot be meant.

    >>> check_columns(pa.schema({"unique_id": pa.string(), "date": pa.date32(), "y": pa.int64()}), Columns())
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The panel has no column 'ds': it has unique_id, date, y. Say which with ds=.

    Raises:
        DataError: naming the column, and what to do.
        ConfigError: if a column is to be two things at once.
    """
    arguments = ["unique_id", "ds", "y", *(["features"] * len(columns.features))]
    for name, argument in zip(columns.names, arguments, strict=True):
        if schema.get_field_index(name) < 0:
            raise DataError(
                f"The panel has no column '{name}': it has {', '.join(schema.names)}."
                f"{did_you_mean(name, schema.names)} Say which with {argument}=."
            )
        fault = _fault(argument, schema.field(name).type)
        if fault:
            raise DataError(f"The column '{name}' is of type {word(schema.field(name).type)}: {fault}.")
    for name in columns.names:
        if columns.names.count(name) > 1:
            raise ConfigError(f"The column '{name}' is asked for twice: give each of {_ARGUMENTS} a column of its own.")


def word(kind: pa.DataType) -> str:
    """Return a type in DuckDB's words.

    >>> word(pa.timestamp("ns")), word(pa.decimal128(9, 2))
    ('TIMESTAMP', 'DECIMAL(9,2)')
    """
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _WORDS.get(kind, str(kind).upper())


def arrow_type(kind: str) -> pa.DataType:
    """Return Arrow's type for one of DuckDB's words.

    >>> arrow_type("DATE")
    DataType(date32[day])
    """
    return _ARROW[kind]


def _fault(argument: str, kind: pa.DataType) -> str:
    types = pa.types
    whole = types.is_integer(kind)
    number = whole or types.is_floating(kind) or types.is_decimal(kind)
    if argument == "unique_id":
        return (
            ""
            if word(kind) in _ARROW and not types.is_floating(kind)
            else "a series is named by a text or an integer; cast it to VARCHAR"
        )
    if argument == "ds":
        timed = whole or types.is_date(kind) or types.is_timestamp(kind)
        return "" if timed else "times are a DATE, a TIMESTAMP or integers; cast it"
    if argument == "y":
        return "" if number else "what is forecast is a number; cast it to DOUBLE, or count it"
    return "" if number or types.is_boolean(kind) else "a feature is a number; cast it to DOUBLE"
