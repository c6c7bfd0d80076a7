"""The frequency of most series, found in what pandas dates, with gaps, and among wild series."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast.frequency import Frequency, infer_frequency

ALIASES = ["D", "B", "W-MON", "W-SUN", "MS", "ME", "BMS", "BME", "QS", "QS-FEB", "QE", "QE-NOV", "BQE", "YS", "YS-JUL"]
ALIASES = [
    *ALIASES,
    "YE",
    "YE-JUN",
    "h",
    "2h",
    "6h",
    "15min",
    "30min",
    "min",
    "s",
    "2MS",
    "6MS",
    "4ME",
    "2D",
    "10D",
    "2W-WED",
]

starts = st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1))


def panel(*series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times of one series after the other, and where each begins."""
    return np.concatenate(series), np.cumsum([0, *(len(one) for one in series)])[:-1]


def dates(alias: str, start: datetime = datetime(2013, 1, 1), periods: int = 40) -> np.ndarray:
    """What pandas has from a day on."""
    return pd.date_range(pd.Timestamp(start).floor("D"), periods=periods, freq=alias, unit="us").to_numpy("M8[us]")


@given(st.sampled_from(ALIASES), starts)
def test_what_pandas_made_is_found(alias: str, start: datetime) -> None:
    """The frequency of a range of pandas is its alias, and its periods are dated as the range is."""
    times = dates(alias, start)
    found = infer_frequency(*panel(times))
    assert found.alias == alias
    assert np.array_equal(found.times(found.numbers(times[0]) + np.arange(40)), times)


@given(st.sampled_from(["D", "W-MON", "MS", "ME", "QS", "YE", "h", "15min"]), starts, st.randoms(use_true_random=False))
def test_gaps_do_not_matter(alias: str, start: datetime, random: object) -> None:
    """Series of which a third is missing still have their frequency."""
    times = dates(alias, start, 60)
    series = [times[sorted(random.sample(range(60), 40))] for _ in range(5)]  # type: ignore[attr-defined]
    assert infer_frequency(*panel(*series)).alias == alias


@given(st.sampled_from(["MS", "ME", "YS", "W-MON", "D", "h"]), starts)
def test_pandas_infers_no_other(alias: str, start: datetime) -> None:
    """Where pandas infers a frequency of its own, both have the same dates."""
    times = dates(alias, start)
    assert Frequency(pd.infer_freq(times)).aligned(infer_frequency(*panel(times)).times(np.arange(500, 600))).all()


@pytest.mark.parametrize(
    ("times", "alias"),
    [
        (["2013-01-15", "2013-02-15", "2013-04-15"], "MS"),
        (["2013-01-30", "2013-02-28", "2013-03-30"], "MS"),
        (["2012-02-29", "2012-03-31", "2012-05-31"], "ME"),
        (["2012-02-29", "2013-02-28", "2016-02-29"], "YE-FEB"),
        (["2013-03-31T23:59:59", "2013-06-30T23:59:59", "2013-12-31T23:59:59"], "QE"),
        (["2013-01-01T06:00", "2013-01-02T06:00", "2013-01-04T06:00"], "D"),
        (["2013-01-01T00:05", "2013-01-01T01:05", "2013-01-01T02:05", "2013-01-01T03:05"], "h"),
        (["2013-01-28", "2013-02-25", "2013-03-25", "2013-04-22"], "4W-MON"),
        (["2010-01-29", "2010-02-26", "2010-03-31"], "BME"),
    ],
)
def test_an_offset_is_found(times: list[str], alias: str) -> None:
    """Months dated the 15th or the 30th, days at six, hours at five past, weeks by four."""
    found = infer_frequency(*panel(np.array(times, "M8[us]")))
    assert found.alias == alias
    assert found.aligned(np.array(times, "M8[us]")).all()


def test_a_wild_series_is_outvoted() -> None:
    """One series among three decides nothing, be it of another frequency, another phase or none."""
    wild = np.array(["2013-01-03T01:02:03", "2013-01-04T07:00:00", "2013-02-04T00:00:01"], "M8[us]")
    for alias in ALIASES:
        usual = dates(alias)
        for other in (wild, dates("h", periods=40), dates(alias) + np.timedelta64(1, "s"), usual[[0, 0, 5]]):
            assert infer_frequency(*panel(usual, other, usual)).alias == alias


