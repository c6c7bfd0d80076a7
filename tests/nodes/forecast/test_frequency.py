"""Frequencies against pandas' own calendar."""

from __future__ import annotations

import pickle
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.forecast.frequency import Frequency

WEEKS = [f"W-{day}" for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")]
MONTHS = ["MS", "ME", "BMS", "BME", "QS", "QS-FEB", "QE", "QE-NOV", "QE-OCT", "BQS-MAR", "BQE", "YS", "YS-JUL", "YE"]
MONTHS = [*MONTHS, "YE-JUN", "BYS", "BYE-FEB"]
ALIASES = ["D", "B", "W", *WEEKS, *MONTHS, "h", "min", "s", "ms"]
MULTIPLES = ["2D", "10D", "2W-MON", "4W-SUN", "2MS", "6MS", "2ME", "4BME", "2QS", "2h", "12h", "15min", "30min", "10s"]

starts = st.datetimes(datetime(1902, 1, 1), datetime(2090, 1, 1))
aliases = st.sampled_from([*ALIASES, *MULTIPLES])


def dates(alias: str, start: datetime, periods: int) -> np.ndarray:
    """What pandas has from a day on."""
    days = pd.date_range(pd.Timestamp(start).floor("D"), periods=periods, freq=alias, unit="us")
    return days.to_numpy("M8[us]")


@given(aliases, starts, st.integers(1, 60))
@example("W", datetime(2012, 12, 31), 60)
@example("ME", datetime(1904, 1, 31), 60)
def test_the_times_are_those_of_pandas(alias: str, start: datetime, periods: int) -> None:
    """From any day on, the periods that follow each other are dated as pandas dates them."""
    expected = dates(alias, start, periods)
    frequency = Frequency(alias).fitted(expected)
    numbers = frequency.numbers(expected)
    assert np.array_equal(numbers, numbers[0] + np.arange(periods))
    assert np.array_equal(frequency.times(numbers), expected)
    assert frequency.aligned(expected).all()


@pytest.mark.parametrize("alias", ALIASES)
def test_a_name_alone_says_when(alias: str) -> None:
    """A name without a multiple needs no times to be fitted to."""
    expected = dates(alias, datetime(2012, 2, 17), 60)
    assert np.array_equal(Frequency(alias).times(Frequency(alias).numbers(expected)), expected)


@given(aliases, st.lists(st.integers(-800, 800), min_size=1), st.integers(0, 86_399_999_999))
def test_numbers_and_times_are_inverse(alias: str, numbers: list[int], offset: int) -> None:
    """The time of a period lies in that period, whatever time of the day it is dated."""
    frequency = Frequency(alias)
    if frequency.is_within_day:
        offset = 0
    frequency = Frequency(alias, 0, offset)
    expected = np.array(numbers)
    assert np.array_equal(frequency.numbers(frequency.times(expected)), expected)
    assert frequency.aligned(frequency.times(expected)).all()


@given(aliases, starts)
def test_what_is_aligned_is_what_pandas_has(alias: str, start: datetime) -> None:
    """Of any days in a row, those are on the grid that pandas' own range holds."""
    expected = dates(alias, start, 8)
    frequency = Frequency(alias).fitted(expected)
    around = np.arange(expected[0], expected[-1], np.timedelta64(1, "D"))[:4000]
    assert np.array_equal(frequency.aligned(around), np.isin(around, expected))


def test_the_offset_is_fitted() -> None:
    """Days at six o'clock, months dated the 15th or the 30th, business days at noon: as most times have it."""
    for alias, first, later in (
        ("D", "2013-01-01T06:00", "2013-01-02T06:00"),
        ("MS", "2013-01-15", "2013-02-15"),
        ("MS", "2013-01-30", "2013-02-28"),
        ("B", "2013-01-04T12:00", "2013-01-07T12:00"),
        ("QS-FEB", "2013-02-10T08:30", "2013-05-10T08:30"),
        ("YE", "2012-12-31T23:59:59", "2013-12-31T23:59:59"),
        ("2h", "2013-01-01T01:05", "2013-01-01T03:05"),
        ("W-TUE", "2013-01-01T01:05", "2013-01-08T01:05"),
    ):
        times = np.array([first, first, later], "M8[us]")
        frequency = Frequency(alias).fitted(times)
        assert frequency.aligned(times).all(), alias
        assert np.diff(frequency.numbers(times)).tolist() == [0, 1], alias


def test_a_name_that_says_which_day_is_kept() -> None:
    """Tuesdays are not on the grid of Mondays, nor are months' ends on that of their starts."""
    for alias, time in (("W-MON", "2013-01-01"), ("MS", "2013-01-31"), ("QS", "2013-02-01"), ("YE", "2013-06-30")):
        times = np.array([time], "M8[us]")
        assert not Frequency(alias).fitted(times).aligned(times).any(), alias


def test_integers_are_counted() -> None:
    """Integers count themselves, in any step and from any beginning."""
    years = np.array([1996, 1998, 2004])
    frequency = Frequency("2").fitted(years + 1)
    assert frequency.numbers(years + 1).tolist() == [998, 999, 1002]
    assert frequency.times(frequency.numbers(years + 1)).tolist() == [1997, 1999, 2005]
    assert frequency.aligned(years).tolist() == [False] * 3
    assert Frequency("integer").numbers(years).tolist() == years.tolist()
    assert Frequency("1").is_integer


@pytest.mark.parametrize(
    ("alias", "seasons"),
    [
        ("D", (7, 365)), ("B", (5, 260)), ("W-MON", (52,)), ("2W-MON", (26,)), ("MS", (12,)), ("BME", (12,)),
        ("2ME", (6,)), ("QS-FEB", (4,)), ("2QS", (2,)), ("YS", ()), ("YE", ()), ("h", (24, 168)), ("2h", (12, 84)),
        ("15min", (96, 672)), ("10s", (360,)), ("1", ()), ("5MS", ()), ("2D", ()),
    ],
)  # fmt: skip
def test_the_usual_seasons(alias: str, seasons: tuple[int, ...]) -> None:
    """A frequency knows how long its days, weeks and years are."""
    assert Frequency(alias).seasons == seasons


def test_it_can_be_sent_to_another_process() -> None:
    """A frequency is the same after pickling, used or not."""
    frequency = Frequency("W-MON")
    assert frequency.seasons == pickle.loads(pickle.dumps(frequency)).seasons
    assert pickle.loads(pickle.dumps(frequency)) == frequency


@pytest.mark.parametrize(
    ("alias", "hint"),
    [
        ("H", "'h'"),
        ("15T", "'15min'"),
        ("M", "'ME'"),
        ("1mo", "'1MS'"),
        ("W-MOM", "'W-MON'"),
        ("MSS", "'MS'"),
        ("A", "'YE'"),
    ],
)
def test_what_was_meant_is_named(alias: str, hint: str) -> None:
    """Older and other libraries' names, and slips, are refused with the name that was meant."""
    with pytest.raises(ConfigError, match=f"There is no frequency '{alias}'. Did you mean {hint}?"):
        Frequency(alias)


@pytest.mark.parametrize("alias", ["", "fortnight", "0D", "D-MON", "MS-JAN", "QS-MON", "-3", "1.5h"])
def test_no_other_name_is_taken(alias: str) -> None:
    """What is no frequency is refused with those that are."""
    with pytest.raises(ConfigError, match=r"There is no frequency .* Known are pandas' names: D, B, W"):
        Frequency(alias)
