"""Values of a database in the types that a column has here: exactly, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kedro_faucet.exceptions import DataError, ResourceError, shortened

_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "SMALLINT": pa.int16(),
    "TINYINT": pa.int8(),
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
_YEARS_1_TO_9999 = {"date32[day]": (-719162, 2932896), "timestamp[us]": (-62135596800000000, 253402300799999999)}


def arrow_type(kind: str) -> pa.DataType:
    """Return Arrow's type for DuckDB's word.

    >>> arrow_type("DECIMAL(10,2)"), arrow_type("BIGINT")
    (Decimal128Type(decimal128(10, 2)), DataType(int64))
    """
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _TYPES[kind]


def word(kind: pa.DataType) -> str:
    """Return DuckDB's word for Arrow's type.

    >>> word(pa.decimal128(10, 2)), word(pa.list_(pa.int32())), word(pa.timestamp("us"))
    ('DECIMAL(10,2)', 'INTEGER[]', 'TIMESTAMP')
    """
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_list(kind):
        return f"{word(kind.value_type)}[]"
    if pa.types.is_map(kind):
        return f"MAP({word(kind.key_type)}, {word(kind.item_type)})"
    if pa.types.is_struct(kind):
        quote = '"'
        fields = (f"{quote}{each.name.replace(quote, quote * 2)}{quote} {word(each.type)}" for each in kind)
        return f"STRUCT({', '.join(fields)})"
    return next((name for name, each in _TYPES.items() if each == kind), str(kind).upper())


def exactly(name: str, values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column's values in a type that holds each of them exactly.

    >>> exactly("price", pa.array(["1.5"]), pa.decimal128(4, 2)).to_pylist()
    [Decimal('1.50')]
    >>> exactly("price", pa.array(["1.5", "NaN"]), pa.decimal128(4, 2))
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The column 'price' holds NaN, which a DECIMAL(4,2) does not keep: ...

    Raises:
        DataError: naming the column and a value that does not fit.
    """
    values = _plain(values)
    if values.type != kind:
        try:
            values = values.cast(kind)
        except pa.ArrowException:
            raise misfit(name, _first(values, kind), word(kind)) from None
    refuse_other_ages(name, values, as_text(name))
    return values


def _plain(values: pa.Array) -> pa.Array:
    """Return an array without the names that a database's driver gives types which Arrow lacks."""
    if isinstance(values, pa.ExtensionArray):
        return values.storage
    if pa.types.is_list(values.type) and isinstance(values.type.value_type, pa.BaseExtensionType):
        return values.cast(pa.list_(values.type.value_type.storage_type))
    return values


def _first(values: pa.Array, kind: pa.DataType) -> Any:
    """Find, half by half, the first value that a type does not hold."""
    while len(values) > 1:
        half = len(values) // 2
        try:
            values.slice(0, half).cast(kind)
            values = values.slice(half)
        except pa.ArrowException:
            values = values.slice(0, half)
    return values[0]


def misfit(name: str, value: Any, kind: str) -> DataError:
    """Return the error for a value that a column's type does not hold."""
    return DataError(f"The column '{name}' holds {shortened(value)}, which a {kind} does not keep: {as_text(name)}")


def as_text(name: str) -> str:
    """Return the advice to read a column as the text that the database itself makes of it."""
    return f"read its text, load_args: columns: {{{name}: VARCHAR}}, or leave it out by select: or where:."


def refuse_other_ages(name: str, values: pa.Array, advice: str) -> None:
    """Refuse times that are infinite or of no year with four digits: not every part of a run has them.

    Raises:
        DataError: naming the column, with the advice.
    """
    if pa.types.is_list(values.type):
        return refuse_other_ages(name, values.flatten(), advice)
    if not (bounds := _YEARS_1_TO_9999.get(str(values.type))):
        return None
    numbers = values.view(pa.int32() if pa.types.is_date(values.type) else pa.int64())
    found = pc.min_max(numbers).as_py()
    if found["min"] is not None and (found["min"] < bounds[0] or found["max"] > bounds[1]):
        raise DataError(
            f"The column '{name}' holds a {word(values.type)} that is infinite, or outside of the years 1 to 9999: "
            f"{advice}"
        )
    return None


def tuples(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return rows as tuples of Python's values.

    >>> tuples(pa.table({"n": [1, 2], "s": ["a", None]}))
    [(1, 'a'), (2, None)]

    Raises:
        DataError: if a time is none of Python's.
    """
    try:
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    except (OverflowError, ValueError):
        for name, column in zip(table.column_names, table.columns, strict=True):
            refuse_other_ages(name, column.combine_chunks(), "cast it to VARCHAR in the SQL to see it.")
        raise


def refuse_unknown(columns: Iterable[str], known: Sequence[str], where: str = "columns") -> None:
    """Refuse a column that there is not, in one of the `load_args`.

    Raises:
        ResourceError: with the nearest name.
    """
    from kedro_faucet.exceptions import did_you_mean, listed

    for name in columns:
        if name not in known:
            raise ResourceError(
                f"load_args: {where}: there is no column '{name}'.{did_you_mean(name, known)} "
                f"The columns are: {listed(known, near=name)}."
            )


def refuse_twins(names: Sequence[str]) -> None:
    """Refuse columns that a table here cannot tell apart.

    Raises:
        ResourceError: if two names differ in their case at most.
    """
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.get(name.lower())) is not None:
            twins = f"There are two columns '{name}'"
            if other != name:
                twins = f"The columns '{other}' and '{name}' differ in their case at most"
            raise ResourceError(f"{twins}, which a table here cannot tell apart: give one another name in query:.")
        seen[name.lower()] = name
