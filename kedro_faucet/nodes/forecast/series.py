"""Time series of a table or a cube: a value for each series and period, none left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.keys import check_columns
from kedro_faucet.nodes.star.measures import Measure, Part

if TYPE_CHECKING:
    from kedro_faucet.nodes.cube import Cube

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
PERIODS = ("hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class TimeSeries:
    """A measure by period and by some columns, as the panel that ``forecast`` takes.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> flights = engine.sql('''
    ...     select date '2013-01-01' as day, 'JFK' as origin union all select date '2013-01-03', 'JFK'
    ...     union all select date '2013-01-03', 'JFK' union all select date '2013-01-02', 'LGA' ''')
    >>> from kedro_faucet.nodes import Count
    >>> panel = TimeSeries(time="day", every="day", by=["origin"], measure=Count()).build(flights)
    >>> for row in sorted(engine.rows(panel)): print(*row)
    JFK JFK 2013-01-01 1.0
    JFK JFK 2013-01-02 0.0
    JFK JFK 2013-01-03 2.0
    LGA LGA 2013-01-02 1.0
    LGA LGA 2013-01-03 0.0

    Each series begins with its own first period, and all end with the last one of the table. A period in which nothing
    happened has the count or sum 0; an average is NULL then. The last period is left out where it is not over: no row
    is of its last day (of an hour: of its last minute; of a day in a column of times: of its last hour).

    Args:
        time: the column of the times; of a cube, the attribute, such as ``flight_date.date``.
        every: the period: hour, day, week (from Mondays), month, quarter or year.
        by: the columns (of a cube, the attributes) whose values tell series apart; ``unique_id`` joins them with ``/``
            (written ``%2F`` where it is part of one of several), NULL as ``NULL``.
        measure: what is measured.
        cube: the cube whose cells are read; None for any other table.
        keep_last: whether to keep the last period in any case.

    Raises:
        ConfigError: if the period is none of these, or the panel would have a column twice.
        DataError: if the table lacks a column, or the cube cannot answer.
    """

    time: str
    every: str
    measure: Measure
    by: Sequence[str] = ()
    cube: Cube | None = None
    keep_last: bool = False

    def __post_init__(self) -> None:
        """Check the period."""
        if self.every not in PERIODS:
            hint = did_you_mean(self.every, PERIODS)
            raise ConfigError(f"every is {', '.join(PERIODS[:-1])} or {PERIODS[-1]}, not '{self.every}'.{hint}")
        if isinstance(self.by, str):
            raise ConfigError(f"by is a list of columns: write by=['{self.by}'].")
        if not isinstance(self.measure, Measure):
            raise ConfigError(f"measure is a Measure, such as Count() or Sum('amount'), not {self.measure!r}.")
        for name in self.columns:
            if name.lower() in ("unique_id", "ds", "y") or self.columns.count(name) > 1:
                raise ConfigError(f"The panel would have two columns '{name}': call that of by= otherwise, once.")

    def build(self, table: Table) -> Table:
        """Return the panel: unique_id, the columns of ``by``, ds and y."""
        engine = engine_of(table)
        types = engine.schema(table)
        measured = [part.name for part in self.measure.parts] if self.cube else list(self.measure.columns)
        needed = [self._column(self.time), *self.columns, *measured]
        check_columns(needed, types, "A table of time series")
        kind = types[self._column(self.time)]
        if kind not in ("DATE", "TIMESTAMP"):
            raise DataError(f"The column '{self.time}' is a {kind}: time series need a DATE or a TIMESTAMP.")
        return engine.sql(self.sql(types), given=table)

    def lineage(self, table: Traced) -> Traced:
        """Return the columns of the panel."""
        return trace(self.sql(table.schema), {"given": table})

    def sql(self, types: Mapping[str, str] | None = None) -> str:
        """Return the SQL, given the types of the table's columns."""
        types = types or {}
        by = [(f"kf_{number}", quote(name)) for number, name in enumerate(self.columns)]
        return _SERIES.format(
            id=_id([name for _, name in by]),
            by="".join(f"{own}, " for own, _ in by),
            first="".join(f"min({name}) as {own}, " for own, name in by),
            kept="".join(f"min({own}) as {own}, " for own, _ in by),
            shown="".join(f"calendar.{own} as {name}, " for own, name in by),
            parts=", ".join(self._part(part, types) for part in self.measure.parts),
            where=self._where(),
            y=f"coalesce({self.measure.derived()}, 0)" if self.additive else self.measure.derived(),
            **self._periods(types),
        )

    @property
    def columns(self) -> list[str]:
        """The columns of ``by``, as they are called in the panel."""
        return [self._column(name) for name in self.by]

    @property
    def additive(self) -> bool:
        """Whether nothing happening makes a zero."""
        return self.measure.from_zero

    def _periods(self, types: Mapping[str, str]) -> dict[str, str]:
        """Return the SQL of the periods: where they begin, the last one, and how they are counted."""
        time = self._column(self.time)
        return {
            "time": quote(time),
            "period": self._start(quote(time)),
            "next": self._start(self._later("latest", types.get(time, "DATE") == "DATE")),
            "last": self._start("latest"),
            "keep": "true" if self.keep_last else "false",
            "previous": self._shift("last_period", "-1"),
            "count": self._between("first_period", "last_period"),
            "ds": self._shift("first_period", "number"),
        }

    def _column(self, name: str) -> str:
        return name.replace(".", "_") if self.cube else name

    def _where(self) -> str:
        """Return which rows count: of a cube, the cells of the smallest set that has all attributes."""
        from kedro_faucet.nodes.cube.rollup import stored

        if self.cube is None:
            return f"{quote(self.time)} is not null"
        found = stored(self.cube, [self.time, *self.by], [self.measure])
        return f"grouping_id = {self.cube.bits(found)} and {quote(self._column(self.time))} is not null"

    def _part(self, part: Part, types: Mapping[str, str]) -> str:
        if self.cube is None:
            return part.from_fact(types, "given")
        if part.again is None:
            raise DataError(f"{self.measure}: distinct counts of cells cannot be added up: read the fact.")
        return part.from_cells(types.get(part.name, ""))

    def _start(self, time: str) -> str:
        """Return the SQL of the period that a time is in."""
        if self.every == "day":
            return f"cast({time} as date)"
        if self.every == "hour":
            return f"add_seconds(cast(cast({time} as date) as timestamp), 3600 * hour({time}))"
        return f"start_of({literal(self.every)}, cast({time} as date))"

    def _later(self, time: str, dated: bool) -> str:
        """Return the SQL of the next time that could have been told apart."""
        if self.every == "hour":
            return f"add_seconds(cast({time} as timestamp), 60)"
        return f"add_days({time}, 1)" if dated else f"add_seconds({time}, 3600)"

    def _shift(self, period: str, count: str) -> str:
        """Return the SQL of the period that is so many periods later."""
        if self.every == "hour":
            return f"add_seconds({period}, 3600 * {count})"
        if self.every in _MONTHS:
            return f"add_months({period}, {_MONTHS[self.every]} * {count})"
        return f"add_days({period}, {_DAYS[self.every]} * {count})"

    def _between(self, first: str, last: str) -> str:
        """Return the SQL of how many periods later the last one is."""
        if self.every == "hour":
            return f"int_div(seconds_between({first}, {last}), 3600)"
        if self.every in _DAYS:
            return f"int_div(days_between({first}, {last}), {_DAYS[self.every]})"
        months = f"(year({last}) - year({first})) * 12 + month({last}) - month({first})"
        return f"int_div({months}, {_MONTHS[self.every]})"


