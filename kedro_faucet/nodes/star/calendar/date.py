"""A dimension with a row for each day of the years that facts fall into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.lineage import Origin, Traced, trace
from kedro_faucet.nodes.star.calendar.holidays import check_place, with_holidays
from kedro_faucet.nodes.star.calendar.retail import WEEKDAYS, RetailYear, number, week_back
from kedro_faucet.nodes.star.keys import (
    INVALID,
    MISSING,
    check_choice,
    check_columns,
    check_name,
    check_time,
    columns_of,
)


@dataclass(frozen=True)
class DateDimension:
    """A dimension of days, in whole years.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> flights = engine.sql("select date '2013-05-01' as flight_date")
    >>> days = DateDimension("date", named_by=[["flight_date"]]).build(flights)
    >>> engine.rows(engine.sql("select month_name, iso_week from days where date_key = 20131230", days=days))
    [('December', 1)]
    >>> engine.rows(engine.sql("select member, count(*) from days group by member order by member", days=days))
    [('invalid', 1), ('known', 365), ('missing', 1)]

    The columns are ``date_key`` (yyyymmdd; after the dimension's name), ``member``, ``date``, the year, quarter, month
    (number, name, first day), day, ISO year, week and weekday (1 is Monday), the day's name, ``is_weekend``, and the
    fiscal year, quarter and month. Dates that are no days of it are ``invalid`` (-1), NULL is ``missing`` (0).
    By choice there are ``week_start`` and ``weekday`` of weeks from any day, a retail year's columns, ``holiday`` and
    ``is_holiday``.

    Args:
        name: the dimension's name.
        fiscal_year_start: the month that the fiscal year begins with; it is called after the year that it ends in.
        week_start: the day that weeks begin with, as in ``"sunday"``; ``weekday`` counts from it.
        retail: a year of whole weeks, as in 4-4-5.
        holidays: the country whose holidays are told, as in ``"US"``, or a part of it, ``"DE-BY"``; it wants the extra
            ``holidays``.
        language: of the holidays' names; default: the country's own.
        first: dates before it are invalid; a typing error of a year must not make a calendar of millennia.
        last: dates after it are invalid.
        named_by: for each facts table that ``build`` takes, its columns with dates; a star schema fills it in.

    Raises:
        ConfigError: if the month, a day, a country or a language is none, or ``last`` comes before ``first``.
    """

    name: str
    fiscal_year_start: int = 1
    week_start: str | None = None
    retail: RetailYear | None = None
    holidays: str | None = None
    language: str | None = None
    first: date = date(1900, 1, 1)
    last: date = date(2099, 12, 31)
    named_by: Sequence[Sequence[str | Sequence[str]]] = ()

    def __post_init__(self) -> None:
        """Check the name, the month and the dates."""
        check_name(self.name, "dimension")
        if self.fiscal_year_start not in range(1, 13):
            raise ConfigError(
                f"Dimension '{self.name}': fiscal_year_start is a month from 1 to 12, not {self.fiscal_year_start}."
            )
        if self.last < self.first:
            raise ConfigError(f"Dimension '{self.name}': last ({self.last}) comes before first ({self.first}).")
        if self.week_start is not None:
            check_choice(f"Dimension '{self.name}': week_start", self.week_start, WEEKDAYS)
        if self.holidays:
            check_place(self.holidays, self.language)

    def build(self, *facts: Table) -> Table:
        """Return the calendar.

        Args:
            facts: the tables whose columns hold dates, in the order of ``named_by``.

        Raises:
            DataError: if a column is not there, or no date or time.
        """
        engine = engine_of(facts[0])
        for fact, keys in zip(facts, self.named_by, strict=True):
            self._check_days([column for key in keys for column in columns_of(key)], engine.schema(fact))
        tables = {f"fact_{place}": fact for place, fact in enumerate(facts)}
        days = engine.persist(engine.sql(self.sql(), **tables))
        return with_holidays(days, self.holidays, self.language) if self.holidays else days

    def lineage(self, *facts: Traced) -> Traced:
        """Return the columns, all of which come from the columns of the facts that hold dates."""
        days = trace(self.sql(), {f"fact_{place}": fact for place, fact in enumerate(facts)})
        if not self.holidays:
            return days
        named = Origin(days.origin("date").values)
        return days.having({"holiday": named, "is_holiday": named}, types={"is_holiday": "BOOLEAN"})

    def _check_days(self, columns: Sequence[str], schema: Mapping[str, str]) -> None:
        check_columns(columns, schema, f"A fact that names '{self.name}'")
        for column in columns:
            check_time(schema[column], f"A fact's '{column}'", f"a day of '{self.name}'")

    def sql(self) -> str:
        """Return the SQL."""
        start = self.fiscal_year_start
        return _CALENDAR.format(
            key=quote(f"{self.name}_key"),
            named="\n    union all\n    ".join(self._named()),
            range=f"between {literal(self.first)} and {literal(self.last)}",
            missing=MISSING,
            invalid=INVALID,
            later=f"case when month(day) >= {start} then 1 else 0 end" if start > 1 else "0",
            fiscal_month=f"((month(day) + {12 - start}) % 12 + 1)" if start > 1 else "month(day)",
            more="".join(f",\n    {column}" for column in self._more()),
            retail=f",\n{self.retail.tables()}" if self.retail else "",
            source="retail" if self.retail else "members",
        )

    def _more(self) -> Iterator[str]:
        """Yield the SQL of the columns that are there by choice."""
        if self.week_start:
            yield f"add_days(day, {week_back('day', self.week_start)}) as week_start"
            yield f"cast((iso_weekday(day) + {7 - number(self.week_start)}) % 7 + 1 as integer) as weekday"
        if self.retail:
            yield from self.retail.columns()

    def _named(self) -> Iterator[str]:
        for place, keys in enumerate(self.named_by):
            for [column] in map(columns_of, keys):
                yield f"select cast({quote(column)} as date) as named_day from fact_{place}"


_CALENDAR = """
with named as (
    {named}
),
years as (
    select
        start_of('year', min(named_day)) as first_day,
        add_days(add_months(start_of('year', max(named_day)), 12), -1) as last_day
    from named
    where named_day {range}
),
numbered as (
    select first_day, unnest(generate_series(cast(0 as bigint), days_between(first_day, last_day))) as number from years
),
days as (
    select add_days(first_day, number) as day from numbered
),
members as (
    select date_key(day) as member_key, 'known' as member, day from days where day {range}
    union all
    select {missing}, 'missing', null
    union all
    select {invalid}, 'invalid', null
){retail}
select
    cast(member_key as integer) as {key},
    member,
    day as "date",
    cast(year(day) as integer) as year,
    cast(quarter(day) as integer) as quarter,
    cast(month(day) as integer) as month,
    month_name(day) as month_name,
    start_of('month', day) as month_start,
    cast(day(day) as integer) as day,
    cast(iso_year(day) as integer) as iso_year,
    cast(iso_week(day) as integer) as iso_week,
    cast(iso_weekday(day) as integer) as iso_weekday,
    day_name(day) as day_name,
    iso_weekday(day) > 5 as is_weekend,
    cast(year(day) + {later} as integer) as fiscal_year,
    cast(int_div({fiscal_month} - 1, 3) + 1 as integer) as fiscal_quarter,
    cast({fiscal_month} as integer) as fiscal_month{more}
from {source}"""
