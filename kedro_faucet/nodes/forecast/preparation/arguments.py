"""What a user may ask for: horizons, levels, seasons, fillings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean
from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.panel import Panel


def check_horizon(horizon: Any) -> int:
    """Return a horizon, or refuse it.

    >>> check_horizon(0)
    Traceback (most recent call last):
    kedro_faucet.exceptions.ConfigError: horizon=0: say how many periods ahead, at least 1.

    Raises:
        ConfigError: if it is no integer of at least 1.
    """
    if not _is_count(horizon):
        raise ConfigError(f"horizon={horizon!r}: say how many periods ahead, at least 1.")
    return int(horizon)


def check_levels(levels: Any) -> tuple[float, ...]:
    """Return the levels of intervals in percent, or refuse them.

    >>> check_levels([80, 95])
    (80, 95)

    Raises:
        ConfigError: if one is no percentage.
    """
    wanted = tuple(levels) if isinstance(levels, Sequence) and not isinstance(levels, str) else (levels,)
    for level in wanted:
        if not _is_number(level) or not 1 <= level < 100 or f"{level:g}" == "100":
            hint = f" Did you mean {100 * level:g}?" if _is_number(level) and 0 < level < 1 else ""
            raise ConfigError(f"levels={levels!r}: a level is in percent, at least 1 and below 100.{hint}")
    return tuple(dict.fromkeys(wanted))


def check_fill(fill: Any) -> str | float:
    """Return what gaps are filled with, or refuse it.

    >>> check_fill("interpolate"), check_fill(0)
    ('interpolate', 0.0)

    Raises:
        ConfigError: if it is neither ``interpolate`` nor a number.
    """
    if fill == "interpolate":
        return "interpolate"
    if not _is_number(fill) or not math.isfinite(fill):
        hint = did_you_mean(fill, ["interpolate"])
        raise ConfigError(f"fill={fill!r}: gaps are filled by 'interpolate' or with a number, such as 0.{hint}")
    return float(fill)


def check_max_filled(max_filled: Any) -> float:
    """Return what part of a series may be interpolated, or refuse it.

    >>> check_max_filled(0.5)
    0.5

    Raises:
        ConfigError: if it is no part.
    """
    if not _is_number(max_filled) or not 0 <= max_filled <= 1:
        raise ConfigError(f"max_filled={max_filled!r}: say which part of a series may be interpolated, from 0 to 1.")
    return float(max_filled)


def seasons_of(season_length: Any, frequency: Frequency) -> tuple[int, ...]:
    """Return the lengths of the seasons: those asked for, or the usual ones.

    >>> seasons_of(None, Frequency("h")), seasons_of([168, 24], Frequency("h")), seasons_of(1, Frequency("MS"))
    ((24, 168), (24, 168), ())

    Raises:
        ConfigError: if one is no count of periods.
    """
    if season_length is None:
        return frequency.seasons
    wanted = season_length if isinstance(season_length, list | tuple) else (season_length,)
    if not all(_is_count(length) for length in wanted):
        raise ConfigError(f"season_length={season_length!r}: say how many periods a season has, or 1 for none.")
    return tuple(sorted({int(length) for length in wanted} - {1}))


def check_seasons(seasons: Sequence[int], panel: Panel) -> None:
    """Refuse seasons that were asked for and that no series has two of.

    Raises:
        DataError: naming the longest series.
    """
    longest = int(panel.lengths.argmax()) if len(panel.ids) else -1
    values = int(panel.lengths[longest]) if longest >= 0 else 0
    for season in seasons:
        if longest >= 0 and values < 2 * season:
            raise DataError(
                f"season_length={season} needs at least {2 * season} values; "
                f"the longest series, {panel.ids[longest]!r}, has {values}."
            )


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_) and int(value) >= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)
