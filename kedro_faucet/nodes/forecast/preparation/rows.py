"""The rows of some series as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.frequency import Times
from kedro_faucet.nodes.forecast.frequency.periods import DAY, Integers
from kedro_faucet.nodes.forecast.panel import Floats
from kedro_faucet.nodes.forecast.preparation.chunks import series_starts
from kedro_faucet.nodes.forecast.preparation.columns import Columns

FARTHEST = 2**61
"""Times are kept within what can be added to without an overflow: a database's infinite one lies beyond."""


@dataclass(frozen=True)
class Rows:
    """Rows as arrays, those of a series next to each other, in the order of their times.

    Args:
        ids: the series' names, shape (series,).
        starts: the row at which each series begins, shape (series,).
        series: which of the series each row belongs to.
        times: 1970 where there is none.
        dated: whether there is a time.
        y: the values; NaN where there is none.
        valued: whether there is a value, be it NaN.
        features: shape (features, rows).
    """

    ids: NDArray[np.object_]
    starts: Integers
    series: Integers
    times: Times
    dated: NDArray[np.bool_]
    y: Floats
    valued: NDArray[np.bool_]
    features: tuple[Floats, ...] = ()


def rows_of(chunk: pa.Table, columns: Columns) -> Rows:
    """Return a chunk's rows as arrays.

    >>> rows = rows_of(pa.table({"unique_id": ["a", "a", "b"], "ds": [1, 2, 1], "y": [5, None, 6]}), Columns())
    >>> rows.ids.tolist(), rows.starts.tolist(), rows.y.tolist()
    (['a', 'b'], [0, 2], [5.0, nan, 6.0])
    """
    named, dated, valued = (_one(chunk, name) for name in (columns.unique_id, columns.ds, columns.y))
    starts = series_starts(named)
    ids = np.empty(len(starts), object)
    ids[:] = named.take(pa.array(starts)).to_pylist()
    series = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(named))))
    features = tuple(_floats(_one(chunk, name)) for name in columns.features)
    return Rows(ids, starts, series, _times(dated), _known(dated), _floats(valued), _known(valued), features)


def _one(chunk: pa.Table, name: str) -> pa.Array:
    column = chunk.column(name).combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def _known(column: pa.Array) -> NDArray[np.bool_]:
    if not column.null_count:
        return np.ones(len(column), np.bool_)
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False))


def _floats(column: pa.Array) -> Floats:
    floats: Floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats


def _times(column: pa.Array) -> Times:
    if pa.types.is_integer(column.type):
        return np.clip(_integers(column), -FARTHEST, FARTHEST)
    if pa.types.is_date(column.type):
        days = _integers(column.cast(pa.date32()).view(pa.int32()))
        return (np.clip(days, -FARTHEST // DAY, FARTHEST // DAY) * DAY).view("M8[us]")
    instants = _integers(column.cast(pa.timestamp("us"), safe=False).view(pa.int64()))
    return np.clip(instants, -FARTHEST, FARTHEST).view("M8[us]")


def _integers(column: pa.Array) -> Integers:
    integers: Integers = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return integers
