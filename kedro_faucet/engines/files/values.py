"""From a text to a value: one set of rules, so that no engine changes a value in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.exceptions import ResourceError

STOPPED = "A value in a file is not of the type that its column has."
"""What an engine says where a rule stops it."""

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_EXACT = {"DOUBLE": 2**53, "FLOAT": 2**24}
"""Whole numbers below it are all values of the type."""

DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_FORM = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"[ T]([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6}0*)?)?"
_OFFSET = r" ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)"


@dataclass(frozen=True)
class Notation:
    """How numbers, dates and times are written; as in programs and in ISO 8601 where nothing is said.

    >>> Notation(decimal=",").number("x")
    "case when not contains(x, '.') then replace(x, ',', '.') end"

    Args:
        decimal: what stands before a fraction.
        thousands: what may stand between groups of three digits.
        date_format: as in ``%d/%m/%Y``.
        timestamp_format: as in ``%d/%m/%Y %H:%M:%S``; with ``%z`` times become UTC.

    Raises:
        ResourceError: if a mark or a format cannot be told apart or understood.
    """

    decimal: str = "."
    thousands: str = ""
    date_format: str = ""
    timestamp_format: str = ""

    def __post_init__(self) -> None:
        """Check the marks; formats are checked where they are used, by the engine that reads them."""
        if len(self.decimal) != 1 or len(self.thousands) > 1 or self.decimal == self.thousands:
            raise ResourceError("decimal: is one character and thousands: another, as in decimal: ',', thousands: '.'.")
        if bad := [mark for mark in (self.decimal, self.thousands) if mark and re.fullmatch(r"[\w+\-\n\r\"]", mark)]:
            raise ResourceError(f"{bad[0]!r} is part of numbers or of lines: it cannot be decimal: or thousands:.")

    def number(self, x: str) -> str:
        """Return DuckDB's expression that writes a number's text as programs do, NULL where marks stand elsewhere."""
        test, plain = "", x
        if self.thousands:
            mark, point = re.escape(self.thousands), re.escape(self.decimal)
            groups = literal(rf"\s*[+-]?\d{{1,3}}({mark}\d{{3}})*({point}\d*)?\s*")
            test = f"(not contains({x}, {literal(self.thousands)}) or regexp_full_match({x}, {groups}))"
            plain = f"replace({x}, {literal(self.thousands)}, '')"
        if self.decimal != ".":
            test += f"{' and ' if test else ''}not contains({plain}, '.')"
            plain = f"replace({plain}, {literal(self.decimal)}, '.')"
        return f"case when {test} then {plain} end" if test else x


PLAIN = Notation()


def exact(x: str, kind: str, notation: Notation = PLAIN) -> str:
    """Return DuckDB's expression that makes a text a value of a type, NULL where the type cannot hold it exactly.

    Blanks around numbers do not matter, a fraction is rounded to the nearest DOUBLE, and times with an offset become
    UTC.

    >>> exact("x", "BIGINT")
    "case when x not glob '*[!0-9+ -]*' then try_cast(x as BIGINT) end"
    """
    if kind == "DATE" and notation.date_format:
        return f"cast(try_strptime({x}, {literal(notation.date_format)}) as DATE)"
    if kind == "TIMESTAMP" and (form := notation.timestamp_format):
        time = f"try_strptime({x}, {literal(form)})"
        return f"timezone('UTC', {time})" if "%z" in form.lower() else time
    if kind in _EXACT:
        return _floating(notation.number(x), kind)
    if kind in INTEGERS:
        x = notation.number(x)
        return f"case when {x} not glob '*[!0-9+ -]*' then try_cast({x} as {kind}) end"
    if kind.startswith("DECIMAL"):
        return _decimal(notation.number(x), kind)
    own = {"DATE": _date, "TIMESTAMP": _timestamp}.get(kind)
    return own(x) if own else f"try_cast({x} as {kind})"


def _floating(x: str, kind: str) -> str:
    value = f"try_cast({x} as {kind})"
    whole = f"contains(lower({x}), 'e') or try_cast({x} as HUGEINT) = try_cast({value} as HUGEINT)"
    zero = rf"regexp_full_match({x}, '\s*[+-]?[0.]+([eE].*)?\s*')"
    return (
        f"case when {x} not glob '*[!0-9.eE+ -]*' then case when {value} = 0 then case when {zero} then {value} end "
        f"when abs({value}) < {_EXACT[kind]} or (isfinite({value}) and ({whole})) then {value} end "
        f"when regexp_full_match({x}, '(?i)[+-]?(nan|inf|infinity)') then {value} end"
    )


def _decimal(x: str, kind: str) -> str:
    scale = re.findall(r"\d+", kind)[1]
    form = rf"\s*[+-]?\d*(\.\d{{0,{scale}}}0*)?\s*"
    return f"case when regexp_full_match({x}, '{form}') then try_cast({x} as {kind}) end"


def _date(x: str) -> str:
    form = f"({x} glob '{DAY}' or regexp_full_match({x}, '{_FORM}'))"
    return f"case when {x} >= '0001' and {form} then try_cast({x} as DATE) end"


def _timestamp(x: str) -> str:
    quick = f"({x} glob '{DAY}[ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9]' and {x} not glob '*[ T]24*')"
    plain = f"{quick} or regexp_full_match({x}, '{_FORM}({_CLOCK})?')"
    zoned = rf"try_cast(regexp_replace({x}, ' ([Z+-])', '\1') as TIMESTAMPTZ)"
    return (
        f"case when {x} < '0001' then null when {plain} then try_cast({x} as TIMESTAMP) "
        f"when regexp_full_match({x}, '{_FORM}{_CLOCK}{_OFFSET}') then timezone('UTC', {zoned}) end"
    )


def duckdb_value(name: str, kind: str, notation: Notation = PLAIN) -> str:
    """Return DuckDB's expression that makes a text a value, or stops.

    >>> duckdb_value("price", "VARCHAR")
    '"price"'
    """
    column = quote(name)
    if kind == "VARCHAR":
        return column
    value = exact(column, kind, notation)
    return f"coalesce({value}, case when {column} is not null then error('{STOPPED}') end) as {column}"


def is_refused(name: str, kind: str, notation: Notation = PLAIN) -> str:
    """Return DuckDB's test for a text that is not NULL and not of a type."""
    return f"({quote(name)} is not null and ({exact(quote(name), kind, notation)}) is null)"


def tick(name: str) -> str:
    """Quote an identifier for Spark.

    >>> tick("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"
