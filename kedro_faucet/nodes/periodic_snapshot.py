"""Periodic snapshots: the state of each key at the end of each day, week or month, out of its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from kedro_faucet.engines import Engine, Table, engine_of, literal, quote
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.merge.keys import refuse_null_keys
from kedro_faucet.nodes.merge.overlaps import refuse_overlaps
from kedro_faucet.nodes.star.keys import check_choice, check_columns, check_time, columns_of

Period = Literal["day", "week", "month"]
_VERSION, _MADE = ("valid_from", "valid_to", "is_current"), ("snapshot_date", "snapshot_at")
_FIRST = "date '0001-01-01'"
"""A Monday before all times, from which periods are counted."""
_NUMBER = {
    "day": f"days_between({_FIRST}, {{day}})",
    "week": f"int_div(days_between({_FIRST}, {{day}}), 7)",
    "month": "year({day}) * 12 + month({day}) - 13",
}
_LAST_DAY = {
    "day": f"add_days({_FIRST}, kf_period)",
    "week": f"add_days({_FIRST}, kf_period * 7 + 6)",
    "month": f"add_days(add_months({_FIRST}, kf_period + 1), -1)",
}


@dataclass(frozen=True)
class PeriodicSnapshot:
    """A row for each key and period: the version that held when the period ended, as a balance a day is.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> accounts = engine.sql('''select 7 as account, 100 as balance,
    ...     timestamp '2013-01-30 09:00' as valid_from, timestamp '2013-02-01 17:00' as valid_to
    ...     union all select 7, 250, timestamp '2013-02-01 17:00', null''')
    >>> daily = PeriodicSnapshot("account").build(accounts)
    >>> for row in engine.rows(engine.sql("select snapshot_date, balance from daily order by 1", daily=daily)):
    ...     print(*row)
    2013-01-30 100
    2013-01-31 100
    2013-02-01 250

    The columns are ``snapshot_date``, the last day of the period, the source's own without those that tell when a
    version held, and ``snapshot_at``, the period's last moment, by which a fact finds the versions of its dimensions.
    Days are those of UTC, as the times of a history are. A key has no row for a period at whose end it was deleted.

    Args:
        key: the columns that tell what has versions.
        every: ``day``, ``week`` (it ends on a Sunday) or ``month``.
        first: a day; periods that end before it are left out.
        last: a day; periods that begin after it are left out. Default: that of the last change of any key.

    Raises:
        ConfigError: if there is no such period, or ``last`` comes before ``first``.
        DataError: if a column is missing or has a name that is made here, a key is NULL, or versions overlap.
    """

    key: str | Sequence[str]
    every: Period = "day"
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Check the period and the days."""
        check_choice("PeriodicSnapshot: every=", self.every, get_args(Period))
        if self.first and self.last and self.last < self.first:
            raise ConfigError(f"PeriodicSnapshot: last ({self.last}) comes before first ({self.first}).")

    def build(self, table: Table) -> Table:
        """Return the snapshots of a table of versions, as a history loads it.

        Args:
            table: a row a version, with ``valid_from`` and ``valid_to``: NULL, or in the year 9999, while it holds.
        """
        engine = engine_of(table)
        self._check_columns(engine, table)
        spans = engine.sql(_SPANS, source=table)
        self._check_spans(engine, spans)
        return engine.sql(self.sql(table.columns), spans=spans)

    def lineage(self, table: Traced) -> Traced:
        """Return the columns, of which the days come from the times of the versions."""
        return trace(self.sql(list(table.schema)), {"spans": trace(_SPANS, {"source": table})})

    def sql(self, columns: Sequence[str] = ()) -> str:
        """Return the SQL over versions with their spans, of which these columns are shown."""
        shown = ["snapshot_date", *(quote(name) for name in columns if name not in _VERSION)]
        last = literal(self.last) if self.last else "cast(coalesce(kf_until, kf_since) as date)"
        begins, ends, known = (
            self._number(day) for day in ("cast(kf_since as date)", "cast(kf_until as date)", "kf_last")
        )
        begins = f"greatest({begins}, {self._number(literal(self.first))})" if self.first else begins
        return f"""
with known as (
    select max({last}) as kf_last from spans
),
counted as (
    select spans.*, cast({begins} as bigint) as kf_begins,
        cast(least(coalesce({ends} - 1, {known}), {known}) as bigint) as kf_ends
    from spans cross join known
),
periods as (
    select *, unnest(generate_series(kf_begins, kf_ends)) as kf_period from counted where kf_begins <= kf_ends
),
dated as (
    select *, {_LAST_DAY[self.every]} as snapshot_date from periods
)
select {", ".join(shown)}, cast(concat(text_of(snapshot_date), ' 23:59:59.999999') as timestamp) as snapshot_at
from dated"""

    def _number(self, day: str) -> str:
        return _NUMBER[self.every].format(day=day)

    def _check_columns(self, engine: Engine, table: Table) -> None:
        schema = engine.schema(table)
        check_columns([*columns_of(self.key), *_VERSION[:2]], schema, "The table of versions")
        for name in _VERSION[:2]:
            check_time(schema[name], name, "the time of a version")
        if made := [name for name in schema if name.lower() in _MADE]:
            raise DataError(f"The table of versions has a column '{made[0]}', which is made here: rename it.")

    def _check_spans(self, engine: Engine, spans: Table) -> None:
        key = columns_of(self.key)
        names = [*key, *_VERSION[:2]]
        refuse_null_keys(engine, spans, key, "The table of versions")
        columns = [*key, "kf_since", "kf_until"]
        refuse_overlaps(engine, spans, columns, ends=True, where="The table of versions", names=names)


_SPANS = """
select * from (
    select *, cast(valid_from as timestamp) as kf_since,
        case when cast(valid_to as timestamp) < timestamp '9999-01-01' then cast(valid_to as timestamp) end as kf_until
    from source
) versions
where kf_until is null or kf_since is null or kf_until <> kf_since"""
