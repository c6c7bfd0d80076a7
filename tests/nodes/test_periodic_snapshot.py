"""Balances at the ends of days, weeks and months, out of versions."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import frame, rows_of

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes import PeriodicSnapshot

JAN, FEB = datetime(2013, 1, 30), datetime(2013, 2, 2)
LAST = timedelta(days=1, microseconds=-1)


def versions(engine: Engine, *rows: tuple[Any, ...]) -> Table:
    """A table of (account, balance, valid_from, valid_to, is_current)."""
    moment = pa.timestamp("us")
    types = {"account": pa.int64(), "balance": pa.int64(), "valid_from": moment, "valid_to": moment}
    columns = {name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(types.items())}
    return engine.from_frame(
        pa.table({**columns, "is_current": pa.array([row[3] is None for row in rows], pa.bool_())})
    )


def end(day: date, every: str) -> date:
    """The last day of a day's period."""
    if every == "week":
        return day + timedelta(days=6 - day.weekday())
    return day.replace(day=monthrange(day.year, day.month)[1]) if every == "month" else day


def test_a_balance_a_day(engine: Engine) -> None:
    """The version that held at a day's last moment; none of a key that was deleted by then."""
    found = PeriodicSnapshot("account").build(
        versions(
            engine,
            (7, 100, JAN + LAST, datetime(2013, 2, 1)),
            (7, 250, datetime(2013, 2, 1), None),
            (8, None, JAN, datetime(2013, 1, 31)),
            (8, 5, datetime(2013, 1, 31, 9), datetime(2013, 1, 31, 10)),
            (9, 1, FEB, datetime(9999, 12, 31)),
        )
    )
    assert found.columns == ["snapshot_date", "account", "balance", "snapshot_at"]
    assert [row[:3] for row in rows_of(engine, found)] == [
        (date(2013, 1, 30), 7, 100),
        (date(2013, 1, 30), 8, None),
        (date(2013, 1, 31), 7, 100),
        (date(2013, 2, 1), 7, 250),
        (date(2013, 2, 2), 7, 250),
        (date(2013, 2, 2), 9, 1),
    ]
    assert rows_of(engine, found)[0][3] == JAN + LAST


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["day", "week", "month"]))
def test_each_period_shows_its_end(data: st.DataObject, every: Any) -> None:
    """Whatever the versions and the limits, a row is there exactly if a version held at its period's last moment."""
    engine, start = engines.connect(), date(2012, 2, 25)
    days = st.integers(0, 100).map(lambda n: start + timedelta(days=n))
    moments = st.builds(datetime.combine, days, st.sampled_from([datetime.min.time(), datetime.max.time()]))
    times = sorted(data.draw(st.sets(moments, min_size=2, max_size=6)))
    spans = [(n, *span) for n, span in enumerate(pairwise([*times, None])) if data.draw(st.booleans())]
    limits = sorted(data.draw(st.lists(days, min_size=2, max_size=2)))
    first, last = (each if data.draw(st.booleans()) else None for each in limits)
    found = PeriodicSnapshot("account", every, first, last).build(versions(engine, *((7, *span) for span in spans)))
    until = last or max((max(filter(None, span[1:])) for span in spans), default=datetime(2012, 1, 1)).date()
    ends = {end(start + timedelta(days=n), every) for n in range(140)}
    expected = [
        (day, 7, n)
        for day in sorted(ends)
        for n, since, to in spans
        if since <= (moment := datetime.combine(day, datetime.max.time())) and (to is None or moment < to)
        if day <= end(until, every) and (first is None or day >= first)
    ]
    assert [row[:3] for row in rows_of(engine, found)] == expected


def test_what_makes_no_snapshots_is_refused(engine: Engine) -> None:
    """Versions that overlap, rows without a key or a beginning, no versions, columns that are made, other periods."""
    brick = PeriodicSnapshot("account", "month")
    for wrong, message in (
        (
            [(7, 1, JAN, None), (7, 2, FEB, None)],
            "does not tell which row held at a time. account, valid_from, valid_to: 7",
        ),
        ([(7, 1, None, FEB)], "does not tell which row held"),
        ([(None, 1, JAN, FEB)], "The table of versions: 1 row has no key"),
    ):
        with pytest.raises(DataError, match=message):
            brick.build(versions(engine, *wrong))
    with pytest.raises(DataError, match="The table of versions has no column 'valid_from'"):
        brick.build(frame(engine, account=[7]))
    table = engine.sql("select *, 1 as snapshot_at from versions", versions=versions(engine, (7, 1, JAN, None)))
    with pytest.raises(DataError, match="has a column 'snapshot_at', which is made here: rename it"):
        brick.build(table)
    with pytest.raises(ConfigError, match="Did you mean 'month'"):
        PeriodicSnapshot("account", "months")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="comes before first"):
        PeriodicSnapshot("account", first=FEB.date(), last=JAN.date())
