"""The keys that are declared of tables; what is said of keys that no merge can go by, and of rows that are refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class Reference(NamedTuple):
    """Columns of a table that name rows of another one, or of itself.

    Args:
        columns: the columns.
        table: the other table.
        keys: its columns, in the same order.
    """

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Declared:
    """What is declared of a table.

    Args:
        key: the columns of its primary key; none if it has none.
        references: the foreign keys, those into other schemas left out.
    """

    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()


def gathered(rows: Iterable[tuple[str | None, ...]]) -> dict[str, Declared]:
    """Return what is declared of tables, from a row for each table and for each column of a constraint, in order.

    >>> rows = [("orders", None, "table", None, None, None), ("orders", "of", "f", "customer", "customers", "id")]
    >>> gathered(rows)["orders"].references
    (Reference(columns=('customer',), table='customers', keys=('id',)),)

    Args:
        rows: a table, the name of the constraint, its kind (``table``, ``p`` or ``f``), the column, and of a
            foreign key the other table and its column.
    """
    tables: dict[str, dict[tuple[str, str], list[tuple[str, str, str]]]] = {}
    for table, name, kind, column, other, key in rows:
        known = tables.setdefault(str(table), {})
        if kind != "table":
            known.setdefault((str(kind), str(name)), []).append((str(column), str(other), str(key)))
    return {table: _declared(known) for table, known in tables.items()}


def _declared(constraints: dict[tuple[str, str], list[tuple[str, str, str]]]) -> Declared:
    columns = {which: tuple(column for column, _, _ in rows) for which, rows in constraints.items()}
    references = [
        Reference(columns[which], rows[0][1], tuple(key for _, _, key in rows))
        for which, rows in constraints.items()
        if which[0] == "f"
    ]
    return Declared(next((c for (kind, _), c in columns.items() if kind == "p"), ()), tuple(references))


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
