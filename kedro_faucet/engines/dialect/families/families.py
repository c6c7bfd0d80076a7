"""Families of types: what the rules have to know of a value while a text is compiled."""

from __future__ import annotations

from collections.abc import Iterable

INTEGER, DECIMAL, FLOAT, DOUBLE = "integer", "decimal", "float", "double"
TEXT, BOOLEAN, DATE, TIMESTAMP, NULL = "text", "boolean", "date", "timestamp", "null"
INTERVAL = "interval"
NUMBERS = (INTEGER, DECIMAL, FLOAT, DOUBLE)
TIMES = (DATE, TIMESTAMP)

_OF_TYPE = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "HUGEINT"), INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), INTEGER),
    **dict.fromkeys(("VARCHAR", "TEXT", "JSON", "UUID"), TEXT),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), TIMESTAMP),
    "DECIMAL": DECIMAL, "FLOAT": FLOAT, "REAL": FLOAT, "DOUBLE": DOUBLE, "BOOLEAN": BOOLEAN, "DATE": DATE,
    '"NULL"': NULL,
}  # fmt: skip


def family_of_type(kind: str) -> str | None:
    """Return the family of a type in DuckDB's words; nothing for one that has no rules, such as a list.

    >>> family_of_type("DECIMAL(10,2)"), family_of_type("VARCHAR[]"), family_of_type("ENUM('a')")
    ('decimal', None, 'text')
    """
    if kind.endswith("]"):
        return None
    name = kind.partition("(")[0].upper()
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
    found = set(families) - {NULL}
    if not found:
        return NULL
    if len(found) == 1:
        return found.pop()
    if None not in found and found <= set(NUMBERS):
        return next(each for each in (DOUBLE, FLOAT, DECIMAL) if each in found)
    return TIMESTAMP if found == set(TIMES) else None
