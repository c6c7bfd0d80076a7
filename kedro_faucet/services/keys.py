"""What is said of keys that no merge can go by, and of rows that a table's own rules refuse."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.exceptions import DataError, shortened

REMEDIES = {
    "unique": "merge by these columns, give the row another value in the node, or leave it out",
    "null": "give it a value in the node",
    "foreign": "save the row that it names first, or leave this one out",
    "referenced": "save with mode: merge, or delete first what names the row",
    "check": "correct the value in the node, or leave the row out",
    "read only": "the server, or this user's transactions, are read-only, as a copy of another server is ({said}); "
    "nothing was written. Save to a server that takes rows",
    "computed": "The column '{name}' is computed by {place}, so no row brings it: leave it out in the node",
}
"""What to do about rows that are refused."""
Examples = Sequence[tuple[object, ...]]


def null_key(key: Sequence[str], columns: Sequence[str], rows: Examples) -> DataError:
    """Return the error for incoming rows without a key."""
    return DataError(f"The key ({', '.join(key)}) is NULL in incoming rows, as in\n{shown(columns, rows)}")


def same_key(key: Sequence[str], columns: Sequence[str], rows: Examples) -> DataError:
    """Return the error for incoming rows with one key."""
    return DataError(
        f"Several incoming rows have the same key ({', '.join(key)}) and nothing tells which is the newest: "
        f"name a column with order_by, or remove them. For example\n{shown(columns, rows)}"
    )


def kept_twice(key: Sequence[str], columns: Sequence[str], rows: Examples) -> DataError:
    """Return the error for rows of one key that a table has already."""
    return DataError(
        f"The resource has several rows of one key ({', '.join(key)}), as of\n{shown(columns, rows)}\n"
        "A merge cannot replace them: keep one of each in a SQL node, and save that with mode: overwrite."
    )


def shown(columns: Sequence[str], rows: Examples) -> str:
    """Return rows, one a line.

    >>> shown(["id", "city"], [(1, "Ulm")])
    '  id=1, city=Ulm'
    """
    pairs = [zip(columns, row, strict=True) for row in rows]
    return "\n".join("  " + ", ".join(f"{name}={shortened(value)}" for name, value in row) for row in pairs)
