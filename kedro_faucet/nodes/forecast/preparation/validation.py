"""What makes a series impossible to forecast, told by its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.frequency import Frequency, Times
from kedro_faucet.nodes.forecast.frequency.inference import show
from kedro_faucet.nodes.forecast.frequency.periods import Integers
from kedro_faucet.nodes.forecast.preparation.rows import Rows

EXAMPLES = 3
GREATEST = 1e150
"""Above it, a square is not finite."""


def row_faults(rows: Rows, frequency: Frequency, numbers: Integers) -> dict[int, str]:
    """Return, for each series that has a faulty row, what the first of its faults is.

    Args:
        rows: the rows.
        frequency: the periods.
        numbers: the period of each row's time.
    """
    faults = {series: "the series has no name" for series, name in enumerate(rows.ids) if name is None}
    again = np.append(False, np.diff(rows.times).astype(np.int64) == 0)
    again[rows.starts] = False
    again[1:] &= rows.dated[1:] & rows.dated[:-1]
    off = rows.dated & (frequency.times(numbers) != rows.times)
    infinite = rows.valued & ~(np.abs(rows.y) <= GREATEST)
    for bad, text in (
        (~rows.dated, "{count} of its rows have no time"),
        (again, "more than one row for {examples}"),
        (off, f"off the frequency {frequency.alias}: {{examples}}"),
        (infinite, "not a finite number at {examples}"),
    ):
        for series, found in _by_series(rows, bad, faults):
            faults[series] = text.format(count=len(found), examples=examples(found))
    return faults


def examples(times: Times) -> str:
    """Return the first few of some times in words.

    >>> examples(np.array([4, 5, 6, 7, 8]))
    '4, 5, 6 and 2 more'
    """
    more = len(times) - EXAMPLES
    return ", ".join(show(times[:EXAMPLES])) + (f" and {more} more" if more > 0 else "")


def _by_series(rows: Rows, bad: NDArray[np.bool_], known: dict[int, str]) -> list[tuple[int, Any]]:
    """Return the series that have bad rows and no fault yet, with the times of the rows."""
    found = np.flatnonzero(bad)
    if not len(found):
        return []
    series, starts = np.unique(rows.series[found], return_index=True)
    times = np.split(rows.times[found], starts[1:])
    return [(int(one), each) for one, each in zip(series, times, strict=True) if int(one) not in known]
