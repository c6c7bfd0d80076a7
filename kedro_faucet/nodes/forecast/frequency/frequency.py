"""A frequency: which times a series has values at, and how to count them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.frequency.aliases import Alias, parse
from kedro_faucet.nodes.forecast.frequency.periods import DAY, UNITS, Integers, Months, Periods, Ticks, Times

WEEK = 7 * DAY


@dataclass(frozen=True)
class Frequency:
    """Which times a series has values at, by pandas' name for them.

    >>> monthly = Frequency("MS")
    >>> numbers = monthly.numbers(np.array(["2013-01-01", "2013-03-01"], "M8[us]"))
    >>> numbers.tolist(), monthly.times(numbers + 1).astype("M8[D]").tolist()
    ([516, 518], [datetime.date(2013, 2, 1), datetime.date(2013, 4, 1)])
    >>> Frequency("h").seasons, Frequency("W-MON").seasons, Frequency("2QS").seasons
    ((24, 168), (52,), (2,))

    Args:
        alias: ``D``, ``B``, ``W-MON``, ``h``, ``15min``, ``MS``, ``ME``, ``QS``, ``YE``, ``QS-FEB``, …; a number for
            integers in that step.
        phase: for a multiple, the period from 1970 on in which it begins.
        offset: microseconds by which values are dated after their period's begin, such as the 15th or six o'clock.

    Raises:
        ConfigError: if there is no such frequency.
    """

    alias: str
    phase: int = 0
    offset: int = 0

    def __post_init__(self) -> None:
        """Refuse a name that says nothing."""
        _ = self._parts

    @property
    def is_integer(self) -> bool:
        """Whether it counts with plain integers rather than times."""
        return self._parts.unit == "integer"

    @property
    def is_within_day(self) -> bool:
        """Whether it needs times of the day, which dates do not have."""
        return (self._step is not None and self._step < DAY and not self.is_integer) or self.offset % DAY != 0

    @property
    def seasons(self) -> tuple[int, ...]:
        """How many periods its usual seasons have, the shortest first."""
        if self._parts.unit == "B":
            return (5, 260) if self._parts.step == 1 else ()
        if isinstance(self._periods, Months):
            return _whole(12, self._parts.step)
        step = self._step
        if self.is_integer or step is None:
            return ()
        if step >= DAY:
            return (7, 365) if step == DAY else _whole(52 * WEEK, step) if step % WEEK == 0 else ()
        return _whole(DAY, step) + _whole(WEEK, step) if step >= UNITS["min"] else _whole(UNITS["h"], step)

    def numbers(self, times: Times) -> Integers:
        """Return the number of each time's period; that of the next is one more."""
        base = self._periods.numbers(instants_of(times), self.offset)
        return base if self._parts.step == 1 else (base - self._begin) // self._parts.step

    def times(self, numbers: Integers) -> Times:
        """Return the time that dates each period: an integer for a frequency of integers."""
        base = np.asarray(numbers, np.int64) * self._parts.step + self._begin
        instants = self._periods.instants(base, self.offset)
        return instants if self.is_integer else instants.view("M8[us]")

    def aligned(self, times: Times) -> NDArray[np.bool_]:
        """Tell for each time whether a period is dated so."""
        aligned: NDArray[np.bool_] = instants_of(self.times(self.numbers(times))) == instants_of(times)
        return aligned

    def fitted(self, times: Times) -> Frequency:
        """Return it with the phase and offset that most times have, where the name leaves them open.

        >>> Frequency("D").fitted(np.array(["2013-01-01T06:00", "2013-01-02T06:00"], "M8[us]")).offset // 3_600_000_000
        6
        """
        instants = instants_of(times)
        if not len(instants):
            return self
        plain = replace(self, offset=0)
        base = plain._periods.numbers(instants, 0)
        return replace(self, phase=plain._usual_phase(base), offset=plain._usual_offset(instants, base))

    def _usual_phase(self, base: Integers) -> int:
        free = self._parts.step // self._parts.span
        named = self._parts.begin
        return most_common((base - named) // self._parts.span % free) * self._parts.span if free > 1 else 0

    def _usual_offset(self, instants: Integers, base: Integers) -> int:
        since = instants - self._periods.instants(base, 0)
        if not isinstance(self._periods, Months):
            return 0 if self.is_integer else most_common(since % DAY if self._parts.unit == "B" else since)
        days = most_common(since // DAY)
        dated = 0 <= days < 30 and not (self._periods.end or self._periods.business)  # the 31st is ME, not MS
        return most_common(since % DAY) + (days * DAY if dated else 0)

    @cached_property
    def _parts(self) -> Alias:
        return parse(self.alias)

    @property
    def _begin(self) -> int:
        return (self._parts.begin + self.phase) % self._parts.step

    @property
    def _step(self) -> int | None:
        periods = self._periods
        return periods.length * self._parts.step if isinstance(periods, Ticks) else None

    @property
    def _periods(self) -> Periods:
        return self._parts.periods


def _whole(period: int, step: int) -> tuple[int, ...]:
    """Return how many steps a season has, if it is a whole number of at least two."""
    return (period // step,) if period % step == 0 and period > step else ()


def instants_of(times: Times) -> Integers:
    """Return times as plain integers: microseconds since 1970, or what they are.

    >>> instants_of(np.array(["1970-01-01T00:00:01"], "M8[s]")).tolist()
    [1000000]
    """
    if times.dtype.kind == "M":
        return times.astype("M8[us]", copy=False).view(np.int64)
    return times.astype(np.int64, copy=False)


def most_common(values: Integers, weights: Integers | None = None) -> int:
    """Return the value that occurs most, or weighs most; the least of equals.

    >>> most_common(np.array([3, 1, 1])), most_common(np.array([3, 1, 1]), np.array([9, 1, 1]))
    (1, 3)
    """
    least = int(values.min())
    if int(values.max()) - least < 100_000:
        return least + int(np.bincount(values - least, weights).argmax())
    found, places = np.unique(values, return_inverse=True)
    return int(found[np.bincount(places, weights).argmax()])
