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

    >>> values = np.array([[1.0, 1], [3, 1], [1, 1]])
    >>> [scale.tolist() for scale in seasonal_differences(values, 1)]
    [[2.0, 0.0], [4.0, 0.0]]

    Args:
        values: shape (time, series), NaN before a series begins.
        season_length: in periods; of a series of no more than a season and two values, one period.
    """
    changes = seasonal_changes(values, season_length)
    return mean(np.abs(changes)), mean(changes * changes)


def seasonal_changes(values: Floats, season_length: int) -> Floats:
    """Return the differences to the value a season before, shape (time, series), NaN where there is none.

    >>> seasonal_changes(np.array([[1.0], [3], [1]]), 1).tolist()
    [[nan], [2.0], [-2.0]]

    Args:
        values: as for ``seasonal_differences``.
        season_length: likewise.
    """
    steps: Floats = np.diff(values, axis=0, prepend=np.nan)
    if season_length == 1:
        return steps
    seasonal = np.full_like(values, np.nan)
    seasonal[season_length:] = values[season_length:] - values[:-season_length]
    return np.where(np.isfinite(values).sum(axis=0) <= season_length + 2, steps, seasonal)