def _id(by: Sequence[str]) -> str:
    """Return the SQL of a series' name, which no other series has: a slash within a part is written otherwise."""
    if not by:
        return "'all'"
    named = [f"case when text_of({name}) = 'NULL' then '''NULL''' else text_of({name}) end" for name in by]
    if len(by) > 1:
        named = [f"replace(replace({name}, '%', '%25'), '/', '%2F')" for name in named]
    parts = ", ".join(f"coalesce({name}, 'NULL')" for name in named)
    return f"concat_ws('/', {parts})"


_SERIES = """
with measured as (
    select {id} as unique_id, {first}{period} as period, {parts}
    from given
    where {where}
    group by {id}, {period}
),
latest as (
    select max({time}) as latest from given where {where}
),
ends as (
    select {last} as last_period, {keep} or {next} > {last} as over from latest
),
kept as (
    select case when over then last_period else {previous} end as last_period from ends
),
series as (
    select unique_id, {kept}min(period) as first_period from measured group by unique_id
),
numbered as (
    select unique_id, {by}first_period, unnest(generate_series(cast(0 as bigint), {count})) as number
    from series cross join kept
    where first_period <= last_period
),
calendar as (
    select unique_id, {by}{ds} as period from numbered
)
select calendar.unique_id, {shown}calendar.period as ds, cast({y} as double) as y
from calendar left join measured on calendar.unique_id = measured.unique_id and calendar.period = measured.period
order by calendar.unique_id, calendar.period"""
