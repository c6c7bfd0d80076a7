"""What is said of keys that no merge can go by, of files and of databases alike."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.exceptions import DataError, shortened

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
