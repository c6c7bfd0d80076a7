"""What is published equals what plain SQL says of the CSV files: no row lost or doubled, every figure the same."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

FLIGHTS = 336_776


@pytest.fixture(scope="module")
def mart(project, truth) -> duckdb.DuckDBPyConnection:
    """The published mart, beside the raw files: schemas `mart.star`, `mart.cube` and `mart.forecast`."""
    truth.execute(f"attach '{project}/data/mart.duckdb' as mart (read_only)")
    return truth


def same(mart: duckdb.DuckDBPyConnection, published: str, raw: str) -> int:
    """Compare two queries value by value, whatever the order; return how many rows they have."""
    left, right = mart.execute(published).fetchall(), mart.execute(raw).fetchall()
    assert sorted(left, key=repr) == sorted(right, key=repr)
    return len(left)


def test_no_flight_is_lost_or_doubled(mart):
    """The fact table has one row for each of the 336,776 flights, and each is one of theirs."""
    columns = "flight_date, carrier, flight, origin, scheduled_at, tailnum, distance, dep_delay, arr_delay"
    assert mart.execute("select count(*) from mart.star.fact_flight").fetchone() == (FLIGHTS,)
    assert mart.execute("select count(*) from flights").fetchone() == (FLIGHTS,)
    difference = f"select {columns} from mart.star.fact_flight except all select {columns} from flights"
    assert mart.execute(difference).fetchall() == []


@pytest.mark.parametrize(("role", "dimension", "raw"), [
    ("origin", "airport", "origin"), ("destination", "airport", "dest"), ("airline", "airline", "carrier"),
])  # fmt: skip
def test_mean_delay_by_member(mart, role, dimension, raw):
    """Mean departure delay, flights and cancelled flights agree for every origin, destination and carrier."""
    natural = {"airport": "faa", "airline": "carrier"}[dimension]
    figures = "count(*), count(*) - count(dep_delay), avg(dep_delay)"
    published = f"""
        select found.{natural}, {figures} from mart.star.fact_flight
        join mart.star.dim_{dimension} found on found.{dimension}_key = fact_flight.{role}_key group by all"""
    assert same(mart, published, f"select {raw}, {figures} from flights group by all") >= 3


def test_cancelled_flights(mart):
    """The 8,255 flights that never departed are kept, without a delay."""
    count = "select count(*) from {} where dep_delay is null"
    assert mart.execute(count.format("mart.star.fact_flight")).fetchone() == (8_255,)
    assert mart.execute(count.format("flights")).fetchone() == (8_255,)


def test_unknown_aircraft(mart):
    """Of 52,606 flights without a known aircraft, 50,094 land on orphans, 2,512 on the member for no tail number."""
    published = """
        select member, count(*), count(distinct fact.tailnum) from mart.star.fact_flight fact
        join mart.star.dim_plane using (plane_version_key) group by member"""
    raw = """
        select
            case when f.tailnum is null then 'missing' when p.tailnum is null then 'orphan' else 'known' end,
            count(*), count(distinct f.tailnum)
        from flights f left join planes p using (tailnum) group by 1"""
    same(mart, published, raw)
    counts = {member: count for member, count, _ in mart.execute(published).fetchall()}
    assert counts == {"known": FLIGHTS - 52_606, "orphan": 50_094, "missing": 2_512}


def test_unknown_destinations(mart):
    """The 7,602 flights to an airport that the register lacks land on orphans that keep its code."""
    published = """
        select faa, count(*) from mart.star.fact_flight join mart.star.dim_airport on airport_key = destination_key
        where member = 'orphan' group by all"""
    same(
        mart, published, "select dest, count(*) from flights where dest not in (select faa from airports) group by all"
    )
    assert sum(count for _, count in mart.execute(published).fetchall()) == 7_602


def test_carrier_of_each_aircraft_at_each_month_end(mart):
    """The history gives, at every month's end, exactly that month's snapshot of the registered aircraft."""
    published = """
        select distinct tailnum, d.carrier, snapshot_at from (select distinct snapshot_at from fleet)
        join mart.star.dim_plane d
            on d.member = 'known' and snapshot_at >= valid_from and (snapshot_at < valid_to or valid_to is null)"""
    raw = "select tailnum, carrier, snapshot_at from fleet where tailnum in (select tailnum from planes)"
    assert same(mart, published, raw) > 30_000


def test_carrier_of_each_aircraft_in_the_history(kedro, project, mart, tmp_path):
    """The lake's own history, asked as of each month's end, equals that month's snapshot of all aircraft."""
    from kedro_faucet import HistoryDataset, to_arrow

    history = HistoryDataset(filepath=str(project / "data/lake/fleet"), key="tailnum")
    times = [at for (at,) in mart.execute("select distinct snapshot_at from fleet order by 1").fetchall()]
    assert len(times) == 12
    for at in times:
        rows = to_arrow(history.as_of(at))
        expected = mart.execute("select tailnum, carrier from fleet where snapshot_at = ?", [at]).fetchall()
        found = zip(rows["tailnum"].to_pylist(), rows["carrier"].to_pylist(), strict=True)
        assert sorted(found) == sorted(expected)


