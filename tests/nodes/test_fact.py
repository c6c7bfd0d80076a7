"""Facts: no row lost, none doubled, each with the members as they were at its time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.star import Average, Count, DateDimension, Dimension, Fact, Role, StarSchema, Sum

START = datetime(2013, 1, 1)

SCHEMA = StarSchema(
    dimensions=[
        DateDimension("date", last=date(2015, 12, 31)),
        Dimension("airport", source="lake/airports", key="faa"),
        Dimension("plane", source="lake/fleet", key="tailnum"),
    ],
    facts=[
        Fact(
            "flight",
            source="lake/flights",
            grain=["flight"],
            at="left_at",
            dimensions={
                "day": Role("date", "left_on"),
                "origin": Role("airport", "origin"),
                "destination": Role("airport", "dest"),
                "plane": "tailnum",
            },
            measures=[Count(), Sum("distance"), Average("delay")],
            keep=["remark"],
        )
    ],
)
COLUMNS = pa.schema(
    {
        "flight": pa.int64(),
        "left_on": pa.date32(),
        "left_at": pa.timestamp("us"),
        "origin": pa.string(),
        "dest": pa.string(),
        "tailnum": pa.string(),
        "distance": pa.int32(),
        "delay": pa.float64(),
        "remark": pa.string(),
    }
)
FLEET = pa.schema(
    {
        "tailnum": pa.string(),
        "carrier": pa.string(),
        "valid_from": pa.timestamp("us"),
        "valid_to": pa.timestamp("us"),
        "is_current": pa.bool_(),
    }
)


def at(hours: int | None) -> datetime | None:
    """A time so many hours after the start."""
    return None if hours is None else START + timedelta(hours=hours)


def flight(number: int = 1, hours: int | None = 0, **columns: Any) -> dict[str, Any]:
    """A flight, complete but for what is said."""
    usual = {
        "left_on": date(2013, 1, 1),
        "origin": "JFK",
        "dest": "LGA",
        "tailnum": "N1",
        "distance": 100,
        "delay": 1.5,
    }
    return {"flight": number, "left_at": at(hours), **usual, "remark": "-", **columns}


def version(tailnum: str, carrier: str, since: int, until: int | None) -> dict[str, Any]:
    """A version of a plane, by hours."""
    return {
        "tailnum": tailnum,
        "carrier": carrier,
        "valid_from": at(since),
        "valid_to": at(until),
        "is_current": until is None,
    }


def build(engine: Engine, flights: list[dict[str, Any]], fleet: list[dict[str, Any]] | None = None) -> dict[str, Table]:
    """The whole star over these flights."""
    source = engine.from_frame(pa.Table.from_pylist(flights, COLUMNS))
    fleet = [version("N1", "AA", -9, None)] if fleet is None else fleet
    planes = engine.from_frame(pa.Table.from_pylist(fleet, FLEET))
    airports = engine.from_frame(pa.table({"faa": ["JFK", "LGA"]}))
    built = {
        "date": SCHEMA.dimension("date").build(source),
        "airport": SCHEMA.dimension("airport").build(airports, source),
        "plane": SCHEMA.dimension("plane").build(planes, source),
    }
    return {**built, "flight": SCHEMA.fact("flight").build(source, **built)}


def seen(engine: Engine, star: dict[str, Table]) -> dict[int, dict[str, Any]]:
    """What a report sees of each flight: its members by its keys."""
    text = """
        select f.flight, d.member as day_member, d.date,
            o.member as origin_member, o.faa as origin_faa, t.faa as destination_faa,
            p.member as plane_member, p.tailnum, p.carrier, f.plane_key, f.plane_version_key
        from fact as f
        join dates as d on d.date_key = f.day_key
        join airports as o on o.airport_key = f.origin_key
        join airports as t on t.airport_key = f.destination_key
        join planes as p on p.plane_version_key = f.plane_version_key"""
    tables = {"fact": star["flight"], "dates": star["date"], "airports": star["airport"], "planes": star["plane"]}
    found = engine.to_arrow(engine.sql(text, **tables)).to_pylist()
    assert len(found) == len({row["flight"] for row in found})
    return {row["flight"]: row for row in found}


def test_each_role_finds_its_member(engine: Engine) -> None:
    """Two roles of one dimension find two members, and a day finds its date."""
    found = seen(engine, build(engine, [flight()]))[1]
    assert (found["origin_faa"], found["destination_faa"], found["date"]) == ("JFK", "LGA", date(2013, 1, 1))


def test_unknown_and_missing_members_are_told_apart(engine: Engine) -> None:
    """A key that nobody knows is an orphan of its own, and no key is the member missing."""
    found = seen(engine, build(engine, [flight(1, origin="XXX"), flight(2, origin=None)]))
    assert (found[1]["origin_member"], found[1]["origin_faa"]) == ("orphan", "XXX")
    assert found[2]["origin_member"] == "missing"


def test_days_outside_the_calendar_are_invalid(engine: Engine) -> None:
    """A date that no calendar holds is the member invalid, and does not make a calendar of millennia."""
    star = build(engine, [flight(1), flight(2, left_on=date(9999, 12, 31)), flight(3, left_on=None)])
    assert {number: row["day_member"] for number, row in seen(engine, star).items()} == {
        1: "known",
        2: "invalid",
        3: "missing",
    }
    assert engine.rows(engine.sql("select count(*) from dates", dates=star["date"])) == [(367,)]


@pytest.mark.parametrize(
    ("hours", "member", "carrier"),
    [
        (-100, "known", "AA"),
        (0, "known", "AA"),
        (9, "known", "AA"),
        (10, "known", "BB"),
        (19, "known", "BB"),
        (20, "invalid", None),
        (29, "invalid", None),
        (30, "known", "CC"),
        (40, "invalid", None),
        (None, "invalid", None),
    ],
)
def test_a_fact_finds_the_version_of_its_time(
    engine: Engine, hours: int | None, member: str, carrier: str | None
) -> None:
    """The version at the flight's time; before the first, the first; in a gap or without a time, none."""
    fleet = [version("N1", "AA", 0, 10), version("N1", "BB", 10, 20), version("N1", "CC", 30, 40)]
    star = build(engine, [flight(1, hours), flight(2, 0)], fleet)
    found = seen(engine, star)
    assert (found[1]["plane_member"], found[1]["carrier"]) == (member, carrier)
    assert found[1]["plane_key"] == found[2]["plane_key"]


