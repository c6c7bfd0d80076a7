"""How many rows an engine has written last, as far as the write itself tells: nobody reads them again to count."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_last: ContextVar[list[int] | None] = ContextVar("written", default=None)


def forget() -> None:
    """Know of no write, until there is one that tells its rows."""
    _last.set(None)


def note(rows: int) -> None:
    """Keep the number of rows of this thread's last write."""
    _last.set([rows])


def rows() -> int | None:
    """Return the number of rows of this thread's last write; nothing if it told none.

    >>> forget()
    >>> rows()
    >>> note(3)
    >>> rows()
    3
    """
    found = _last.get()
    return found[0] if found else None


def counted(batches: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the same batches, whose rows are counted as they pass.

    >>> import pyarrow as pa
    >>> _ = counted(pa.table({"n": [1, 2, 3, 4]}).to_reader()).read_all()
    >>> rows()
    4
    """
    import pyarrow as pa

    count = [0]  # a driver may read in a thread of its own
    _last.set(count)

    def passing() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            count[0] += batch.num_rows
            yield batch

    return pa.RecordBatchReader.from_batches(batches.schema, passing())