def test_seventeen_aircraft_change_carrier(mart):
    """Aircraft that change carrier during the year have a version for each, and flights find the one of their time."""
    changed = "select count(*) from (select tailnum from {} group by tailnum having count(distinct carrier) > 1)"
    assert mart.execute(changed.format("fleet")).fetchone() == (17,)
    registered = "(select * from fleet where tailnum in (select tailnum from planes))"
    assert (
        mart.execute(changed.format("mart.star.dim_plane")).fetchone()
        == mart.execute(changed.format(registered)).fetchone()
    )
    published = """
        select fact.tailnum, scheduled_at, plane.carrier from mart.star.fact_flight fact
        join mart.star.dim_plane plane using (plane_version_key) where member = 'known'"""
    raw = """
        with versions as (
            select *, row_number() over (partition by tailnum order by snapshot_at) = 1 as is_first
            from fleet where tailnum in (select tailnum from planes)
        ),
        found as (
            select f.tailnum, scheduled_at, arg_max(v.carrier, snapshot_at) as carrier from flights f
            join versions v on v.tailnum = f.tailnum and (v.snapshot_at <= f.scheduled_at or is_first)
            group by f.tailnum, f.scheduled_at, f.flight, f.carrier
        )
        from found"""
    assert mart.execute(f"select count(*) from (({published}) except all ({raw}))").fetchone() == (0,)


def test_every_flight_finds_its_aircraft_as_it_is_now(mart):
    """Joined with the latest version of each aircraft, deleted ones too, no flight is lost, and it has its carrier."""
    published = """
        select fact.tailnum, plane.carrier, count(*) from mart.star.fact_flight fact
        join mart.star.dim_plane plane on plane.plane_key = fact.plane_key and plane.is_latest group by all"""
    raw = """
        with latest as (
            select tailnum, arg_max(carrier, snapshot_at) as carrier
            from fleet where tailnum in (select tailnum from planes) group by all
        )
        select f.tailnum, latest.carrier, count(*) from flights f left join latest using (tailnum) group by all"""
    assert same(mart, published, raw) > 4_000
    assert mart.execute(f"select sum(n)::bigint from ({published}) q(t, c, n)").fetchone() == (FLIGHTS,)


def test_calendar_covers_the_year(mart):
    """Every day of 2013 is in the calendar, and no flight's date is unknown."""
    assert mart.execute("select count(*) from mart.star.dim_date where year = 2013").fetchone() == (365,)
    assert mart.execute("select count(*) from mart.star.fact_flight where flight_date_key <= 0").fetchone() == (0,)


