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


def infer_frequency(times: Times, starts: Integers, names: Sequence[Any] = ()) -> Frequency:
    """Return the frequency that most series have; what lacks periods is still of it.

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
    panel = _Times(times, starts)
    if not panel.total or are_dates(times):
        return None
    if times.dtype.kind != "M":
        return _of_integers(panel)
    return _of_months(panel) or _of_ticks(panel)


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
        return np.add.reduceat(self.steps > 0, self.starts, dtype=np.int64)

    @cached_property
    def weights(self) -> Integers:
        """How much each series says: one of two times little, a long one no more than others."""
        return np.minimum(self.counts, 10)

    @cached_property
    def total(self) -> int:
        return int(self.weights.sum()) if len(self.starts) else 0

    def most(self, series: Any) -> bool:
        """Tell whether some of the series are most of them, by weight."""
        return 2 * int(self.weights[series].sum()) > self.total

    def usual_step(self, distances: Integers, series: Any, common: Sequence[int]) -> tuple[int, Any]:
        """Return the step that most of some series have, 0 for none, and the series that it fits.

        A step that is not a common one takes three distances to be believed.
        """
        greatest = np.gcd.reduceat(distances, self.starts)
        own = series & (greatest > 0)
        if not own.any():
            return 0, own
        step = most_common(greatest[own], self.weights[own])
        seen = int(self.weights[own & (greatest == step)].sum())
        return (step if step in common or seen >= 3 else 0), own & (greatest % step == 0)


def _of_integers(panel: _Times) -> Frequency | None:
    step, fits = panel.usual_step(panel.steps, np.full(len(panel.starts), True), (1,))
    if not step or not panel.most(fits):
        return None
    return Frequency(str(step), _begin(panel, panel.instants, step, fits))


def _begin(panel: _Times, numbers: Integers, step: int, fits: Any) -> int:
    """Return where in the step most of the series begin."""
    return most_common(numbers[panel.starts[fits]] % step, panel.weights[fits])


def _of_months(panel: _Times) -> Frequency | None:
    far = np.where(panel.steps > 0, panel.steps, 28 * DAY)
    sparse = np.minimum.reduceat(far, panel.starts) >= 28 * DAY
    if not panel.most(sparse):
        return None
    monthly, fits = _place_in_month(panel, sparse)
    if not panel.most(fits):
        return None
    months = monthly.numbers(panel.times)
    step, fits = panel.usual_step(panel.distances(months), fits, (1, 3, 12))
    if not step or not panel.most(fits):
        return None
    alias, phase = every_month(monthly.alias, step, _begin(panel, months, step, fits))
    return Frequency(alias, phase, monthly.offset)


def _place_in_month(panel: _Times, series: Any) -> tuple[Frequency, Any]:
    """Return by which of their days most months are dated, and the series that are dated so."""
    best, best_fits = Frequency("MS"), np.zeros(len(panel.starts), np.bool_)
    first, some = panel.times[panel.starts], panel.times[:: len(panel.times) // 100_000 | 1]
    for alias in ("ME", "MS", "BMS", "BME"):
        monthly = Frequency(alias).fitted(some)
        if not panel.most(monthly.aligned(first)):
            continue
        fits = series & np.logical_and.reduceat(monthly.aligned(panel.times), panel.starts)
        if panel.weights[fits].sum() > panel.weights[best_fits].sum():
            best, best_fits = monthly, fits
        if panel.weights[best_fits].sum() == panel.total:
            break
    return best, best_fits


def _of_ticks(panel: _Times) -> Frequency | None:
    step, fits = panel.usual_step(panel.steps, np.full(len(panel.starts), True), (DAY, WEEK))
    if not step or (step % DAY and DAY % step) or not panel.most(fits):
        return None
    begin = _begin(panel, panel.instants, step, fits)
    fits &= panel.instants[panel.starts] % step == begin
    if not panel.most(fits & (_shares(panel, step) >= (0.01 if step >= DAY else 0.1))):
        return None
    if step == DAY and _skips_weekends(panel, fits):
        return Frequency("B", 0, begin)
    return Frequency(*every_tick(step, begin))


def _shares(panel: _Times, step: int) -> Any:
    """Return of which share of its periods each series has a time."""
    last = panel.instants[np.append(panel.starts[1:], len(panel.instants)) - 1]
    periods = (last - panel.instants[panel.starts]) // step
    return panel.counts / np.maximum(periods, 1)


def _skips_weekends(panel: _Times, series: Any) -> bool:
    """Tell whether values come on business days alone: most series have none at a weekend, and go over two of them."""
    days = weekdays(panel.instants)
    weekend = days >= 5
    never = series & ~np.logical_or.reduceat(weekend, panel.starts)
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
