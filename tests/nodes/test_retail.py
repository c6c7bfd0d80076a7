"""Retail years and weeks from any day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa
import pytest

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.star import DateDimension, RetailYear
from kedro_faucet.nodes.star.calendar.retail import WEEKDAYS

YEARS = [
    RetailYear(),
    RetailYear("4-5-4", ends="nearest"),
    RetailYear("5-4-4", month=12, weekday="sunday", ends="nearest", called_after="end"),
    RetailYear(month=6, weekday="friday", called_after="end"),
    RetailYear(month=12, weekday="thursday"),
]


def calendar(engine: Engine, first: date, last: date, **about: object) -> Table:
    """A calendar from one year to another."""
    dimension = DateDimension("date", named_by=[["day"]], **about)  # type: ignore[arg-type]
    return dimension.build(engine.from_frame(pa.table({"day": pa.array([first, last], pa.date32())})))


def year_end(retail: RetailYear, year: int) -> date:
    """The last day of a retail year by counting days: the last such weekday of a month, or the nearest to its end."""
    month_end = date(year + retail.month // 12, retail.month % 12 + 1, 1) - timedelta(1)
    ahead = 0 if retail.ends == "last" else 3
    days = [month_end + timedelta(step) for step in range(ahead, ahead - 7, -1)]
    return next(day for day in days if WEEKDAYS[day.weekday()] == retail.weekday)


def expected(retail: RetailYear, first: int, last: int) -> Iterator[tuple[date, int, int, int, int, date]]:
    """Each day with its year, quarter, month, week and the year's first day, counted one after another."""
    weeks = [int(count) for count in retail.pattern.split("-")] * 4
    for year in range(first - 1, last + 2):
        start, end = year_end(retail, year - 1) + timedelta(1), year_end(retail, year)
        months = [month for month, count in enumerate(weeks, 1) for _ in range(count)] + [12]
        called = year if retail.called_after == "end" else (start + timedelta(7)).year
        for number in range((end - start).days + 1):
            day, week = start + timedelta(number), number // 7
            if first <= day.year <= last:
                yield day, called, (months[week] + 2) // 3, months[week], week + 1, start


COLUMNS = "retail_year, retail_quarter, retail_month, retail_week, retail_year_start"


@pytest.mark.parametrize("retail", YEARS, ids=str)
def test_two_hundred_years_are_what_counting_gives(retail: RetailYear) -> None:
    """Every day from 1900 to 2099 is in the week, month, quarter and year that counting from day to day finds."""
    engine = engines.connect()
    built = calendar(engine, date(1900, 1, 1), date(2099, 1, 1), retail=retail)
    found = engine.rows(
        engine.sql(f"select \"date\", {COLUMNS} from days where member = 'known' order by 1", days=built)
    )
    assert found == list(expected(retail, 1900, 2099))


def test_both_engines_count_alike(engine: Engine) -> None:
    """Three years on either engine; the members that are no day have no retail year."""
    built = calendar(engine, date(2022, 1, 1), date(2024, 1, 1), retail=YEARS[1], week_start="sunday")
    found = engine.sql(f"select \"date\", {COLUMNS} from days where member = 'known' order by 1", days=built)
    assert engine.rows(found) == list(expected(YEARS[1], 2022, 2024))
    others = engine.sql(f"select {COLUMNS}, week_start, weekday from days where member <> 'known'", days=built)
    assert engine.rows(others) == [(None,) * 7] * 2
    weeks = engine.sql("select \"date\", week_start, weekday from days where member = 'known'", days=built)
    assert all(day == start + timedelta(place - 1) and start.weekday() == 6 for day, start, place in engine.rows(weeks))


def test_the_national_retail_federation_s_years_of_53_weeks() -> None:
    """They are the published ones: 2000, 2006, 2012, 2017 and 2023; 2023 began on the 29th of January."""
    engine = engines.connect()
    built = calendar(engine, date(2000, 6, 1), date(2027, 1, 1), retail=RetailYear("4-5-4", ends="nearest"))
    long = engine.sql("select distinct retail_year from days where retail_week = 53 order by 1", days=built)
    assert engine.rows(long) == [(2000,), (2006,), (2012,), (2017,), (2023,)]
    first = engine.sql("select distinct retail_year_start from days where retail_year = 2023", days=built)
    assert engine.rows(first) == [(date(2023, 1, 29),)]


def test_other_choices_are_refused_with_the_nearest() -> None:
    """A pattern, a month and a day that are none."""
    with pytest.raises(ConfigError, match=r"weekday is one of monday, .*, not 'saterday'\. Did you mean 'saturday'"):
        RetailYear(weekday="saterday")
    for wrong in ({"pattern": "4-4-4"}, {"month": 13}, {"ends": "first"}, {"called_after": "middle"}):
        with pytest.raises(ConfigError, match="RetailYear"):
            RetailYear(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="Dimension 'date': week_start is one of monday"):
        DateDimension("date", week_start="sun")
