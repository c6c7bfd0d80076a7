"""Sums along time that give a series the same bits whatever stands beside it."""

from __future__ import annotations

from functools import reduce

import numpy as np

from kedro_faucet.nodes.forecast.panel import Floats


def total(rows: Floats) -> Floats:
    """Return the sums of the columns, added row by row: numpy groups its own sums by the array's shape.

    >>> total(np.array([[0.0, 1], [2, 3]])).tolist()
    [2.0, 4.0]

    Args:
        rows: shape (time, …).
    """
    sums: Floats = reduce(np.add, rows, np.zeros(rows.shape[1:]))
    return sums


def mean(rows: Floats) -> Floats:
    """Return the means of the columns over what is not NaN; NaN where nothing is.

    >>> mean(np.array([[np.nan, 1], [2, 3]])).tolist()
    [2.0, 2.0]
    """
    known = np.isfinite(rows)
    sums, counts = total(np.where(known, rows, 0.0)), known.sum(axis=0)
    means: Floats = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return means


def seasonal_differences(values: Floats, season_length: int) -> tuple[Floats, Floats]:
    """Return each series' mean absolute and mean squared difference to the value a season before.

    A series of no more than a season and two values is compared with its previous value.

    >>> values = np.array([[1.0, 1], [3, 1], [1, 1]])
    >>> [scale.tolist() for scale in seasonal_differences(values, 1)]
    [[2.0, 0.0], [4.0, 0.0]]

    Args:
        values: shape (time, series), NaN before a series begins.
        season_length: in periods.
    """
    near = _differences(values, 1)
    if season_length > 1:
        far = _differences(values, season_length)
        short = np.isfinite(values).sum(axis=0) <= season_length + 2
        return tuple(np.where(short, one, other) for one, other in zip(near, far, strict=True))  # type: ignore[return-value]
    return near


def _differences(values: Floats, lag: int) -> tuple[Floats, Floats]:
    if len(values) <= lag:
        nothing: Floats = np.full(values.shape[1], np.nan)
        return nothing, nothing
    step = values[lag:] - values[:-lag]
    return mean(np.abs(step)), mean(step * step)
