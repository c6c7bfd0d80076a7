"""Rows that many tasks put into a database, each attempt into a table of its own, before one process saves them all."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.rows import Rows

if TYPE_CHECKING:
    from kedro_faucet.services.database import Database


@dataclass(frozen=True)
class Staged:
    """Rows to save that lie in tables of the database.

    Args:
        database: where they are.
        schema: of the rows.
        tables: the names of the tables, of which the first is empty.
        count: of the rows.
    """

    database: Database
    schema: pa.Schema
    tables: tuple[str, ...]
    count: int

    def queries(self) -> list[str]:
        """Return the SELECT of each table's rows."""
        columns = ", ".join(map(self.database.quoted, self.schema.names))
        return [f"select {columns} from {self.database.named(table)}" for table in self.tables]

    def require(self, found: int) -> None:
        """Refuse other rows than those that the tasks have put.

        Raises:
            ResourceError: with both numbers.
        """
        if found != self.count:
            raise ResourceError(
                f"{self.database.place}: tasks have put {self.count} rows and {found} are there, as after a crash of "
                "the server; nothing was written. Run again."
            )


@dataclass(frozen=True)
class Staging:
    """Where the tasks of one save put their rows; it can be pickled.

    Args:
        database: which one.
        job: the name of an empty table, of which each attempt's is a copy, and with which its name begins.
        schema: of the rows.
    """

    database: Database
    job: str
    schema: pa.Schema

    def take(self, batches: Iterable[pa.RecordBatch]) -> tuple[str, int]:
        """Put rows into a new table, in a task; return its name and how many they were."""
        name = f"{self.job}_{uuid4().hex[:8]}"
        rows = pa.RecordBatchReader.from_batches(self.schema, (batch.cast(self.schema) for batch in batches))
        return name, self.database.fill(name, self.job, rows)

    def staged(self, parts: Iterable[tuple[str, int]]) -> Staged:
        """Return the rows of the attempts that count, of each task one."""
        names, counts = zip(*[(self.job, 0), *parts], strict=True)
        return Staged(self.database, self.schema, names, sum(counts))


class Room(ABC):
    """A connection on which tables of a save are made and dropped; as long as it is open, they are left alone."""

    @abstractmethod
    def hold(self, job: str) -> bool:
        """Say for all others that a save goes on, unless it is one that does."""

    @abstractmethod
    def tables(self, beginning: str) -> list[str]:
        """Return the tables whose names begin so."""

    @abstractmethod
    def create(self, job: str) -> bool:
        """Make the empty table of a save, if the user may."""

    @abstractmethod
    def drop(self, table: str) -> None:
        """Drop a table, if there is one."""


@contextmanager
def staging(database: Database, table: str, schema: pa.Schema, room: Room) -> Iterator[Staging | None]:
    """Give a place for rows of a save, if the user may make tables; remove what killed saves have left."""
    folder, dot, _ = table.rpartition(".")
    beginning = f"{folder}{dot}kf_{sha1(database.named(table).encode()).hexdigest()[:12]}_"
    for left in sorted(room.tables(beginning)):
        if room.hold(left[: len(beginning) + _DIGITS]):
            room.drop(left)
    job = f"{beginning}{uuid4().hex[:_DIGITS]}"
    room.hold(job)
    if not room.create(job):
        yield None
        return
    try:
        yield Staging(database, job, schema)
    finally:
        try:
            for each in room.tables(job):
                room.drop(each)
        except Exception as error:  # as where the server is gone: the rows are saved, or that has its own error
            logging.getLogger(__name__).warning(
                "%s: tables that begin with %s are left until the next save to '%s' (%s).",
                database.place,
                job,
                table,
                type(error).__name__,
            )


_DIGITS = 12


def rows_of(reader: pa.RecordBatchReader | Staged) -> Rows | Staged:
    """Return rows to save: those of a reader counted and looked at, as those that tasks have staged are already."""
    return reader if isinstance(reader, Staged) else Rows(reader)
