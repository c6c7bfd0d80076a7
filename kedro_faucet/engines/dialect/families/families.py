"""Families of types: what the rules have to know of a value while a text is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable

INTEGER, DECIMAL, FLOAT, DOUBLE = "integer", "decimal", "float", "double"
TEXT, BOOLEAN, DATE, TIMESTAMP, NULL = "text", "boolean", "date", "timestamp", "null"
INTERVAL = "interval"
NUMBERS = (INTEGER, DECIMAL, FLOAT, DOUBLE)
TIMES = (DATE, TIMESTAMP)

MOST_DIGITS = 38
"""Those of the widest decimal."""

_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "INTEGER": 10, "UBIGINT": 20, "HUGEINT": 38, "UHUGEINT": 38}
_OF_TYPE = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "HUGEINT"), INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), INTEGER),
    **dict.fromkeys(("VARCHAR", "TEXT", "JSON", "UUID"), TEXT),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), TIMESTAMP),
    "DECIMAL": DECIMAL, "FLOAT": FLOAT, "REAL": FLOAT, "DOUBLE": DOUBLE, "BOOLEAN": BOOLEAN, "DATE": DATE,
    '"NULL"': NULL,
}  # fmt: skip


class Number(str):
    """The family of exact numbers whose type has so many digits before the point, and so many after it."""

    digits: tuple[int, int]


def number(family: str, whole: int, scale: int = 0) -> str:
    """Return the family of a decimal or integer that has at most these digits.

    >>> number("decimal", 36, 2) == "decimal", digits(number("decimal", 40, 2))
    (True, (36, 2))
    """
    found = Number(family)
    found.digits = (max(min(whole, MOST_DIGITS - scale), 0), scale)
    return found


def digits(family: str | None) -> tuple[int, int] | None:
    """Return the digits before and after the point, where they are known: an integer is a BIGINT if nothing is said."""
    if isinstance(family, Number):
        return family.digits
    return (19, 0) if family == INTEGER else None


def family_of_type(kind: str) -> str | None:
    """Return the family of a type in DuckDB's words; nothing for one that has no rules, such as a list.

    >>> family_of_type("DECIMAL(10,2)"), family_of_type("VARCHAR[]"), family_of_type("ENUM('a')")
    ('decimal', None, 'text')
    """
    if kind.endswith("]"):
        return None
    name = kind.partition("(")[0].upper()
    if name == DECIMAL.upper() and (sizes := re.findall(r"\d+", kind)):
        whole, scale = int(sizes[0]), int(sizes[1]) if len(sizes) > 1 else 0
        return number(DECIMAL, whole - scale, scale)
    if name in _DIGITS:
        return number(INTEGER, _DIGITS[name])
    return TEXT if name == "ENUM" else _OF_TYPE.get(name)


def named(family: str | None) -> str:
    """Return how a message says a family.

    >>> named("integer"), named("decimal")
    ('an integer', 'a decimal')
    """
    return {INTEGER: "an integer", INTERVAL: "an interval"}.get(str(family), f"a {family}")


def common(families: Iterable[str | None]) -> str | None:
    """Return the family that values of several families have together; nothing where that is unknown.

    >>> common(["integer", "double"]), common(["null", "date"]), common(["date", "timestamp"]), common(["text", None])
    ('double', 'date', 'timestamp', None)
    """
    given = list(families)
    found = set(given) - {NULL}
    if not found:
        return NULL
    if None not in found and found <= set(NUMBERS):
        kind = next(each for each in (DOUBLE, FLOAT, DECIMAL, INTEGER) if each in found)
        return _widest(kind, [each for each in given if each != NULL])
    if len(found) == 1:
        return found.pop()
    return TIMESTAMP if found == set(TIMES) else None


def _widest(kind: str, families: Iterable[str | None]) -> str:
    """Return a family with as many digits on either side of the point as one of these has."""
    sizes = [size for each in families if (size := digits(each))]
    if kind not in (DECIMAL, INTEGER) or len(sizes) < len(list(families)):
        return kind
    return number(kind, *map(max, zip(*sizes, strict=True)))


def summed(kind: str | None) -> str | None:
    """Return the family of a sum of values of one: of a decimal or integer it has all digits that there are."""
    size = digits(kind)
    return DOUBLE if kind == FLOAT else number(str(kind), MOST_DIGITS, size[1]) if size else kind


def without_fraction(kind: str | None) -> str | None:
    """Return the family of values that are rounded: a decimal's type keeps the number of its digits."""
    size = digits(kind)
    return number(str(kind), sum(size)) if size else kind


def computed(left: str | None, right: str | None, *, is_product: bool) -> str:
    """Return the family of a product, or of a sum or difference, of decimals, with the digits that DuckDB gives it.

    >>> digits(computed(number("decimal", 26, 10), number("decimal", 1, 2), is_product=True))
    (26, 12)
    """
    first, second = digits(left), digits(right)
    if first is None or second is None:
        return DECIMAL
    whole, scale = max(first[0], second[0]) + 1, max(first[1], second[1])
    if is_product:
        whole, scale = first[0] + second[0], first[1] + second[1]
    # Of two that 64 bits hold it makes one that they hold.
    most = 18 if max(sum(first), sum(second)) <= 18 and scale < 18 else MOST_DIGITS
    return number(DECIMAL, min(whole, most - scale), scale) if scale <= MOST_DIGITS else DECIMAL
