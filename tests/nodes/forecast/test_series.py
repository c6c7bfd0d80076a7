"""Time series of a table or a cube."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes import Average, Count, CountDistinct, Cube, Filtered, Sum
from kedro_faucet.nodes.forecast.series import TimeSeries


def days(engine, *rows):
    """Return a table of day, origin and delay."""
    columns = {"day": pa.array([row[0] for row in rows], pa.date32()), "origin": [row[1] for row in rows]}
    return engine.from_frame(pa.table({**columns, "delay": pa.array([row[2] for row in rows], pa.int64())}))


@pytest.mark.parametrize(
    ("every", "begins"),
    [
        ("day", [date(2013, 1, 30), date(2013, 1, 31)]),
        ("week", [date(2013, 1, 7), date(2013, 1, 14)]),
        ("month", [date(2013, 1, 1), date(2013, 2, 1)]),
        ("quarter", [date(2013, 1, 1), date(2013, 4, 1)]),
        ("year", [date(2013, 1, 1), date(2014, 1, 1)]),
    ],
)
def test_every_period_has_a_value(engine, every, begins):
    """Each period from a series' first one on has a value, whatever the period's length."""
    last = begins[1] + timedelta(days={"week": 6}.get(every, 0))
    table = days(engine, (begins[0], "JFK", 1), (begins[0], "JFK", 4), (last, "LGA", 2))
    panel = TimeSeries("day", every, Sum("delay"), ["origin"], keep_last=True).build(table)
    assert engine.schema(panel) == {"unique_id": "VARCHAR", "origin": "VARCHAR", "ds": "DATE", "y": "DOUBLE"}
    found = sorted((row[0], row[2], row[3]) for row in engine.rows(panel))
    assert found == [("JFK", begins[0], 5.0), ("JFK", begins[1], 0.0), ("LGA", begins[1], 2.0)]


def test_hours_are_counted(engine):
    """Times are put into hours, and hours without a row are zero."""
    at = [datetime(2013, 1, 1, 22, 59, 59), datetime(2013, 1, 2, 1, 59, 30)]
    table = engine.from_frame(pa.table({"at": pa.array(at, pa.timestamp("us"))}))
    panel = TimeSeries("at", "hour", Count()).build(table)
    found = sorted((row[1].day, row[1].hour, row[2]) for row in engine.rows(panel))
    assert found == [(1, 22, 1.0), (1, 23, 0.0), (2, 0, 0.0), (2, 1, 1.0)]


@pytest.mark.parametrize(
    ("every", "last", "kept"),
    [
        ("month", date(2013, 3, 30), 2), ("month", date(2013, 3, 31), 3), ("week", date(2013, 3, 30), 11),
        ("week", date(2013, 3, 31), 12), ("quarter", date(2013, 3, 30), 0), ("day", date(2013, 1, 9), 3),
    ],
)  # fmt: skip
def test_a_period_that_is_not_over_is_left_out(engine, every, last, kept):
    """The last period stays only where the last day of it has been seen."""
    table = days(engine, (date(2013, 1, 7), "JFK", 1), (last, "JFK", 1))
    assert len(engine.rows(TimeSeries("day", every, Count()).build(table))) == kept


def test_a_day_of_times_is_over_in_its_last_hour(engine):
    """Of a column of times, the last day stays only where its last hour has been seen."""
    for hour, kept in ((22, 1), (23, 2)):
        at = [datetime(2013, 1, 1, 5), datetime(2013, 1, 2, hour)]
        table = engine.from_frame(pa.table({"at": pa.array(at, pa.timestamp("us"))}))
        assert len(engine.rows(TimeSeries("at", "day", Count()).build(table))) == kept


def test_a_filtered_count_of_nothing_is_zero(engine):
    """Days on which no row was chosen are zero, as where a plain count found none."""
    table = days(engine, (date(2013, 1, 1), "JFK", 20), (date(2013, 1, 2), "JFK", 4), (date(2013, 1, 4), "JFK", 30))
    panel = TimeSeries("day", "day", Filtered(Count(), where="delay > 15", called="late")).build(table)
    assert [row[-1] for row in sorted(engine.rows(panel))] == [1.0, 0.0, 0.0, 1.0]


def test_an_average_of_nothing_is_null(engine):
    """A period in which nothing was measured has no average."""
    table = days(engine, (date(2013, 1, 1), "JFK", 2), (date(2013, 1, 1), "JFK", 4), (date(2013, 1, 3), "JFK", 1))
    panel = TimeSeries("day", "day", Average("delay")).build(table)
    assert sorted(row[1:] for row in engine.rows(panel)) == [
        (date(2013, 1, 1), 3.0), (date(2013, 1, 2), None), (date(2013, 1, 3), 1.0),
    ]  # fmt: skip


def test_a_cube_gives_what_its_fact_gives(engine):
    """The cells of a cube make the same series as the rows that they count, also of longer periods."""
    rows = [(date(2013, 1, 1) + timedelta(days=n * n % 90), "JLE"[n % 3], n) for n in range(200)]
    fact = days(engine, *rows, (date(2013, 3, 31), None, 7))
    cube = Cube("delays", fact="flight", by=["day", "origin"], measures=[Count(), Average("delay"), Sum("delay")])
    cells = engine.persist(cube.build(fact))
    for measure in cube.measures:
        for every in ("day", "month"):
            of_cube = TimeSeries("day", every, measure, ["origin"], cube=cube).build(cells)
            of_fact = TimeSeries("day", every, measure, ["origin"]).build(fact)
            assert sorted(map(str, engine.rows(of_cube))) == sorted(map(str, engine.rows(of_fact)))
    assert {row[0] for row in engine.rows(of_cube)} == {"J", "L", "E", "NULL"}


def test_series_are_never_mixed_up(engine):
    """Slashes within names, the text NULL, and columns called as the SQL calls its own leave series apart."""
    parts = [("x/y", "z"), ("x", "y/z"), ("x%2Fy", "z"), (None, "z"), ("NULL", "z"), ("", "z")]
    columns = {name: [part[number] for part in parts] for number, name in enumerate(("number", "period"))}
    table = engine.from_frame(pa.table({"first_period": pa.array([date(2013, 1, 1)] * 6), **columns}))
    for by in (["number", "period"], ["number"]):
        panel = TimeSeries("first_period", "day", Count(), by).build(table)
        found = engine.rows(panel)
        assert len({row[0] for row in found}) == len(found) == len({tuple(part[: len(by)]) for part in parts})
        assert panel.columns == ["unique_id", *by, "ds", "y"]
    assert {row[0]: row[1] for row in found}["NULL"] is None


def test_mistakes_are_named(engine):
    """A misspelt period, a column that is not there or is no time, and a sum of distinct counts are told."""
    table = days(engine, (date(2013, 1, 1), "JFK", 2))
    with pytest.raises(ConfigError, match=r"not 'mnth'\. Did you mean 'month'"):
        TimeSeries("day", "mnth", Count())
    with pytest.raises(ConfigError, match=r"measure is a Measure, such as Count\(\).*, not 'delay'"):
        TimeSeries(time="day", every="day", measure="delay")
    with pytest.raises(ConfigError, match=r"by=\['origin'\]"):
        TimeSeries("day", "day", Count(), "origin")
    for by in (["origin", "origin"], ["Y"]):
        with pytest.raises(ConfigError, match="two columns"):
            TimeSeries("day", "day", Count(), by)
    with pytest.raises(DataError, match="origni"):
        TimeSeries("day", "day", Count(), ["origni"]).build(table)
    with pytest.raises(DataError, match="dealy"):
        TimeSeries("day", "day", Sum("dealy")).build(table)
    with pytest.raises(DataError, match="'origin' is a VARCHAR"):
        TimeSeries("origin", "day", Count()).build(table)
    cube = Cube("c", fact="flight", by=["day"], measures=[CountDistinct("origin")])
    with pytest.raises(DataError, match="cannot be added up"):
        TimeSeries("day", "month", CountDistinct("origin"), cube=cube).build(cube.build(table))
