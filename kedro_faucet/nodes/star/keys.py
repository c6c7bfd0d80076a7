"""Keys: what names a member, and what bricks must be sure of before they compare two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean

MISSING, INVALID = 0, -1
"""The keys of the members that stand for no natural key, and for one that cannot be."""

_TAKEN = ("self", "table", "fact")

EXAMPLES = 5
"""How many refused rows a message shows."""

_FAMILIES = {"VARCHAR": "text", "DATE": "date", "TIMESTAMP": "timestamp", "BOOLEAN": "boolean"}


def columns_of(key: str | Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a key, which may be one name.

    >>> columns_of("faa"), columns_of(["carrier", "flight"])
    (('faa',), ('carrier', 'flight'))
    """
    return (key,) if isinstance(key, str) else tuple(key)


def check_name(name: str, what: str) -> None:
    """Refuse a name that cannot be part of a column's and a node's name.

    Raises:
        ConfigError: if it is not made of lower-case letters, digits and underscores.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigError(f"A {what} cannot be called '{name}': use lower-case letters, digits and underscores.")
    if what in ("dimension", "role") and name in _TAKEN:
        raise ConfigError(f"A {what} cannot be called '{name}': that is what the other table of its node is called.")


def check_choice(what: str, value: object, choices: Iterable[object]) -> None:
    """Refuse what is none of the choices.

    Raises:
        ConfigError: naming them, and the nearest.
    """
    known = list(choices)
    if value not in known:
        hint = did_you_mean(str(value), map(str, known))
        raise ConfigError(f"{what} is one of {', '.join(map(str, known))}, not {value!r}.{hint}")


def check_unique(names: Iterable[str], what: str) -> None:
    """Refuse a list that holds a name twice.

    Raises:
        ConfigError: if it does.
    """
    names = list(names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"{what}: {', '.join(map(repr, twice))} more than once.")


def check_columns(wanted: Iterable[str], there: Iterable[str], where: str) -> None:
    """Refuse columns that a table lacks.

    Raises:
        DataError: if one is missing; with the nearest that is there.
    """
    there = list(there)
    for column in wanted:
        if column not in there:
            hint = did_you_mean(column, there)
            raise DataError(f"{where} has no column '{column}'; it has {', '.join(there)}.{hint}")


def family(kind: str) -> str | None:
    """Return what kind of key a column's type makes; None where its values differ between engines.

    >>> family("INTEGER"), family("DECIMAL(9,0)"), family("VARCHAR"), family("DOUBLE")
    ('number', 'number', 'text', None)
    """
    if kind.endswith("INT") or kind.startswith(("INTEGER", "DECIMAL")):
        return "number"
    return _FAMILIES.get(kind)


def check_alike(kind: str, other: str, where: str, against: str) -> None:
    """Refuse to compare two columns whose types do not compare alike on both engines.

    Raises:
        DataError: if they do not, or if either is not fit for a key.
    """
    if family(kind) is None or family(kind) != family(other):
        raise DataError(
            f"{where} is {kind}, {against} is {other}: a key is text, an integer, a decimal, a date or a timestamp, "
            "the same on both sides. Declare the type in the catalog, or cast it in a SQL node."
        )


def check_time(kind: str, where: str, what: str) -> None:
    """Refuse a column that is no time.

    Raises:
        DataError: if its type is neither DATE nor TIMESTAMP.
    """
    if kind not in ("DATE", "TIMESTAMP"):
        raise DataError(
            f"{where} is {kind}, and {what} is DATE or TIMESTAMP: declare its type in the catalog, or cast it in a SQL "
            "node."
        )
