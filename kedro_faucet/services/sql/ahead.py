"""Batches of a reader that never waits: what nobody has taken yet lies on disk, not in memory."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa


def ahead(reader: Any) -> Iterator[pa.RecordBatch]:
    """Give the batches of a reader, as soon as they come.

    >>> [batch.num_rows for batch in ahead(pa.table({"n": [1, 2]}).to_reader())]
    [2]
    """
    with tempfile.TemporaryFile(prefix="faucet-") as file, closing(_Spool(file)) as spool:
        threading.Thread(target=spool.fill, args=(reader,), daemon=True).start()
        while (batch := spool.next()) is not None:
            yield batch


class _Spool:
    """Batches on their way: written by one thread and read by another."""

    def __init__(self, file: Any) -> None:
        self._file, self._news, self._places = file, threading.Condition(), list[tuple[int, int]]()
        self._at, self._is_over, self._is_wanted = 0, False, True
        self._schema: pa.Schema = None
        self._error: BaseException | None = None

    def fill(self, reader: Any) -> None:
        """Write all batches."""
        try:
            self._schema = reader.schema
            for batch in reader:
                self._put(batch)
                if not self._is_wanted:
                    break
        except BaseException as error:
            self._error = error
        with self._news:
            self._is_over = True
            self._news.notify()

    def _put(self, batch: pa.RecordBatch) -> None:
        data = batch.serialize()
        with self._news:
            if not self._is_wanted:
                return
            self._file.seek(0, 2)
            self._places.append((self._file.tell(), len(data)))
            self._file.write(data)
            self._news.notify()

    def next(self) -> pa.RecordBatch | None:
        """Return the next batch, or nothing at the end.

        Raises:
            Exception: what the reader raised.
        """
        with self._news:
            self._news.wait_for(lambda: self._at < len(self._places) or self._is_over)
            if self._at == len(self._places):
                if self._error is not None:
                    raise self._error
                return None
            place, length = self._places[self._at]
            self._at += 1
            self._file.seek(place)
            data = self._file.read(length)
            if self._at == len(self._places):
                self._at = 0
                self._places.clear()
                self._file.seek(0)
                self._file.truncate()
        return pa.ipc.read_record_batch(data, self._schema)

    def close(self) -> None:
        """Want no more batches."""
        with self._news:
            self._is_wanted = False
