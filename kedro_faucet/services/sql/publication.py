"""A set of tables in a database that readers see change as one: what every database that keeps such sets can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from kedro_faucet.exceptions import ResourceError

if TYPE_CHECKING:
    import pyarrow as pa

Tables = Mapping[str, Callable[[], "AbstractContextManager[pa.RecordBatchReader]"]]
"""Rows by the names of their tables, ``schema.table``, each computed when its turn comes."""


class Published(NamedTuple):
    """A version of a set.

    Args:
        version: its number.
        published_at: when readers first saw it.
        is_current: whether it is what they see.
        tables: how many rows each table has.
    """

    version: int
    published_at: datetime
    is_current: bool
    tables: dict[str, int]


class Publication(ABC):
    """A set of tables, of which the last versions are kept."""

    @abstractmethod
    def publish(self, tables: Tables, keep: int, readers: Sequence[str]) -> None:
        """Load a new version beside the others, and let readers see it from then on.

        Args:
            tables: the rows.
            keep: how many versions stay.
            readers: roles that may read the tables.

        Raises:
            ResourceError: if a table cannot be computed or loaded; readers go on with the version before.
        """

    @abstractmethod
    def versions(self) -> list[Published]:
        """Return the versions that there are, the newest first."""

    def shown(self) -> Published | None:
        """Return the version that readers see, if there is one."""
        return next((each for each in self.versions() if each.is_current), None)

    def restore_last(self) -> int:
        """Let readers see the version before the one that they see, and return it.

        Raises:
            ResourceError: if there is none.
        """
        newest = iter(self.versions())
        next((each for each in newest if each.is_current), None)
        if (before := next(newest, None)) is None:
            raise ResourceError("There is no version before the one that readers see.")
        self.restore(before.version)
        return before.version

    @abstractmethod
    def restore(self, version: int) -> None:
        """Let readers see a version that is kept.

        Raises:
            ResourceError: if it is not.
        """
