"""The calendar: every day of the facts' years, once, named alike on both engines."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pyarrow as pa
import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.star import DateDimension


def days(engine: Engine, values: list[date | None]) -> Table:
    """A facts table with dates."""
    return engine.from_frame(pa.table({"day": pa.array(values, pa.date32())}))


def test_every_column_is_what_python_says(engine: Engine) -> None:
    """Two years, a leap year among them, equal what Python's own calendar tells, day by day."""
    built = DateDimension("date", fiscal_year_start=4, named_by=[["day"]]).build(
        days(engine, [date(2012, 7, 1), date(2013, 2, 3), None])
    )
    found = {row["date_key"]: row for row in engine.to_arrow(built).to_pylist() if row["member"] == "known"}
    assert len(found) == 366 + 365
    for number in range(731):
        day = date(2012, 1, 1) + timedelta(number)
        iso = day.isocalendar()
        fiscal_month = (day.month - 4) % 12 + 1
        assert found[int(day.strftime("%Y%m%d"))] == {
            "date_key": int(day.strftime("%Y%m%d")),
            "member": "known",
            "date": day,
            "year": day.year,
            "quarter": (day.month + 2) // 3,
            "month": day.month,
            "month_name": calendar.month_name[day.month],
            "month_start": day.replace(day=1),
            "day": day.day,
            "iso_year": iso.year,
            "iso_week": iso.week,
            "iso_weekday": iso.weekday,
            "day_name": calendar.day_name[day.weekday()],
            "is_weekend": iso.weekday > 5,
            "fiscal_year": day.year + (day.month >= 4),
            "fiscal_quarter": (fiscal_month + 2) // 3,
            "fiscal_month": fiscal_month,
        }


def test_the_types_are_the_same_on_both_engines(engine: Engine) -> None:
    """Numbers are INTEGER, names VARCHAR, days DATE; a fiscal year that starts in January is the year."""
    built = DateDimension("day", named_by=[["day"]]).build(days(engine, [date(2013, 1, 1)]))
    kinds = engine.schema(built)
    assert kinds.pop("date") == kinds.pop("month_start") == "DATE"
    assert kinds.pop("member") == kinds.pop("month_name") == kinds.pop("day_name") == "VARCHAR"
    assert kinds.pop("is_weekend") == "BOOLEAN"
    assert set(kinds.values()) == {"INTEGER"}
    assert next(iter(kinds)) == "day_key"
    assert engine.rows(engine.sql("select count(*) from days where fiscal_year <> year", days=built)) == [(0,)]


def test_without_any_date_there_are_the_members_alone(engine: Engine) -> None:
    """Facts that name no day make a calendar with missing and invalid, and no year."""
    built = DateDimension("date", named_by=[["day"]]).build(days(engine, [None]))
    assert sorted(row[0] for row in engine.rows(built)) == [-1, 0]


def test_the_calendar_ends_where_it_is_told(engine: Engine) -> None:
    """Whole years, but no day before first or after last."""
    dimension = DateDimension("date", first=date(2013, 3, 1), last=date(2013, 3, 31), named_by=[["day"]])
    built = dimension.build(days(engine, [date(2013, 3, 5), date(2012, 1, 1)]))
    assert engine.rows(engine.sql("select min(date), max(date) from days", days=built)) == [
        (date(2013, 3, 1), date(2013, 3, 31))
    ]


def test_what_cannot_be_a_calendar_is_refused(engine: Engine) -> None:
    """A month that is none, an end before the beginning, and a column that is not there are told."""
    with pytest.raises(ConfigError, match="a month from 1 to 12, not 0"):
        DateDimension("date", fiscal_year_start=0)
    with pytest.raises(ConfigError, match="comes before first"):
        DateDimension("date", first=date(2014, 1, 1), last=date(2013, 1, 1))
    with pytest.raises(DataError, match=r"no column 'dya'.*Did you mean 'day'"):
        DateDimension("date", named_by=[["dya"]]).build(days(engine, []))
