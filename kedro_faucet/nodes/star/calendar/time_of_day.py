"""A dimension with a row for each minute of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.keys import INVALID, MISSING, check_columns, check_name, columns_of
from kedro_faucet.nodes.star.role import MINUTE


@dataclass(frozen=True)
class TimeOfDayDimension:
    """A dimension of the minutes of a day; a fact finds them by a time that has a date.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> flights = engine.sql("select timestamp '2013-05-01 08:47:30' as left_at")
    >>> minutes = TimeOfDayDimension("time", named_by=[["left_at"]]).build(flights)
    >>> query = "select time_key, time, hour, quarter_hour, day_part from m where minute_of_day in (0, 527)"
    >>> sorted(engine.rows(engine.sql(query, m=minutes)))
    [(1, '00:00', 0, '00:00', 'night'), (528, '08:47', 8, '08:45', 'morning')]

    The columns are ``time_key`` (1 to 1440; after the dimension's name), ``member``, ``minute_of_day`` (from 0),
    ``time``, ``hour``, ``minute``, ``half_hour`` and ``quarter_hour`` (their first minutes) and ``day_part``: night,
    and from 6, 12 and 18 o'clock morning, afternoon and evening. NULL is ``missing`` (0); nothing is ``invalid`` (-1).

    Args:
        name: the dimension's name.
        named_by: for each facts table that ``build`` takes, its columns with times; a star schema fills it in.
    """

    name: str
    named_by: Sequence[Sequence[str | Sequence[str]]] = ()

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.name, "dimension")

    def build(self, *facts: Table) -> Table:
        """Return the minutes.

        Args:
            facts: the tables whose columns hold times, in the order of ``named_by``.

        Raises:
            DataError: if a column is not there, or no TIMESTAMP.
        """
        engine = engine_of(facts[0])
        for fact, keys in zip(facts, self.named_by, strict=True):
            schema, columns = engine.schema(fact), [column for key in keys for column in columns_of(key)]
            check_columns(columns, schema, f"A fact that names '{self.name}'")
            for column in columns:
                check_moment(schema[column], f"A fact's '{column}'", self.name)
        return engine.sql(self.sql())

    def lineage(self, *facts: Traced) -> Traced:
        """Return the columns, which come from nowhere."""
        return trace(self.sql(), {})

    def sql(self) -> str:
        """Return the SQL."""
        return _MINUTES.format(key=quote(f"{self.name}_key"), minute=MINUTE, missing=MISSING, invalid=INVALID)


def check_moment(kind: str, where: str, dimension: str) -> None:
    """Refuse a column that tells no time of a day.

    Raises:
        DataError: if its type is not TIMESTAMP.
    """
    if kind != "TIMESTAMP":
        raise DataError(
            f"{where} is {kind}, and a time of '{dimension}' is TIMESTAMP: declare its type in the catalog, or "
            "cast it in a SQL node."
        )


def is_of_minutes(natural_key: Mapping[str, str]) -> bool:
    """Tell whether the members of a dimension are the minutes of a day.

    >>> is_of_minutes({"minute_of_day": "SMALLINT"}), is_of_minutes({"faa": "VARCHAR"})
    (True, False)
    """
    return natural_key == {MINUTE: "SMALLINT"}


_MINUTES = """
with minutes as (
    select unnest(generate_series(cast(0 as bigint), cast(1439 as bigint))) as n
),
parts as (
    select
        n,
        lpad(cast(int_div(n, 60) as varchar), 2, '0') as hours,
        lpad(cast(n % 60 as varchar), 2, '0') as minutes,
        lpad(cast(int_div(n % 60, 30) * 30 as varchar), 2, '0') as half,
        lpad(cast(int_div(n % 60, 15) * 15 as varchar), 2, '0') as quarter
    from minutes
),
members as (
    select n + 1 as member_key, 'known' as member, n, hours, minutes, half, quarter from parts
    union all
    select {missing}, 'missing', null, null, null, null, null
    union all
    select {invalid}, 'invalid', null, null, null, null, null
)
select
    cast(member_key as integer) as {key},
    member,
    cast(n as smallint) as {minute},
    hours || ':' || minutes as "time",
    cast(int_div(n, 60) as integer) as hour,
    cast(n % 60 as integer) as minute,
    hours || ':' || half as half_hour,
    hours || ':' || quarter as quarter_hour,
    case when n < 360 then 'night' when n < 720 then 'morning' when n < 1080 then 'afternoon'
        when n is not null then 'evening' end as day_part
from members"""