def as_it_is(engine: Engine, star: dict[str, Table]) -> list[tuple[Any, ...]]:
    """Each flight with the carrier that its plane has now, or had last."""
    text = """select f.flight, p.carrier from fact as f
        join planes as p on p.plane_key = f.plane_key and p.is_latest order by f.flight"""
    return engine.rows(engine.sql(text, fact=star["flight"], planes=star["plane"]))


def test_as_it_is_keeps_the_facts_of_deleted_members(engine: Engine) -> None:
    """Joined with the latest versions, every fact is there once: of deleted members, orphans and missing ones too."""
    fleet = [version("N1", "AA", 0, 10), version("N1", "BB", 10, 20), version("N2", "CC", 0, None)]
    flights = [flight(1, 5), flight(2, 30), flight(3, None), flight(4, 5, tailnum="N2"), flight(5, 5, tailnum="N9")]
    star = build(engine, [*flights, flight(6, 5, tailnum=None)], fleet)
    assert as_it_is(engine, star) == [(1, "BB"), (2, "BB"), (3, "BB"), (4, "CC"), (5, None), (6, None)]


@pytest.mark.parametrize(
    ("hours", "carrier"),
    [(-5, "AA"), (9, "AA"), (10, "AA"), (15, "AA"), (29, "AA"), (30, "BB"), (40, "BB"), (99, "BB"), (None, None)],
)
def test_a_fact_after_a_deletion_may_find_the_last_version(
    engine: Engine, hours: int | None, carrier: str | None
) -> None:
    """By choice of the role, a time when the member was deleted has the last version before; no time has none still."""
    source = engine.from_frame(pa.Table.from_pylist([flight(1, hours)], COLUMNS))
    fleet = [version("N1", "AA", 0, 10), version("N1", "BB", 30, 40)]
    planes = Dimension("plane", "lake/fleet", "tailnum").build(engine.from_frame(pa.Table.from_pylist(fleet, FLEET)))
    roles = {"plane": Role("plane", "tailnum", deleted="last"), "craft": Role("plane", "tailnum")}
    fact = Fact("flight", "lake/flights", ["flight"], roles, at="left_at").build(source, plane=planes)
    text = "select p.carrier from fact as f join planes as p on p.plane_version_key = f.plane_version_key"
    assert engine.rows(engine.sql(text, fact=fact, planes=planes)) == [(carrier,)]
    without = hours is None or 10 <= hours < 30 or hours >= 40
    assert engine.rows(engine.sql("select craft_version_key = -1 from fact", fact=fact)) == [(without,)]


