"""Streams of rows, cut between series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kedro_faucet.nodes.forecast.frequency.periods import Integers
from kedro_faucet.nodes.forecast.preparation.columns import Columns

CELLS = 2_000_000
"""How many periods side by side a chunk may hold, so that long series do not fill the memory."""


def series_batches(reader: Iterable[pa.RecordBatch], columns: Columns, size: int) -> Iterator[pa.Table]:
    """Yield the rows of whole series, about so many at a time; of long series fewer.

    >>> rows = pa.table({"unique_id": ["a", "a", "b", "c"], "ds": [1, 2, 1, 1], "y": [1.0, 2.0, 3.0, 4.0]})
    >>> [chunk["unique_id"].to_pylist() for chunk in series_batches(rows.to_batches(max_chunksize=1), Columns(), 2)]
    [['a', 'a', 'b'], ['c']]

    Args:
        reader: batches of rows, those of a series next to each other.
        columns: what the columns are called; others are left out.
        size: how many series a chunk holds.
    """
    held: list[pa.RecordBatch] = []
    starts: Integers = np.empty(0, np.int64)
    rows = 0
    for batch in reader:
        if not batch.num_rows:
            continue
        batch = batch.select(columns.names)
        starts = np.append(starts, rows + _starts(held, batch))
        held.append(batch)
        rows += batch.num_rows
        while series := _whole(starts, size):
            chunk, held = _split(held, int(starts[series]))
            rows -= chunk.num_rows
            starts = starts[series:] - chunk.num_rows
            yield chunk
    ends = np.append(starts, rows)
    while len(ends) > 1:
        series = _whole(ends, size) or len(ends) - 1
        chunk, held = _split(held, int(ends[series]))
        ends = ends[series:] - chunk.num_rows
        yield chunk


def series_starts(ids: pa.Array) -> Integers:
    """Return the rows at which another series begins than the row before has; the first row is always one.

    >>> series_starts(pa.array(["a", "a", None, None, "b"])).tolist()
    [0, 2, 4]
    """
    if not len(ids):
        return np.empty(0, np.int64)
    before, after = ids[:-1], ids[1:]
    other = pc.fill_null(pc.not_equal(before, after), False)
    if ids.null_count:
        other = pc.or_(other, pc.xor(before.is_null(), after.is_null()))
    return np.append(0, np.flatnonzero(other.to_numpy(zero_copy_only=False)) + 1)


def _starts(held: list[pa.RecordBatch], batch: pa.RecordBatch) -> Integers:
    """Return where series begin in a batch that comes after others."""
    starts = series_starts(batch.column(0))
    goes_on = bool(held) and held[-1].column(0)[-1].as_py() == batch.column(0)[0].as_py()
    return starts[1:] if goes_on else starts


def _whole(starts: Integers, size: int) -> int:
    """Return how many series make a full chunk; 0 if there are too few of them yet. The last one may go on."""
    lengths = np.diff(starts[: size + 1])
    cells = np.maximum.accumulate(lengths) * np.arange(1, len(lengths) + 1)
    fit = max(int((cells <= CELLS).sum()), min(len(lengths), 1))
    return fit if fit == size or fit < len(lengths) else 0


def _split(held: list[pa.RecordBatch], rows: int) -> tuple[pa.Table, list[pa.RecordBatch]]:
    table = pa.Table.from_batches(held)
    return table.slice(0, rows).combine_chunks(), table.slice(rows).to_batches()
