"""DuckDB's relations, made safe between threads: a connection refuses a second call instead of waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from functools import wraps
from typing import Any, TypeAlias

import duckdb
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from kedro_faucet.config import current

Explain: TypeAlias = Callable[[DuckDBPyRelation, str], Exception | None]
_shared: dict[int, tuple[threading.RLock, Explain]] = {}
_SPECIAL = ("__len__", "__str__", "__repr__", "__contains__", "__getattr__", "__getitem__")


def hide_bar(connection: DuckDBPyConnection) -> None:
    """Keep DuckDB's own bar out of what a program writes; what is done is counted where a terminal shows it."""
    counted = "set enable_progress_bar_print = false; set enable_progress_bar = true"
    with suppress(duckdb.Error):  # in Jupyter it refuses this without ipywidgets
        connection.execute(counted if current.is_watched else "set enable_progress_bar = false")


def share(connection: DuckDBPyConnection, lock: threading.RLock, explain: Explain) -> None:
    """Let whatever is asked of a connection's relations, such as their columns, wait for a lock.

    Args:
        connection: whose relations.
        lock: held while a relation answers.
        explain: makes an error of ours of a relation and what DuckDB says, where it is about a file.
    """
    _shared[id(connection)] = lock, explain


def unshare(connection: DuckDBPyConnection) -> None:
    """Forget a connection that is closed."""
    _shared.pop(id(connection), None)


def steps_of(table: DuckDBPyRelation) -> Iterator[DuckDBPyRelation]:
    """Yield a relation and those that it was made of by methods of relations, such as ``filter``."""
    left, seen = [table], set()
    while left:
        relation = left.pop()
        if id(relation) not in seen:
            seen.add(id(relation))
            yield relation
            left += relation._inputs


def _waiting(member: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(member)
    def waiting(relation: DuckDBPyRelation, *args: Any, **kwargs: Any) -> Any:
        lock, explain = _shared.get(id(relation._con), (nullcontext(), None))
        with lock:
            try:
                return member(relation, *args, **kwargs)
            except duckdb.Error as error:
                if explain and (told := explain(relation, str(error))):
                    raise told from None
                raise

    return waiting


def _guard() -> None:
    """Even a relation's columns may be bound anew: by bricks, by a user's node, by whatever shows a table."""
    for name, member in list(vars(DuckDBPyRelation).items()):
        if name.startswith("_") and name not in _SPECIAL:
            continue
        if isinstance(member, property) and member.fget is not None:
            setattr(DuckDBPyRelation, name, property(_waiting(member.fget), doc=member.__doc__))
        elif callable(member):
            setattr(DuckDBPyRelation, name, _waiting(member))


_guard()