@given(
    st.sampled_from(["D", "W-MON", "MS", "ME", "BME", "QS", "QE", "YS", "YE-JUN", "h", "15min", "2W-WED", "6MS"]),
    starts,
    st.integers(0, 15),
    st.sampled_from(["1min", "3h", "1D", "-1D"]),
)
def test_a_shifted_row_does_not_make_another_frequency(alias: str, start: datetime, place: int, shift: str) -> None:
    """One of sixteen times that is late or early, be it the first or last, is off; the frequency is the others'."""
    times = dates(alias, start, 16)
    wrong = times.copy()
    wrong[place] += np.timedelta64(pd.Timedelta(shift).value // 1000, "us")
    if infer_frequency(*panel(times)).aligned(wrong).all():
        return
    found = infer_frequency(*panel(np.sort(wrong)))
    assert found.alias == alias
    assert found.aligned(np.sort(wrong)).sum() == 15
    assert infer_frequency(*panel(np.sort(np.append(times, wrong[place])))).alias == alias


def test_a_row_of_a_far_year_is_outvoted() -> None:
    """A year 2204 in place of 2024 leaves days and months what they are."""
    for alias in ("D", "B", "MS", "QE", "h"):
        times = dates(alias)
        times[20] += np.timedelta64(180 * 365, "D")
        assert infer_frequency(*panel(np.sort(times))).alias == alias


def test_a_step_that_most_distances_have_must_fit_the_rows() -> None:
    """Most distances between Mondays, Wednesdays and Fridays are two days, but these are business days with gaps."""
    days = dates("D", datetime(2024, 1, 1), 90)
    assert infer_frequency(*panel(days[np.isin(np.arange(90) % 7, [0, 2, 4])])).alias == "B"
    assert infer_frequency(*panel(days[np.isin(np.arange(90) % 7, [1, 3, 6])])).alias == "D"
    quarters = np.datetime64("2022-01-30", "us") + np.cumsum(np.tile([28, 28, 35], 8)).astype("m8[D]")
    assert infer_frequency(*panel(quarters)).alias == "W-SUN"


def test_integers_off_the_step_are_outvoted() -> None:
    """Every second year with one year late is still every second year."""
    assert infer_frequency(*panel(np.array([2000, 2002, 2004, 2006, 2009, 2010, 2012]))) == Frequency("2")


def test_a_few_weekends_leave_business_days() -> None:
    """One Saturday in a hundred business days is off; a shop that opens on Saturdays counts days."""
    weekdays = dates("B", datetime(2024, 1, 1), 100)
    saturday = np.datetime64("2024-03-02", "us")
    assert infer_frequency(*panel(np.sort(np.append(weekdays, saturday)))).alias == "B"
    days = dates("D", datetime(2024, 1, 1), 120)
    assert infer_frequency(*panel(days[np.arange(120) % 7 != 6])).alias == "D"


def test_a_weekend_makes_days() -> None:
    """Business days are those of which no weekend is seen where one was to be expected."""
    weeks = dates("B", periods=30)
    assert infer_frequency(*panel(weeks)).alias == "B"
    assert infer_frequency(*panel(weeks[[0, 1, 3, 4, 6, 8, 9, 10, 14]])).alias == "B"
    assert infer_frequency(*panel(weeks, weeks, dates("D"))).alias == "B"
    assert infer_frequency(*panel(weeks[3:8], weeks[3:8])).alias == "D"
    assert infer_frequency(*panel(weeks, dates("D"), dates("D"))).alias == "D"
    assert infer_frequency(*panel(*(dates("D")[[n, n + 1, n + 3]] for n in range(30)))).alias == "D"


def test_rare_events_are_daily() -> None:
    """Sales on a day in twenty, a few a series, are those of a shop that counts days."""
    chance = np.random.default_rng(0)
    days = np.arange(np.datetime64("2013-01-01", "us"), np.datetime64("2016-01-01", "us"), np.timedelta64(1, "D"))
    series = [np.sort(chance.choice(days, 50, replace=False)) for _ in range(20)]
    assert infer_frequency(*panel(*series)).alias == "D"


def test_integers_have_a_step() -> None:
    """Integers count by one, or by what most of them are apart."""
    assert infer_frequency(*panel(np.array([1, 2, 5]), np.array([7]))) == Frequency("1")
    assert infer_frequency(*panel(np.array([1996, 2000, 2004, 2008]))) == Frequency("4")
    assert infer_frequency(*panel(np.array([5, 15, 25, 35]))) == Frequency("10", phase=5)


@pytest.mark.parametrize("times", [[201211, 201212, 201301], [20130131, 20130201, 20130203], [201301, 201401]])
def test_dates_written_as_numbers_are_refused(times: list[int]) -> None:
    """Months and days written as numbers are not taken for integers, in which years have 88 gaps."""
    with pytest.raises(
        DataError, match=f"dates written as numbers, such as {times[0]}: make them a DATE, or say freq=1"
    ):
        infer_frequency(*panel(np.array(times)))


@pytest.mark.parametrize(
    "times",
    [
        ["2013-01-01T01:02:03", "2013-01-01T07:00:00", "2013-02-04T00:00:01"],
        ["2013-01-01", "2013-01-08T01:00", "2013-01-18"],
        ["2013-01-01", "2013-01-18"],
        ["2013-01-01"],
        ["2013-01-01", "2013-01-01"],
    ],
)
def test_no_frequency_is_told_with_examples(times: list[str]) -> None:
    """Times without any order, or too few of them, are refused, with those of a series."""
    with pytest.raises(
        DataError, match=r"no frequency in common\. Series 'a' has the times 2013-01-01.* Say which with freq="
    ):
        infer_frequency(*panel(np.array(times, "M8[us]")), ["a"])


def test_half_a_panel_is_no_majority() -> None:
    """Where one half counts from midnight and the other from six, neither is right."""
    with pytest.raises(DataError, match="no frequency in common"):
        infer_frequency(*panel(dates("D"), dates("D") + np.timedelta64(6, "h")))