def test_what_is_found_after_a_deletion_is_one_of_two() -> None:
    """A role finds the member invalid or the last version; another word is refused with the nearest."""
    with pytest.raises(ConfigError, match=r"'invalid' or 'last', not 'lst'.*Did you mean 'last'"):
        Role("plane", "tailnum", deleted="lst")


def test_a_dimension_of_the_old_keys_is_refused(engine: Engine) -> None:
    """A type 2 dimension that version 0.1 made is not joined: the message names the command that rebuilds the star."""
    star = build(engine, [flight()])
    old = engine.sql("select * exclude (is_latest) from planes", planes=star["plane"])
    source = engine.from_frame(pa.Table.from_pylist([flight()], COLUMNS))
    with pytest.raises(DataError, match=r"dim_plane .*kedro-faucet 0\.1 made it.*kedro run --tags=star"):
        SCHEMA.fact("flight").build(source, **{**star, "plane": old})


def test_keys_that_a_dimension_lacks_are_found(engine: Engine) -> None:
    """A fact is refused beside a dimension that was built anew without it, and names the columns and how many keys."""
    star = build(engine, [flight(1, 5), flight(2, 5, tailnum="N2")])
    dimensions = {name: star[name] for name in ("airport", "plane")}
    SCHEMA.fact("flight").check(star["flight"], **dimensions)
    dimensions["plane"] = build(engine, [flight(1, 5)], [version("N1", "AA", -8, None)])["plane"]
    with pytest.raises(DataError, match=r"'plane_key' 1 .*'plane_version_key' 2 that dim_plane lacks.*--tags=star"):
        SCHEMA.fact("flight").check(star["flight"], **dimensions)


def test_a_time_that_is_a_text_is_refused(engine: Engine) -> None:
    """What tells when a row happened is a date or a time."""
    source = engine.from_frame(pa.table({"flight": [1], "left_at": ["2013-01-01"]}))
    with pytest.raises(DataError, match=r"lake/flights.left_at is VARCHAR, and the time of fact 'flight' is DATE or"):
        Fact("flight", "lake/flights", ["flight"], {}, at="left_at").build(source)


def test_the_columns_are_keys_grain_time_and_measures(engine: Engine) -> None:
    """A fact keeps what it needs, of types that both engines agree on."""
    assert engine.schema(build(engine, [flight()])["flight"]) == {
        "day_key": "INTEGER",
        "origin_key": "BIGINT",
        "destination_key": "BIGINT",
        "plane_key": "BIGINT",
        "plane_version_key": "BIGINT",
        "flight": "BIGINT",
        "left_at": "TIMESTAMP",
        "distance": "INTEGER",
        "delay": "DOUBLE",
        "remark": "VARCHAR",
    }


def test_without_a_time_a_fact_has_the_durable_key_alone(engine: Engine) -> None:
    """A fact that does not say when its rows happened finds members, not versions, and doubles no row."""
    source = engine.from_frame(pa.table({"flight": [1, 2], "tailnum": ["N1", "N2"]}))
    fleet = [version("N1", "AA", 0, 10), version("N1", "BB", 10, None)]
    plane = Dimension("plane", "lake/fleet", "tailnum", named_by=[["tailnum"]])
    planes = plane.build(engine.from_frame(pa.Table.from_pylist(fleet, FLEET)), source)
    fact = Fact("flight", "lake/flights", ["flight"], {"plane": "tailnum"}).build(source, plane=planes)
    assert fact.columns == ["plane_key", "flight"]
    assert len({key for key, _ in engine.rows(fact)}) == 2