def test_cube_of_delays(mart):
    """Each of the sixteen sets of month, carrier, origin and destination agrees with the CSV files."""
    sets = "cube (month, carrier, origin, dest)"
    raw = f"""
        with f as (select *, date_trunc('month', flight_date)::date as month from flights)
        select
            grouping(month, carrier, origin, dest)::integer, month, carrier, origin, dest,
            count(*), sum(dep_delay)::bigint, count(dep_delay), sum(distance)::bigint
        from f group by {sets}"""
    published = """
        select
            grouping_id, flight_date_month_start, airline_carrier, origin_faa, destination_faa,
            count, dep_delay_sum, dep_delay_count, distance_sum
        from mart.cube.delays"""
    assert same(mart, published, raw) > 10_000


def test_cube_of_punctuality(mart):
    """Each day and origin has its flights, its mean delay from parts, and its different aircraft."""
    raw = """
        select flight_date, origin, count(*), avg(dep_delay), count(distinct tailnum)
        from flights group by grouping sets ((flight_date, origin), (flight_date), (origin), ())"""
    published = """
        select flight_date_date, origin_faa, count, dep_delay_sum / dep_delay_count, tailnum_distinct
        from mart.cube.punctuality"""
    assert same(mart, published, raw) == 365 * 3 + 365 + 3 + 1


def test_weather_is_hourly(project, mart):
    """The cleaned weather has one row an hour and origin, where the clock's repeated hour counts once."""
    from deltalake import DeltaTable

    files = DeltaTable(str(project / "data/lake/weather_hourly")).file_uris()
    published = (
        f"select origin, count(*), count(distinct observed_at), avg(temp) from read_parquet({files}) group by origin"
    )
    raw = """
        select origin, count(*), count(*), avg(temp) from (
            from weather where temp is not null
            qualify row_number() over (partition by origin, year, month, day, hour order by time_hour) = 1
        ) group by origin"""
    rounded = "select origin, a, b, round(t, 6) from ({}) q(origin, a, b, t)"
    assert same(mart, rounded.format(published), rounded.format(raw)) == 3


def test_forecasts_go_on_where_the_year_ends(mart):
    """Each of three airports has a forecast for each of the 28 days after the last one of the year."""
    made = mart.execute("""
        select unique_id, origin_faa, cutoff, count(*), count(distinct ds), min(ds), max(ds)
        from mart.forecast.departures group by all order by all""").fetchall()
    first, last = date(2014, 1, 1), date(2014, 1, 28)
    assert made == [(name, name, date(2013, 12, 31), 28, 28, first, last) for name in ("EWR", "JFK", "LGA")]


def test_intervals_are_nested_and_not_negative(mart):
    """Every model's 95 % interval holds its 80 % interval, which holds the forecast; no departures are negative."""
    for name in ("Combination", "DynamicTheta", "SeasonalNaive"):
        bounds = [f'"{name}{suffix}"' for suffix in ("-lo-95", "-lo-80", "", "-hi-80", "-hi-95")]
        rows = mart.execute(f"select {', '.join(bounds)} from mart.forecast.departures").fetchall()
        assert [row for row in rows if list(row) != sorted(row) or not 0 <= row[0] < row[-1]] == [], name


def test_what_is_forecast_is_what_happened(mart):
    """The series that are forecast are the flights of each day and airport, by the raw files."""
    raw = "select origin, flight_date, count(*) from flights group by all"
    assert same(mart, "select unique_id, ds, cast(y as bigint) from mart.forecast.departures_history", raw) == 3 * 365


def test_the_leaderboard_proves_the_models(mart):
    """Over three windows of 28 days and three airports, both models err less than the seasonal naive."""
    board = mart.execute(
        "select model, relative, forecasts from mart.forecast.departures_leaderboard order by relative"
    ).fetchall()
    assert {model for model, *_ in board} == {"Combination", "DynamicTheta", "SeasonalNaive"}
    assert board[-1] == ("SeasonalNaive", 1.0, 3 * 3 * 28)
    assert all(relative < 0.7 for _, relative, _ in board[:-1])
