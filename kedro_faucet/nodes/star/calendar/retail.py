"""Retail years: whole weeks in months of four and five, as in 4-4-5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from kedro_faucet.nodes.star.keys import check_choice

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Pattern = Literal["4-4-5", "4-5-4", "5-4-4"]
Ends = Literal["last", "nearest"]
CalledAfter = Literal["begin", "end"]


@dataclass(frozen=True)
class RetailYear:
    """A year of 52 or 53 whole weeks, whose quarters have months of four and five weeks.

    >>> nrf = RetailYear("4-5-4", ends="nearest")      # the calendar of the US National Retail Federation
    >>> nrf.month, nrf.weekday
    (1, 'saturday')

    The columns are ``retail_year``, ``retail_quarter``, ``retail_month`` (1 to 12), ``retail_week`` (1 to 53) and
    ``retail_year_start``. A 53rd week belongs to the last month.

    Args:
        pattern: the weeks of a quarter's months.
        month: the month that the year ends in, or about the end of.
        weekday: the last day of a week.
        ends: with the ``last`` such day of the month, or with the one ``nearest`` to the month's last day.
        called_after: the calendar year in which the year ``begin``s (a week after its first day) or that of the month
            with its ``end``.

    Raises:
        ConfigError: if a choice is none.
    """

    pattern: Pattern = "4-4-5"
    month: int = 1
    weekday: str = "saturday"
    ends: Ends = "last"
    called_after: CalledAfter = "begin"

    def __post_init__(self) -> None:
        """Check the choices."""
        check_choice("RetailYear: pattern", self.pattern, get_args(Pattern))
        check_choice("RetailYear: month", self.month, range(1, 13))
        check_choice("RetailYear: weekday", self.weekday, WEEKDAYS)
        check_choice("RetailYear: ends", self.ends, get_args(Ends))
        check_choice("RetailYear: called_after", self.called_after, get_args(CalledAfter))

    def tables(self) -> str:
        """Return the SQL of ``retail``: the members, each with the first day of its year, its week and quarter."""
        ends = ", ".join(f"{self._end(year)} as kf_end_{place}" for place, year in enumerate((-2, -1, 0, 1)))
        return f"""ends as (
    select *, {ends} from members
),
starts as (
    select
        member_key, member, day,
        add_days(case when day <= kf_end_1 then kf_end_0 when day <= kf_end_2 then kf_end_1 else kf_end_2 end, 1)
            as kf_start,
        year(day) + case when day <= kf_end_1 then -1 when day <= kf_end_2 then 0 else 1 end as kf_ends_in
    from ends
),
weeks as (
    select *, int_div(days_between(kf_start, day), 7) + 1 as kf_week from starts
),
retail as (
    select *, case when kf_week > 39 then 4 else int_div(kf_week - 1, 13) + 1 end as kf_quarter from weeks
)"""

    def columns(self) -> Iterator[str]:
        """Yield the SQL of the columns, over ``retail``."""
        first, second, _ = map(int, self.pattern.split("-"))
        place = "kf_week - (kf_quarter - 1) * 13"
        month = f"case when {place} <= {first} then 1 when {place} <= {first + second} then 2 else 3 end"
        year = "year(add_days(kf_start, 7))" if self.called_after == "begin" else "kf_ends_in"
        yield f"cast({year} as integer) as retail_year"
        yield "cast(kf_quarter as integer) as retail_quarter"
        yield f"cast((kf_quarter - 1) * 3 + {month} as integer) as retail_month"
        yield "cast(kf_week as integer) as retail_week"
        yield "kf_start as retail_year_start"

    def _end(self, year: int) -> str:
        """Return the SQL for the last day of a retail year, that many calendar years after a day's own."""
        last = (
            f"add_days(add_months(start_of('year', day), {12 * year + self.month}), {-1 if self.ends == 'last' else 2})"
        )
        return f"add_days({last}, {week_back(last, self.weekday)})"


def week_back(day: str, weekday: str) -> str:
    """Return the SQL for how many days to go from a day to the last such weekday, itself included: 0 to -6."""
    return f"-((iso_weekday({day}) + {7 - number(weekday)}) % 7)"


def number(weekday: str) -> int:
    """Return the ISO number of a weekday.

    >>> number("monday"), number("sunday")
    (1, 7)
    """
    return WEEKDAYS.index(weekday) + 1
