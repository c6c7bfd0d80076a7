"""The frequency that most series of a panel have, found in their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast.frequency.aliases import every_month, every_tick
from kedro_faucet.nodes.forecast.frequency.frequency import WEEK, Frequency, instants_of, most_common
from kedro_faucet.nodes.forecast.frequency.periods import DAY, Integers, Times, weekdays

ROWS = 500_000
"""So many times are enough to tell the frequency of a panel, or a hundred a series."""
FITTING = 0.75
"""The part of a series' times that must be of a frequency; the others are named where its rows are read."""
WEEKENDS = 0.05
"""The part of a series' times that may lie at weekends, for the series to be one of business days."""


def infer_frequency(times: Times, starts: Integers, names: Sequence[Any] = ()) -> Frequency:
    """Return the frequency that most distances of most series have; what lacks periods is still of it.

    >>> infer_frequency(np.array(["2013-01-31", "2013-02-28", "2013-05-31"], "M8[us]"), np.array([0]))
    Frequency(alias='ME', phase=0, offset=0)

    Args:
        times: the times of one series after the other, each sorted; integers where the panel counts with them.
        starts: where each series begins.
        names: the series' names, for the message.

    Raises:
        DataError: if most series have no frequency in common.
    """
    found = guess_frequency(times, starts)
    if found is None:
        raise DataError(_unknown(times, starts, names))
    return found


def guess_frequency(times: Times, starts: Integers) -> Frequency | None:
    """Return the frequency that most series have, or nothing."""
    if not len(starts) or are_dates(times):
        return None
    panel = _Times(*_first_rows(times, starts))
    if not panel.total:
        return None
    if times.dtype.kind != "M":
        return _of_integers(panel)
    return _of_months(panel) or _of_ticks(panel)


