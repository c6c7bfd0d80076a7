"""SQLite's types: what a column's declared type is here, which values it may have, and what is stored as what."""

from __future__ import annotations

import re

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.arrow import arrow_type, word

# SQLite takes any word for a type. Those of numbers which it does not tell apart are ours.
_STORED = {
    "VARCHAR": "TEXT", "LARGE_STRING": "TEXT", "BLOB": "BLOB", "BOOLEAN": "BOOLEAN", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP", "DOUBLE": "DOUBLE", "FLOAT": "FLOAT4", "BIGINT": "BIGINT", "INTEGER": "INT4",
    "SMALLINT": "INT2", "TINYINT": "INT1",
}  # fmt: skip
_DECLARED = {
    "BOOLEAN": pa.bool_(), "BOOL": pa.bool_(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    "DATETIME": pa.timestamp("us"), "FLOAT4": pa.float32(), "INT4": pa.int32(), "INT2": pa.int16(), "INT1": pa.int8(),
}  # fmt: skip
# By the rules by which SQLite itself finds what a column prefers, in this order.
_PREFERRED = {
    "INT": pa.int64(), "CHAR": pa.string(), "CLOB": pa.string(), "TEXT": pa.string(), "BLOB": pa.binary(),
    "REAL": pa.float64(), "FLOA": pa.float64(), "DOUB": pa.float64(),
}  # fmt: skip
DIGITS = 15
"""Digits of a decimal that a binary number of eight bytes always gives back."""


def declared(kind: str) -> pa.DataType | None:
    """Return the type of a column that is declared so; none where its values alone tell.

    >>> declared("varchar(20)"), declared("DECIMAL(10,2)"), declared("NUMERIC")
    (DataType(string), Decimal128Type(decimal128(10, 2)), None)
    """
    said = " ".join(kind.upper().split())
    if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC|DECIMAL_TEXT) ?\( ?(\d+) ?(?:, ?(\d+) ?)?\)", said):
        digits, scale = int(decimal[1]), int(decimal[2] or 0)
        return pa.decimal128(digits, scale) if 1 <= digits <= 38 and scale <= digits else None
    if found := _DECLARED.get(said.partition("(")[0].strip()):
        return found
    return next((each for part, each in _PREFERRED.items() if part in said), None)


def stored(field: pa.Field) -> str:
    """Return SQLite's words for a column that is made: long decimals are texts, as its numbers have 15 digits.

    >>> stored(pa.field("price", pa.decimal128(10, 2))), stored(pa.field("fine", pa.decimal128(38, 9)))
    ('DECIMAL(10,2)', 'DECIMAL_TEXT(38,9)')

    Raises:
        ResourceError: if it has none.
    """
    if pa.types.is_decimal(field.type):
        name = "DECIMAL" if field.type.precision <= DIGITS else "DECIMAL_TEXT"
        return f"{name}({field.type.precision},{field.type.scale})"
    if (kind := word(field.type)) not in _STORED:
        raise ResourceError(
            f"The column '{field.name}' is {kind}, which SQLite has no columns of: make it a text, as by "
            f"to_json({field.name}), or several columns, in a SQL node."
        )
    return _STORED[kind]


def of_classes(classes: set[str]) -> pa.DataType | None:
    """Return the type of a column whose values are of such classes, as ``typeof`` says them; none where they are mixed.

    >>> of_classes({"integer", "null"}), of_classes({"real", "integer"}), of_classes({"text", "integer"})
    (DataType(int64), DataType(double), None)
    """
    found = classes - {"null"}
    if found == {"integer", "real"}:
        return pa.float64()
    kinds = {"integer": "BIGINT", "real": "DOUBLE", "text": "VARCHAR", "blob": "BLOB"}
    return arrow_type(kinds[found.pop()]) if len(found) == 1 else None if found else pa.string()
