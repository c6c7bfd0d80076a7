"""The names of frequencies: pandas' words, read and spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.forecast.frequency.periods import DAY, UNITS, BusinessDays, Months, Periods, Ticks

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
SPANS = {"M": 1, "Q": 3, "Y": 12}

_ALIAS = re.compile(r"(\d*)([A-Za-z]*)(?:-([A-Z]{3}))?")
_NAMES = ("D", "B", "W", *(f"W-{day}" for day in WEEKDAYS), "h", "min", "s", "ms", "us", "MS", "ME", "QS", "QE", "YS")
_NAMES = (*_NAMES, "YE", "BMS", "BME", "BQS", "BQE", "BYS", "BYE", "integer")
_OTHERS = {"H": "h", "T": "min", "S": "s", "M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "AS": "YS", "BM": "BME"}
_OTHERS |= {"L": "ms", "U": "us", "d": "D", "m": "min", "mo": "MS", "q": "QS", "y": "YS", "w": "W-MON", "day": "D"}


@dataclass(frozen=True)
class Alias:
    """What an alias says: every ``step``-th period from ``begin`` on, of which it names the place within ``span``."""

    unit: str
    periods: Periods
    step: int
    span: int = 1
    begin: int = 0


def parse(alias: str) -> Alias:
    """Return what a frequency's name says.

    >>> parse("2QS-FEB").step, parse("W-MON").periods
    (6, Ticks(length=86400000000))

    Raises:
        ConfigError: if there is no such frequency.
    """
    found = _ALIAS.fullmatch(alias)
    many, name, anchor = found.groups() if found else ("", "", None)
    parts = None if many and not int(many) else _named(int(many or 1), name or ("integer" if many else ""), anchor)
    if parts is None:
        hint = f" Did you mean '{many}{_OTHERS[name]}'?" if name in _OTHERS else did_you_mean(alias, _NAMES)
        raise ConfigError(f"There is no frequency '{alias}'.{hint} Known are pandas' names: {', '.join(_NAMES)}.")
    return parts


def _named(many: int, name: str, anchor: str | None) -> Alias | None:
    if name == "W":
        weekday = anchor or "SUN"
        return Alias("W", Ticks(DAY), 7 * many, 7, WEEKDAYS.index(weekday) + 4) if weekday in WEEKDAYS else None
    if name[-1:] in ("S", "E") and name[-2:-1] in SPANS and name[:-2] in ("", "B"):
        return _of_months(many, name, anchor)
    if anchor:
        return None
    if name == "B":
        return Alias("B", BusinessDays(), many)
    length = 1 if name == "integer" else UNITS.get(name)
    return Alias(name, Ticks(length), many) if length else None


def _of_months(many: int, name: str, anchor: str | None) -> Alias | None:
    span, end = SPANS[name[-2]], name[-1] == "E"
    month = anchor or ("DEC" if end else "JAN")
    if month not in MONTHS or (anchor and span == 1):
        return None
    return Alias(name, Months(end, name[0] == "B"), span * many, span, MONTHS.index(month) % span)


def every_month(name: str, step: int, begin: int) -> tuple[str, int]:
    """Return the name for every so-many-th month and the phase that it leaves open.

    >>> every_month("MS", 3, 0), every_month("ME", 12, 5), every_month("MS", 6, 1)
    (('QS', 0), ('YE-JUN', 0), ('6MS', 1))

    Args:
        name: ``MS``, ``ME``, ``BMS`` or ``BME``.
        step: how many months.
        begin: the month within the step, 0 for January.
    """
    span = {3: "Q", 12: "Y"}.get(step)
    if span is None:
        return (f"{step}{name}" if step > 1 else name), begin
    first, usual = (12 - step, step - 1) if name[-1] == "E" else (0, 0)
    return f"{name[:-2]}{span}{name[-1]}" + ("" if begin == usual else f"-{MONTHS[first + begin]}"), 0


def every_tick(length: int, begin: int) -> tuple[str, int, int]:
    """Return the name for a fixed step, the phase that it leaves open, and the offset.

    >>> every_tick(900_000_000, 0), every_tick(7 * DAY, 4 * DAY), every_tick(2 * DAY, DAY)
    (('15min', 0, 0), ('W-MON', 0, 0), ('2D', 1, 0))

    Args:
        length: in microseconds.
        begin: where the first step from 1970 on begins, in microseconds.
    """
    unit = next(unit for unit in reversed(UNITS) if length % UNITS[unit] == 0)
    many, phase, offset = length // UNITS[unit], begin // UNITS[unit], begin % UNITS[unit]
    if unit == "D" and many % 7 == 0:
        weekday = (phase + 3) % 7
        return f"{many // 7 if many > 7 else ''}W-{WEEKDAYS[weekday]}", (phase - weekday - 4) % many, offset
    return f"{many if many > 1 else ''}{unit}", phase, offset