def _first_rows(times: Times, starts: Integers) -> tuple[Times, Integers]:
    """Return the first times of each series, enough to tell its frequency, and where each begins."""
    lengths = np.minimum(np.diff(np.append(starts, len(times))), max(100, ROWS // len(starts)))
    begins = np.cumsum(lengths) - lengths
    return times[np.repeat(starts - begins, lengths) + np.arange(lengths.sum())], begins


def are_dates(numbers: Times) -> bool:
    """Tell whether integers are months or days written as numbers.

    >>> are_dates(np.array([201311, 201312, 201401])), are_dates(np.array([1, 2, 3]))
    (True, False)
    """
    if numbers.dtype.kind == "M" or not len(numbers):
        return False
    months = numbers if numbers[0] < 1_000_000 else numbers // 100
    days = numbers % 100 if numbers[0] >= 1_000_000 else np.ones(1)
    parts = ((months, 190001, 210012), (months % 100, 1, 12), (days, 1, 31))
    return all(bool(((part >= least) & (part <= most)).all()) for part, least, most in parts)


@dataclass(frozen=True)
class _Times:
    """The panel's times, and what each series tells of the distances between them."""

    times: Times
    starts: Integers

    @cached_property
    def instants(self) -> Integers:
        return instants_of(self.times)

    @cached_property
    def lengths(self) -> Integers:
        """How many times each series has."""
        return np.diff(np.append(self.starts, len(self.times)))

    @cached_property
    def steps(self) -> Integers:
        """How far each time is from the next one of its series; 0 for the last."""
        return self.distances(self.instants)

    def distances(self, numbers: Integers) -> Integers:
        steps = np.diff(numbers, append=numbers[-1:])
        steps[self.starts[1:] - 1] = 0
        return steps

    @cached_property
    def counts(self) -> Integers:
        """How many distances each series has."""
        return self.count(self.steps > 0)

    def count(self, rows: Any) -> Integers:
        """Return how many of each series' rows are some that are chosen."""
        return np.add.reduceat(rows, self.starts, dtype=np.int64)

    def fit(self, rows: Any) -> Any:
        """Tell which series fit, if these rows of theirs do: a series in which some are off still does."""
        return self.count(rows) >= FITTING * self.lengths

    @cached_property
    def weights(self) -> Integers:
        """How much each series says: one of two times little, a long one no more than others."""
        return np.minimum(self.counts, 10)

    @cached_property
    def total(self) -> int:
        return int(self.weights.sum())

    def most(self, series: Any) -> bool:
        """Tell whether some of the series are most of them, by weight."""
        return 2 * int(self.weights[series].sum()) > self.total

    def begin(self, numbers: Integers, step: int, series: Any) -> int:
        """Return where in the step most rows of some series lie."""
        rows = np.repeat(series, self.lengths)
        weights = np.repeat(self.weights / self.lengths, self.lengths)
        return most_common(numbers[rows] % step, weights[rows])


def _grid(panel: _Times, numbers: Integers, series: Any, common: Sequence[int]) -> tuple[int, int, Any] | None:
    """Return the step that most distances of some series have, where it begins, and the series that lie on it.

    Where no step has most distances, as where much is missing, it is the largest that all are multiples of. A step that
    is not a common one takes three distances to be believed.
    """
    distances = panel.distances(numbers)
    for steps in (_most_distances(panel, distances), np.gcd.reduceat(distances, panel.starts)):
        own = series & (steps > 0)
        if not own.any():
            continue
        step = most_common(steps[own], panel.weights[own])
        seen = int(panel.weights[own & (steps == step)].sum())
        if step not in common and seen < 3:
            continue
        begin = panel.begin(numbers, step, own)
        fits = series & panel.fit(numbers % step == begin)
        if panel.most(fits):
            return step, begin, fits
    return None


def _most_distances(panel: _Times, distances: Integers) -> Integers:
    """Return the distance that more than half of a series' distances have, 0 for none: it is their median."""
    places = np.repeat(np.arange(len(panel.starts)), panel.lengths)
    ordered = distances[np.lexsort((distances, places))]
    counts = panel.count(distances > 0)
    ends = panel.starts + panel.lengths
    median = ordered[np.minimum(ends - 1 - counts // 2, len(ordered) - 1)]
    same = panel.count(distances == np.repeat(median, panel.lengths))
    return np.where(2 * same > counts, median, 0)


def _of_integers(panel: _Times) -> Frequency | None:
    found = _grid(panel, panel.instants, np.full(len(panel.starts), True), (1,))
    return Frequency(str(found[0]), found[1]) if found else None


def _of_months(panel: _Times) -> Frequency | None:
    near = panel.count((panel.steps > 0) & (panel.steps < 28 * DAY))
    sparse = (panel.counts > 0) & (near <= (1 - FITTING) * panel.counts)
    if not panel.most(sparse):
        return None
    monthly, fits = _place_in_month(panel, sparse)
    found = _grid(panel, monthly.numbers(panel.times), fits, (1, 3, 12)) if panel.most(fits) else None
    return Frequency(*every_month(monthly.alias, *found[:2]), monthly.offset) if found else None


def _place_in_month(panel: _Times, series: Any) -> tuple[Frequency, Any]:
    """Return by which of their days most months are dated, and the series that are dated so."""
    best, best_fits, most = Frequency("MS"), np.zeros(len(panel.starts), np.bool_), 0.0
    for alias in ("ME", "MS", "BMS", "BME"):
        monthly = Frequency(alias).fitted(panel.times)
        aligned = monthly.aligned(panel.times)
        fits = series & panel.fit(aligned)
        share = float((panel.weights * panel.count(aligned) / panel.lengths)[fits].sum())
        if share > most:
            best, best_fits, most = monthly, fits, share
    return best, best_fits


def _of_ticks(panel: _Times) -> Frequency | None:
    found = _grid(panel, panel.instants, np.full(len(panel.starts), True), (DAY, WEEK))
    if not found:
        return None
    step, begin, fits = found
    if (step % DAY and DAY % step) or not panel.most(fits & (_shares(panel, step) >= (0.01 if step >= DAY else 0.1))):
        return None
    if step == DAY and _skips_weekends(panel, fits):
        return Frequency("B", 0, begin)
    return Frequency(*every_tick(step, begin))


def _shares(panel: _Times, step: int) -> Any:
    """Return of which share of its periods each series has a time, its longest gap aside: it may be a slip's."""
    periods = (np.add.reduceat(panel.steps, panel.starts) - np.maximum.reduceat(panel.steps, panel.starts)) // step + 1
    return panel.counts / np.maximum(periods, 1)


def _skips_weekends(panel: _Times, series: Any) -> bool:
    """Tell whether values come on business days: most series have hardly any at a weekend, and go over two of them."""
    days = weekdays(panel.instants)
    weekend = days >= 5
    never = series & (panel.count(weekend) <= WEEKENDS * panel.lengths)
    fridays = panel.instants[(days == 4) & (panel.steps == 3 * DAY)]
    return panel.most(never) and bool(weekend.mean() < 0.15) and len(fridays) > 0 and bool(np.ptp(fridays) > 0)


def _unknown(times: Times, starts: Integers, names: Sequence[Any]) -> str:
    if are_dates(times):
        return f"The times look like dates written as numbers, such as {times[0]}: make them a DATE, or say freq=1."
    lengths = np.diff(np.append(starts, len(times)))
    series = int(np.argmax(lengths > 1)) if len(starts) else 0
    few = times[starts[series] : starts[series] + min(lengths[series], 4)] if len(starts) else times
    such = "'D', 'MS' or 'h'" if times.dtype.kind == "M" else "1"
    name = f"Series {names[series]!r}" if len(names) else "A series"
    return (
        f"The series have no frequency in common. {name} has the times {', '.join(show(few))}. "
        f"Say which with freq=, such as {such}, or aggregate to one row a period first."
    )


def show(times: Times) -> list[str]:
    """Return times as a reader writes them: days without a time where they have none.

    >>> show(np.array(["2013-01-01"], "M8[us]")), show(np.array([7]))
    (['2013-01-01'], ['7'])
    """
    if times.dtype.kind != "M":
        return [str(number) for number in times.tolist()]
    return [str(time).replace("T", " ").removesuffix(".000000").removesuffix(" 00:00:00") for time in times]
