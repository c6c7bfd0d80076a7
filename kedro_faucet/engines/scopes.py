"""What is persisted, and when it is let go of: at the end of a scope, of a run, or of the process."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeAlias

Table: TypeAlias = Any
"""The engine's own lazy handle: a DuckDB relation or a Spark DataFrame; both have ``columns``."""


class Scopes(ABC):
    """Notes what an engine persists."""

    in_run: ClassVar[bool] = False
    """Whether a run is on, at whose end ``release`` is called: what is persisted outside of one stays."""

    def __init__(self) -> None:
        """Know of nothing that is persisted yet."""
        self._scope = threading.local()
        self._of_run: list[Table] = []

    @abstractmethod
    def _release(self, table: Table) -> None:
        """Let go of the rows that a handle of ``persist`` stores."""

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """Let go, at the end, of what this thread persists within: handles on it can be read no more.

        >>> from kedro_faucet.engines import connect
        >>> engine = connect()
        >>> with engine.scratch():
        ...     engine.rows(engine.persist(engine.sql("select 1 as n")))
        [(1,)]
        """
        kept: list[Table] = []
        outer = getattr(self._scope, "kept", None)
        self._scope.kept = kept
        try:
            yield
        finally:
            self._scope.kept = outer
            for table in kept:
                self._release(table)

    def _keep(self, table: Table) -> Table:
        """Note a persisted table, so that the scope around it, or the run, lets go of it."""
        kept = getattr(self._scope, "kept", None)
        if kept is None and Scopes.in_run:
            kept = self._of_run
        if kept is not None:
            kept.append(table)
        return table

    def release(self, *, keep: bool = False) -> None:
        """Let go of what a run has persisted in any thread: handles on it can be read no more, unless it is kept."""
        tables, self._of_run = self._of_run, []
        for table in [] if keep else tables:
            self._release(table)