def test_rows_with_the_same_grain_are_refused(engine: Engine) -> None:
    """Rows that the grain does not tell apart are refused with examples and their number."""
    with pytest.raises(DataError, match=r"lake/flights has more than one row .* flight: \(7\) 2 times"):
        build(engine, [flight(7), flight(7), flight(8)])


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        (Fact("flight", "lake/flights", ["fligth"], {}), "no column 'fligth'.*Did you mean 'flight'"),
        (Fact("flight", "lake/flights", ["flight"], {"origin": "origin"}), "needs dimension 'origin'"),
        (Fact("flight", "lake/flights", ["flight"], {"airport": "flight"}), "'flight' is BIGINT|flight is BIGINT"),
        (
            Fact("flight", "lake/flights", ["flight"], {"airport": "origin"}, keep=["airport_key"]),
            "'airport_key' more than once",
        ),
    ],
)
def test_what_does_not_fit_the_source_is_refused(engine: Engine, fact: Fact, message: str) -> None:
    """A column or dimension that is not there, keys of other types, or names used twice are refused by name."""
    source = engine.from_frame(pa.table({"flight": [1], "origin": ["JFK"], "airport_key": [1]}))
    airports = Dimension("airport", "lake/airports", "faa").build(engine.from_frame(pa.table({"faa": ["JFK"]})))
    with pytest.raises((DataError, ConfigError), match=message):
        fact.build(source, airport=airports)


def test_a_fact_without_a_grain_is_refused() -> None:
    """The grain is a list of columns, and has at least one."""
    for grain in ([], "flight"):
        with pytest.raises(ConfigError, match="its grain is a list"):
            Fact("flight", "lake/flights", grain, {})


HOURS = st.one_of(st.none(), st.integers(-5, 60))
CODES = st.sampled_from(["JFK", "LGA", "XXX", "", None])
FLIGHTS = st.lists(
    st.tuples(
        HOURS,
        CODES,
        CODES,
        st.sampled_from(["N1", "N2", "N9", None]),
        st.dates(date(2012, 1, 1), date(2016, 1, 1)) | st.none(),
    ),
    max_size=12,
)
BREAKS = st.lists(st.integers(0, 50), unique=True, max_size=8).map(sorted)


def intervals(tailnum: str, breaks: list[int], gaps: list[bool]) -> list[dict[str, Any]]:
    """Versions between the breaks, some left out."""
    pairs = zip(breaks, [*breaks, None][1:], strict=True)
    return [
        version(tailnum, f"C{since}", since, until) for (since, until), gap in zip(pairs, gaps, strict=False) if not gap
    ]


def expected(hours: int | None, versions: list[dict[str, Any]]) -> str | None:
    """The carrier at a time, told without SQL."""
    if hours is None:
        return None
    if versions and at(hours) < versions[0]["valid_from"]:
        return str(versions[0]["carrier"])
    valid = [
        one
        for one in versions
        if one["valid_from"] <= at(hours) and (one["valid_to"] is None or at(hours) < one["valid_to"])
    ]
    return str(valid[0]["carrier"]) if valid else None


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(flights=FLIGHTS, breaks=BREAKS, gaps=st.lists(st.booleans(), min_size=8, max_size=8))
def test_no_row_is_lost_or_doubled(flights: list[Any], breaks: list[int], gaps: list[bool]) -> None:
    """Whatever the flights name, and whatever history the planes have, each flight is there once, with its carrier."""
    engine = engines.connect()
    versions = intervals("N1", breaks, gaps)
    rows = [
        flight(number, hours, origin=origin, dest=dest, tailnum=tailnum, left_on=day)
        for number, (hours, origin, dest, tailnum, day) in enumerate(flights)
    ]
    found = seen(engine, build(engine, rows, versions + intervals("N2", [0], [False])))
    assert sorted(found) == list(range(len(rows)))
    for number, (hours, *_, tailnum, _) in enumerate(flights):
        if tailnum == "N1":
            assert found[number]["carrier"] == expected(hours, versions)


def test_the_end_of_time(engine: Engine) -> None:
    """A valid_to that stands for none, and a fact's time that does, are as if they were NULL."""
    end = datetime(9999, 12, 31, 23, 59, 59)
    fleet = {"starts_at": ["N1"], "valid_from": [START], "valid_to": [end], "is_current": [True]}
    times = pa.array([None, end, at(1)], pa.timestamp("us"))
    flights = engine.from_frame(pa.table({"copies": [1, 2, 3], "tailnum": ["N1"] * 3, "left_at": times}))
    plane = Dimension("plane", "lake/fleet", "starts_at").build(engine.from_frame(pa.table(fleet)))
    fact = Fact("flight", "lake/flights", ["copies"], {"plane": "tailnum"}, at="left_at").build(flights, plane=plane)
    rows = sorted(engine.rows(fact), key=lambda row: row[2])
    assert len({key for key, *_ in rows}) == 1
    assert [version for _, version, *_ in rows][:2] == [-1, -1]
    assert rows[2][1] > 0
