"""Tables that read a database, which may be another each time: a SELECT that uses one twice reads it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakSet

from kedro_faucet.engines.dialect.text import used_again


class Live:
    """The tables of an engine that read a database.

    >>> class Table: ...
    >>> live, orders, items = Live(), Table(), Table()
    >>> live.add(orders) is orders
    True
    >>> live.again("select * from a, a b, c, c d", {"a": orders, "c": items})
    {'a'}
    """

    def __init__(self) -> None:
        """Know none yet."""
        self._tables: WeakSet[Any] = WeakSet()

    def add(self, table: Any, of: Iterable[Any] | None = None) -> Any:
        """Note a table, or one that is made of others if one of them is noted; return it."""
        if of is None or any(each in self._tables for each in of):
            self._tables.add(table)
        return table

    def again(self, text: str, tables: Mapping[str, Any]) -> set[str]:
        """Return the names of those that a SELECT uses several times."""
        live = [name for name, table in tables.items() if table in self._tables]
        return used_again(text, live) if live else set()
