"""What makes a series impossible to forecast, told by its rows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.frequency import Frequency, Times
from kedro_faucet.nodes.forecast.frequency.inference import guess_frequency, show
from kedro_faucet.nodes.forecast.frequency.periods import Integers
from kedro_faucet.nodes.forecast.panel import Panel
from kedro_faucet.nodes.forecast.preparation.rows import Rows

EXAMPLES = 3
GREATEST = 1e150
"""Above it, a square is not finite."""
OFF = "; correct these rows, aggregate to one row a period, or give freq="


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
            if bad is off:
                faults[series] += looks_like(rows, series, frequency) + OFF
    return faults


def looks_like(rows: Rows, series: int, frequency: Frequency) -> str:
    """Return which other frequency a series has by itself, in words; nothing if it has none."""
    own = rows.times[(rows.series == series) & rows.dated]
    found = guess_frequency(own, np.zeros(1, np.int64))
    return f" (it looks like freq='{found.alias}')" if found and found.alias != frequency.alias else ""


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


def log_filled(panel: Panel) -> int:
    """Return how many values were interpolated, and log in which series."""
    if panel.filled is None:
        return 0
    counts = panel.filled.sum(axis=0)
    count, series = int(counts.sum()), int((counts > 0).sum())
    most = [one for one in np.argsort(-counts, kind="stable")[:EXAMPLES] if counts[one]]
    named = ", ".join(f"{panel.ids[one]}: {counts[one]} of {panel.lengths[one]}" for one in most)
    logging.getLogger(__name__).warning("Values interpolated in gaps: %s, in %s series (%s)", count, series, named)
    return count


def told(found: Sequence[tuple[Any, ...]], others: bool = True) -> str:
    """Return the message about series that cannot be forecast.

    >>> print(told([(5, "JFK", "no value"), (5, "LGA", "more than one row for 3")]))
    5 series cannot be forecast; on_error='skip' forecasts the others, and says which were not:
      JFK: no value
      LGA: more than one row for 3
      and 3 more

    Args:
        found: how many there are in all, the series, and why; for some of them.
        others: whether there are others, that can be forecast.
    """
    count = found[0][0] if found else 0
    what = "A series" if count == 1 else f"{count} series"
    skip = "; on_error='skip' forecasts the others, and says which were not:" if others else ", and there is no other:"
    lines = [f"{what} cannot be forecast{skip}"]
    lines += [f"  {series}: {error}" for _, series, error in found]
    return "\n".join(lines + ([f"  and {count - len(found)} more"] if count > len(found) else []))
