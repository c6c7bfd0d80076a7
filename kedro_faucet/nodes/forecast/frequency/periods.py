"""Periods of one kind, numbered in a row: fixed steps, business days, months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Times: TypeAlias = NDArray[Any]
"""Timestamps in microseconds, or the integers that a panel counts its periods with."""

DAY = 86_400_000_000
UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "D": DAY}


class Periods(Protocol):
    """Periods that follow each other without a gap; an offset is how long after its begin a period is dated."""

    def numbers(self, instants: Integers, offset: int) -> Integers:
        """Return the number of the period that each instant lies in."""

    def instants(self, numbers: Integers, offset: int) -> Integers:
        """Return the instant that dates each period."""


@dataclass(frozen=True)
class Ticks:
    """Steps of fixed length: days, hours, seconds, integers."""

    length: int

    def numbers(self, instants: Integers, offset: int) -> Integers:
        """Return the number of the step that each instant lies in."""
        return (instants - offset) // self.length

    def instants(self, numbers: Integers, offset: int) -> Integers:
        """Return the instant that dates each step."""
        return numbers * self.length + offset


class BusinessDays:
    """Mondays to Fridays; a Saturday or Sunday has its Friday's number."""

    def numbers(self, instants: Integers, offset: int) -> Integers:
        """Return the number of the business day of each instant."""
        days = (instants - offset) // DAY + 3  # 1970 began on a Thursday
        return days // 7 * 5 + np.minimum(days % 7, 4)

    def instants(self, numbers: Integers, offset: int) -> Integers:
        """Return the instant that dates each business day."""
        return (numbers // 5 * 7 + numbers % 5 - 3) * DAY + offset


@dataclass(frozen=True)
class Months:
    """Months, dated by their first or last day, or by their first or last business day.

    Args:
        end: dated by the last day.
        business: dated by a business day.
    """

    end: bool = False
    business: bool = False

    def numbers(self, instants: Integers, offset: int) -> Integers:
        """Return the number of the month of each instant."""
        return months_of(instants // DAY)

    def instants(self, numbers: Integers, offset: int) -> Integers:
        """Return the instant that dates each month: the 30th of February is its last day."""
        last = first_days(numbers + 1) - 1
        days = last if self.end else np.minimum(first_days(numbers) + offset // DAY, last)
        if self.business:
            days = days + _to_business_day(days, self.end)
        return days * DAY + offset % DAY


def months_of(days: Integers) -> Integers:
    """Return the month of each day, both counted from 1970."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def first_days(months: Integers) -> Integers:
    """Return the first day of each month, both counted from 1970."""
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def weekdays(instants: Integers) -> Integers:
    """Return each instant's weekday, 0 for Monday."""
    return (instants // DAY + 3) % 7


def _to_business_day(days: Integers, back: bool) -> Integers:
    """Return how many days a weekend lies off the business day after it, or before it."""
    over = (days + 3) % 7 - 4
    return np.where(over <= 0, 0, -over if back else 3 - over)
