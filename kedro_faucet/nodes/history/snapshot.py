"""A snapshot: a full extract of a source table at one time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from kedro_faucet.engines import Table
from kedro_faucet.exceptions import DataError


@dataclass(frozen=True)
class Snapshot:
    """A full extract of a source table at one time.

    >>> from kedro_faucet import engines
    >>> fleet = engines.connect().sql("select 'N10156' as tailnum, 'EV' as carrier")
    >>> Snapshot(fleet, "2013-01-31 23:59:59").at
    datetime.datetime(2013, 1, 31, 23, 59, 59)

    Args:
        table: the rows of the source.
        at: the time at which they were so; without a zone it is UTC.
        replace: whether it takes the place of another one at its time.
        checksum: what the rows sum up to, where that is known already.
        seen: what a history tells of the snapshots that it has, by their times.

    Raises:
        DataError: if ``at`` is no time.
    """

    table: Table
    at: datetime
    replace: bool = False
    checksum: str | None = field(default=None, repr=False, compare=False)
    seen: dict[datetime, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the time in UTC without a zone."""
        object.__setattr__(self, "at", utc(self.at))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.table.columns)


def utc(at: datetime | date | str) -> datetime:
    """Return a time in UTC without a zone, the one kind that both engines keep alike.

    >>> utc("2013-01-31"), utc("2013-01-31T23:00:00-05:00")
    (datetime.datetime(2013, 1, 31, 0, 0), datetime.datetime(2013, 2, 1, 4, 0))

    Raises:
        DataError: if it is no time.
    """
    try:
        if isinstance(at, str):
            at = datetime.fromisoformat(at)
        if not isinstance(at, datetime):
            return datetime.combine(at, time())
        at = datetime.combine(at.date(), at.timetz())  # a plain datetime, also out of pandas' own kind
        return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    except (TypeError, ValueError):
        raise DataError(f"{at!r} is not a time: give a datetime, a date or text as '2013-01-31 23:59:59'.") from None


def check_span(start: datetime | date | str | None, end: datetime | date | str | None) -> None:
    """Refuse a time that is none, and a span that ends before it starts.

    >>> check_span("2013-01-31", "2013-01-01")
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: From 2013-01-31 to 2013-01-01 there is no time: the first comes after the second.

    Raises:
        DataError: if it is so.
    """
    first, last = (None if each is None else utc(each) for each in (start, end))
    if first and last and first > last:
        raise DataError(f"From {start} to {end} there is no time: the first comes after the second.")
