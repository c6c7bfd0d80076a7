"""The types that SQLAlchemy tells of columns: what each is here, how it is asked for, and what is stored as what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import types as t
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import cast, quoted_name
from sqlalchemy.sql.expression import literal_column

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.arrow import arrow_type, word
from kedro_faucet.services.sql.names import whole
from kedro_faucet.services.sqlite.reading import moment
from kedro_faucet.services.sqlite.types import DIGITS

_MSSQL: Any = mssql  # its constructors have no types
_TEXT = t.Unicode().with_variant(t.String(4000), "oracle")
_SERVERS_TEXT = (t.Time, t.Interval, t.JSON, t.Uuid)
"""Types whose text, as the server makes it, says all of them."""


def quoted(name: str, dialect: Dialect) -> str:
    """Return a name as the database's SQL has it: in quotes, unless it is one that needs none.

    Raises:
        ResourceError: if the database would cut it.
    """
    whole(name, dialect.name)
    if dialect.name == "sqlite":
        # Of a name in double quotes that is no column's, SQLite makes a text.
        return "`" + name.replace("`", "``") + "`"
    # SQLAlchemy doubles each % for drivers that take it for a parameter's place; these texts have no parameters.
    preparer = dialect.identifier_preparer
    return preparer.quote(quoted_name(name.replace("%", "\0"), None)).replace("\0", "%")


def field_of(name: str, kind: t.TypeEngine[Any], dialect: Dialect, declared: Mapping[str, str]) -> pa.Field:
    """Return a column as it is here; its metadata has the SQL that asks for it, and the SQL to compare it by.

    Raises:
        ResourceError: if its type tells nothing of its values, and nobody says what they are.
    """
    sql = quoted(name, dialect)
    wanted = declared.get(name)
    if wanted == "VARCHAR":
        return _field(name, pa.string(), _cast(sql, _TEXT, dialect))
    if wanted:
        return _field(name, arrow_type(wanted), sql, "declared", _declared(sql, arrow_type(wanted), dialect))
    if isinstance(kind, _SERVERS_TEXT) or kind.__visit_name__ == "INTERVAL":
        return _field(name, pa.string(), _cast(sql, _TEXT, dialect), "text")
    found = kept(kind, dialect)
    if found is None:
        raise ResourceError(_unknown(name, kind))
    is_padded = isinstance(kind, t.CHAR) and dialect.name != "sqlite"
    # MySQL's own text of a short float has six digits.
    asked = f"{sql} + 0e0" if found == pa.float32() and dialect.name in ("mysql", "mariadb") else sql
    return _field(name, found, asked, "padded" if is_padded else "", _compared(sql, kind, found, dialect))


def _field(name: str, kind: pa.DataType, sql: str, how: str = "", compared: str = "") -> pa.Field:
    return pa.field(name, kind, metadata={"sql": sql, "how": how, "compared": compared})


def plain(name: str, kind: pa.DataType, dialect: Dialect) -> pa.Field:
    """Return a column whose values are asked for as they are."""
    return _field(name, kind, quoted(name, dialect))


def _cast(sql: str, kind: Any, dialect: Dialect) -> str:
    return str(cast(literal_column(sql.replace("%", "\0")), kind).compile(dialect=dialect)).replace("\0", "%")


def _unknown(name: str, kind: t.TypeEngine[Any]) -> str:
    word = (
        "a number without a precision, or of more than 38 digits"
        if isinstance(kind, t.Numeric)
        else f"of the type {type(kind).__name__}"
    )
    told = "which SQLAlchemy does not know" if isinstance(kind, t.NullType) else "which tables do not keep"
    advice = "DECIMAL(18,4)}, or VARCHAR for its text" if isinstance(kind, t.Numeric) else "VARCHAR} for its text"
    return f"The column '{name}' is {word}, {told}: say what it is, as in load_args: columns: {{{name}: {advice}."


def kept(kind: t.TypeEngine[Any], dialect: Dialect) -> pa.DataType | None:
    """Return the type that a column has here; none where its own tells too little.

    >>> from sqlalchemy.dialects import sqlite
    >>> kept(t.Numeric(10, 2), sqlite.dialect()), kept(t.Numeric(), sqlite.dialect())
    (Decimal128Type(decimal128(10, 2)), None)
    """
    if isinstance(kind, mysql.TINYINT) and kind.display_width == 1:
        return pa.bool_()
    if isinstance(kind, t.Float):
        return pa.float32() if _is_short(kind, dialect) else pa.float64()
    if isinstance(kind, t.Numeric):
        return _decimal(kind)
    if isinstance(kind, t.Integer):
        return _whole(kind, dialect)
    found = next((found for of, found in _KEPT.items() if isinstance(kind, of)), None)
    return found or (pa.binary() if _is_binary(kind) else None)


_KEPT = {t.Boolean: pa.bool_(), t.String: pa.string(), t.DateTime: pa.timestamp("us"), t.Date: pa.date32()}


def _is_binary(kind: t.TypeEngine[Any]) -> bool:
    with suppress(NotImplementedError):
        return kind.python_type is bytes
    return False


def keeps_decimals(dialect: Dialect) -> bool:
    """Tell whether a database has decimals: SQLite has numbers of eight bytes in their place."""
    return dialect.name != "sqlite"


def _is_short(kind: t.Float[Any], dialect: Dialect) -> bool:
    if dialect.name in ("mysql", "mariadb"):
        return isinstance(kind, t.FLOAT)
    return isinstance(kind, t.REAL) and dialect.name != "sqlite"


def _decimal(kind: t.Numeric[Any]) -> pa.DataType | None:
    digits, scale = kind.precision, kind.scale or 0
    return pa.decimal128(digits, scale) if digits and 1 <= digits <= 38 and 0 <= scale <= digits else None


def _whole(kind: t.Integer, dialect: Dialect) -> pa.DataType:
    """Return the type of a column of whole numbers: those without a sign are the next wider."""
    sizes = {mysql.TINYINT: 0, mssql.TINYINT: 1, t.SmallInteger: 1, t.BigInteger: 3}
    size = next((size for of, size in sizes.items() if isinstance(kind, of)), 2)
    size = 3 if dialect.name == "sqlite" else size + bool(getattr(kind, "unsigned", False))
    return [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.decimal128(20, 0)][size]


def _compared(sql: str, kind: t.TypeEngine[Any], found: pa.DataType, dialect: Dialect) -> str:
    """Return SQL for a value that the database compares as it is compared here; none where it has no such."""
    if dialect.name == "sqlite" and pa.types.is_timestamp(found):
        return moment(sql)
    if dialect.name == "sqlite" and pa.types.is_decimal(found):
        return f"cast({sql} as numeric)" if found.precision <= DIGITS else ""
    is_zoned = getattr(kind, "timezone", False)
    tests = (pa.types.is_integer, pa.types.is_date, pa.types.is_timestamp, pa.types.is_decimal)
    return sql if not is_zoned and any(test(found) for test in tests) else ""


def _declared(sql: str, kind: pa.DataType, dialect: Dialect) -> str:
    """Return SQL for a column as what it is declared as here, if the database makes that of it."""
    of = {pa.int64(): t.BigInteger(), pa.int32(): t.BigInteger(), pa.date32(): t.Date(), pa.timestamp("us"): _MOMENT}
    return _cast(sql, of[kind], dialect) if kind in of and dialect.name != "sqlite" else ""


_MOMENT = (
    t.DateTime()
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    .with_variant(_MSSQL.DATETIME2(precision=6), "mssql")
    .with_variant(oracle.TIMESTAMP(), "oracle")
)


def of_values(name: str, values: Sequence[Any], dialect: Dialect) -> pa.Field:
    """Return a column of a query, of which the first values alone tell the type.

    Raises:
        ResourceError: if they do not.
    """
    classes = {type(value) for value in values if value is not None}
    has_zone = any(isinstance(value, datetime) and value.tzinfo is not None for value in values)
    kind = _OF_CLASSES.get(frozenset(classes))
    if kind is None:
        raise ResourceError(
            f"Nothing tells which type the column '{name}' of query: has "
            f"({', '.join(sorted(each.__name__ for each in classes)) or 'no value in its first rows'}): say it, as in "
            f"load_args: columns: {{{name}: {'DECIMAL(18,4)' if 'Decimal' in str(classes) else 'VARCHAR'}}}."
        )
    compared = kind in (pa.int64(), pa.date32(), pa.timestamp("us")) and not has_zone
    return _field(name, kind, quoted(name, dialect), compared=quoted(name, dialect) if compared else "")


_OF_CLASSES = {
    frozenset({bool}): pa.bool_(), frozenset({int}): pa.int64(), frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(), frozenset({str}): pa.string(), frozenset({bytes}): pa.binary(),
    frozenset({date}): pa.date32(), frozenset({datetime}): pa.timestamp("us"),
}  # fmt: skip

_STORED: dict[pa.DataType, t.TypeEngine[Any]] = {
    pa.bool_(): t.Boolean(), pa.int8(): t.SmallInteger(), pa.int16(): t.SmallInteger(), pa.int32(): t.Integer(),
    pa.int64(): t.BigInteger(), pa.float64(): t.Double(), pa.date32(): t.Date(), pa.timestamp("us"): _MOMENT,
    pa.float32(): t.Float(24).with_variant(t.Double(), "oracle"),
    pa.string(): t.Text().with_variant(t.Unicode(), "mssql"),
    pa.binary(): t.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
    .with_variant(_MSSQL.VARBINARY("max"), "mssql"),
}  # fmt: skip
_KEYS: dict[pa.DataType, t.TypeEngine[Any]] = {
    pa.string(): t.Text().with_variant(t.Unicode(255), "mssql").with_variant(t.String(255), "oracle"),
    pa.binary(): t.LargeBinary().with_variant(mysql.VARBINARY(255), "mysql", "mariadb")
    .with_variant(_MSSQL.VARBINARY(255), "mssql"),
}  # fmt: skip


def stored(field: pa.Field, dialect: Dialect, *, is_key: bool = False) -> t.TypeEngine[Any]:
    """Return the type of a column that is made.

    >>> from sqlalchemy.dialects import sqlite
    >>> stored(pa.field("price", pa.decimal128(10, 2)), sqlite.dialect())
    Numeric(precision=10, scale=2)

    Raises:
        ResourceError: if SQLAlchemy has none.
    """
    kind = pa.string() if field.type == pa.large_string() else field.type
    if pa.types.is_decimal(kind):
        return t.Numeric(kind.precision, kind.scale)
    if kind not in _STORED:
        raise ResourceError(
            f"The column '{field.name}' is {word(kind)}, which not every database has columns of: make it a text, as "
            f"by to_json({field.name}), or several columns, in a SQL node."
        )
    if kind == pa.string() and dialect.name in ("mysql", "mariadb"):
        letters = _letters(dialect)
        return mysql.VARCHAR(255, collation=letters) if is_key else mysql.LONGTEXT(collation=letters)
    return _KEYS.get(kind, _STORED[kind]) if is_key else _STORED[kind]


def _letters(dialect: Any) -> str:
    """Return the collation of MySQL's that tells all texts apart, those with blanks at their ends too."""
    if dialect.is_mariadb:
        return "utf8mb4_nopad_bin"
    return "utf8mb4_0900_bin" if (dialect.server_version_info or (8,)) >= (8,) else "utf8mb4_bin"


BOUND: dict[pa.DataType, Callable[[], t.TypeEngine[Any]]] = {
    pa.bool_(): t.Boolean, pa.binary(): t.LargeBinary, pa.date32(): t.Date, pa.timestamp("us"): t.DateTime,
}  # fmt: skip
"""As what values go to the driver; all others go as they are."""
