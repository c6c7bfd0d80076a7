"""Times of snapshots: out of a column or the names of files, of a zone or of UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

from kedro_faucet.exceptions import DataError, did_you_mean

_OFFSET = r"(Z(?![A-Za-z0-9])|[+]\d\d:?\d\d(?!\d))"
_CLOCK = rf"[T _-]?(\d\d)[-_:.]?(\d\d)(?:[-_:.]?(\d\d))?(?:{_OFFSET}|(?![-.:+]?\d))"
_TIME = re.compile(rf"(?<!\d)(\d{{4}})[-_.]?(\d\d)[-_.]?(\d\d)(?:{_CLOCK})?(?!\d)")
_MORE = re.compile(r"[T _+-]?\d\d[-_:.]?\d\d")


@dataclass(frozen=True)
class Times:
    """Reads times, and says them in UTC.

    >>> Times("Europe/Berlin").read(datetime(2013, 1, 31, 12))
    datetime.datetime(2013, 1, 31, 11, 0)
    >>> Times().read("data/fleet_2013-01-31.csv"), Times().read("fleet_20130131T2359.csv")
    (datetime.datetime(2013, 1, 31, 0, 0), datetime.datetime(2013, 1, 31, 23, 59))

    Args:
        zone: the zone that they are of; default: UTC.

    Raises:
        DataError: if there is no such zone.
    """

    zone: str | None = None

    def __post_init__(self) -> None:
        """Refuse a zone that there is not."""
        if self.zone is not None and self.zone not in available_timezones():
            near = did_you_mean(self.zone, available_timezones())
            raise DataError(f"There is no zone '{self.zone}': it is called as in Europe/Berlin.{near}")

    def read(self, value: date | str) -> datetime:
        """Return a time in UTC; of a text, as the name of a file is, the one that its last part has.

        A text may say itself how far its clock was from UTC, as in 20130131T2359Z or 2013-01-31T23:59+01:00.

        Raises:
            DataError: if a text has none or several, or the zone's clocks showed the time never or twice.
        """
        at = _in_name(value) if isinstance(value, str) else value
        at = at if isinstance(at, datetime) else datetime.combine(at, time())
        if at.tzinfo:
            return at.astimezone(UTC).replace(tzinfo=None)
        return at if self.zone is None else _from_zone(at, ZoneInfo(self.zone))


def _in_name(text: str) -> datetime:
    name = text.replace("\\", "/").rpartition("/")[2]
    found = [(each.groups(), name[each.end() :]) for each in _TIME.finditer(name)]
    try:
        [(parts, rest)] = found
        if _MORE.match(rest):  # a clock that is not understood is not left out
            raise ValueError
        *clock, offset = parts
        zone = timezone(_distance(offset)) if offset else None
        return datetime(*(int(part or 0) for part in clock), tzinfo=zone)  # type: ignore[arg-type,misc]
    except ValueError:
        many = "no time" if len(found) == 0 else "several times" if len(found) > 1 else "a time that there is not"
        raise DataError(
            f"'{text}' has {many} in its name: a snapshot needs one, as in fleet_2013-01-31.csv or "
            "fleet_20130131T2359.csv."
        ) from None


def _distance(offset: str) -> timedelta:
    digits = offset.strip("Z+").replace(":", "") or "0000"
    return timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _from_zone(at: datetime, zone: ZoneInfo) -> datetime:
    found = {at.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)}
    if len(found) > 1:
        back = {each.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for each in found}
        said = "twice" if back == {at} else "never"
        raise DataError(
            f"The clocks of {zone.key} showed {at} {said}: give the snapshot's time in UTC, without a zone."
        )
    return found.pop()
