"""Tables of a database as Arrow datasets: each computation scans anew, and fetches what it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads

from kedro_faucet.engines.databases.pushdown import conditions
from kedro_faucet.engines.dialect.types import spark_type
from kedro_faucet.engines.files.values import tick
from kedro_faucet.services.arrow import word
from kedro_faucet.services.database import Database, Selection


class DatabaseDataset(pads.Dataset):  # type: ignore[misc]  # pyarrow has no types
    """What DuckDB takes for an Arrow dataset: it says which columns it needs, and which rows.

    Args:
        database: where the rows are.
        selection: which of its tables.
    """

    def __init__(self, database: Database, selection: Selection) -> None:
        """Ask the database for the columns; rows are fetched when they are needed."""
        # The parent's own would ask for a C++ dataset.
        self._database, self._selection = database.pinned(), selection
        self._schema = database.schema_of(selection)

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return self._schema

    def scanner(self, columns: Sequence[str] | None = None, filter: Any = None, **_: Any) -> Scanner:
        """Return what gives the rows, of a new connection, narrowed to what is asked for."""
        wanted = self._of(self._schema.names if columns is None else columns)
        pushed, whole = ([], True) if filter is None else conditions(filter, self._schema, self._database.condition)
        # DuckDB relies on a filter that it has handed on: what the database does not understand is done here.
        needed = wanted if whole else self._schema
        batches = self._database.batches(self._selection, needed, pushed)
        rows = batches if whole else _kept(batches, wanted.names, filter)
        return Scanner(pa.RecordBatchReader.from_batches(wanted, rows))

    def _of(self, names: Sequence[str]) -> pa.Schema:
        return pa.schema([self._schema.field(name) for name in names])


class Scanner:
    """What DuckDB takes for a scanner of an Arrow dataset."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        """Keep the rows to come."""
        self._reader = reader

    def to_reader(self) -> pa.RecordBatchReader:
        """Return the rows."""
        return self._reader


def _kept(batches: Iterator[pa.RecordBatch], names: Sequence[str], condition: Any) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch.filter(condition).select(names)


@dataclass(frozen=True)
class Shares:
    """A selection of a database in shares, one for a task of Spark; the values are those of DuckDB.

    Workers need this package, with the extra of the database.

    Args:
        database: where the rows are.
        selection: which of its tables.
        schema: the columns.
        shares: conditions for each task.
    """

    database: Database
    selection: Selection
    schema: pa.Schema
    shares: Sequence[Sequence[str]]

    @classmethod
    def of(cls, database: Database, selection: Selection, count: int) -> Shares:
        """Part a selection into at most so many shares."""
        shares = database.shares(selection, count) or [[]]
        return cls(database.pinned(), selection, database.schema_of(selection), shares)

    def table(self, session: Any) -> Any:
        """Return Spark's lazy table."""
        types = ", ".join(f"{tick(field.name)} {spark_type(word(field.type))}" for field in self.schema)
        return session.range(0, len(self.shares), 1, len(self.shares)).mapInArrow(self.read, types)

    def since(self, column: str, lowest: Any, *, inclusive: bool) -> Shares:
        """Return the shares of rows that are higher than a value, as far as the database can tell."""
        field, condition = self.schema.field(column), self.database.condition
        known = condition(field, ">=" if inclusive else ">", lowest)
        unknown = condition(field, "is null", None)
        if known is None or unknown is None:
            return self
        return replace(self, shares=[[*share, f"({known} or {unknown})"] for share in self.shares])

    def read(self, numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of shares, by their numbers."""
        try:
            for batch in numbers:
                for number in batch.column(0).to_pylist():
                    yield from self.database.batches(self.selection, self.schema, self.shares[number])
        except GeneratorExit:  # no more rows are wanted: PySpark would print that its pipe is broken
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            raise
