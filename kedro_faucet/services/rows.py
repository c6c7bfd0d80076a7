"""Rows on their way into a database: counted, and looked at for what no database keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from kedro_faucet.exceptions import DataError
from kedro_faucet.services.arrow import refuse_other_ages


class RowsStopped(Exception):
    """The rows stopped coming: whoever computes them knows why from what this says."""


class Rows:
    """Rows to save, as a reader that counts what goes through it.

    >>> rows = Rows(pa.table({"n": [1, 2]}).to_reader())
    >>> rows.through(lambda reader: reader.read_all().num_rows), rows.count
    (2, 2)
    """

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        """Keep the reader."""
        self._reader = reader
        self._error: Exception | None = None
        self.schema = reader.schema
        self.count = 0

    def through(self, take: Callable[[pa.RecordBatchReader], Any]) -> Any:
        """Return what a function makes of the rows.

        Raises:
            RowsStopped: if they cannot be computed.
            DataError: if one holds what databases do not keep.
        """
        try:
            return take(pa.RecordBatchReader.from_batches(self.schema, self._counted()))
        except Exception:
            # What a driver says of it is about itself.
            if self._error is not None:
                raise self._error from None
            raise

    def _counted(self) -> Iterator[pa.RecordBatch]:
        batches = iter(self._reader)
        while (batch := self._next(batches)) is not None:
            self.count += batch.num_rows
            yield batch

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            batch = next(batches, None)
        except Exception as error:
            self._error = RowsStopped(str(error))
            raise
        try:
            for field, values in zip(self.schema, batch.columns if batch else [], strict=bool(batch)):
                refuse_other_ages(field.name, values, "make it NULL or a text in the node.")
        except DataError as error:
            self._error = error
            raise
        return batch
