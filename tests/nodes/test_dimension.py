"""Dimensions: every member once, under a key that stays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.star import Dimension
from kedro_faucet.nodes.star.members import check_members

DAYS = {day: datetime(2013, 1, day) for day in range(1, 29)}


def airports(engine: Engine, codes: list[str | None]) -> Table:
    """A source of type 1."""
    names = [f"Airport {code}" for code in codes]
    return engine.from_frame(pa.table({"faa": pa.array(codes, pa.string()), "name": names}))


def named(engine: Engine, column: str, values: list[Any], kind: pa.DataType | None = None) -> Table:
    """A facts table that names members."""
    return engine.from_frame(pa.table({column: pa.array(values, kind or pa.string())}))


def planes(engine: Engine, versions: list[tuple[str, str, int | None, int | None]]) -> Table:
    """A source of type 2: (tail number, carrier, from day, to day)."""
    rows = {
        "tailnum": [row[0] for row in versions],
        "carrier": [row[1] for row in versions],
        "valid_from": pa.array([DAYS.get(row[2]) for row in versions], pa.timestamp("us")),
        "valid_to": pa.array([DAYS.get(row[3]) for row in versions], pa.timestamp("us")),
        "is_current": [row[3] is None for row in versions],
    }
    return engine.from_frame(pa.table(rows))


def rows(engine: Engine, table: Table) -> list[dict[str, Any]]:
    """The rows, by columns."""
    return engine.to_arrow(table).to_pylist()


AIRPORT = Dimension("airport", source="lake/airports", key="faa", named_by=[["origin"]])
PLANE = Dimension("plane", source="lake/fleet", key="tailnum", named_by=[["tailnum"]])


def test_every_member_has_one_row(engine: Engine) -> None:
    """What the source knows, what only facts name, no key and what cannot be: each is one row of its kind."""
    built = AIRPORT.build(airports(engine, ["JFK", "LGA"]), named(engine, "origin", ["JFK", "XXX", "XXX", None]))
    found = {(row["member"], row["faa"], row["name"]) for row in rows(engine, built)}
    assert found == {
        ("known", "JFK", "Airport JFK"),
        ("known", "LGA", "Airport LGA"),
        ("orphan", "XXX", None),
        ("missing", None, None),
        ("invalid", None, None),
    }
    assert len(rows(engine, built)) == 5
    assert engine.schema(built) == {"airport_key": "BIGINT", "member": "VARCHAR", "faa": "VARCHAR", "name": "VARCHAR"}


def test_the_members_without_a_natural_key_have_fixed_keys(engine: Engine) -> None:
    """Missing is 0 and invalid is -1 in every dimension."""
    built = AIRPORT.build(airports(engine, ["JFK"]), named(engine, "origin", []))
    keys = {row["member"]: row["airport_key"] for row in rows(engine, built)}
    assert (keys["missing"], keys["invalid"]) == (0, -1)


def test_an_orphan_that_becomes_known_keeps_its_key(engine: Engine) -> None:
    """The key of an inferred member is the key of the member when the source knows it."""
    facts = named(engine, "origin", ["XXX"])
    before, after = (
        AIRPORT.build(airports(engine, ["JFK"]), facts),
        AIRPORT.build(airports(engine, ["JFK", "XXX"]), facts),
    )
    keys = [{row["faa"]: row["airport_key"] for row in rows(engine, built)}["XXX"] for built in (before, after)]
    assert keys[0] == keys[1]


def test_an_orphan_of_type_2_keeps_its_durable_key(engine: Engine) -> None:
    """Every version of a member that was inferred has the durable key that it had, and a version key of its own."""
    facts = named(engine, "tailnum", ["N2"])
    before = PLANE.build(planes(engine, [("N1", "AA", 1, None)]), facts)
    after = PLANE.build(planes(engine, [("N1", "AA", 1, None), ("N2", "AA", 5, 7), ("N2", "BB", 7, None)]), facts)
    [orphan] = [row for row in rows(engine, before) if row["tailnum"] == "N2"]
    known = [row for row in rows(engine, after) if row["tailnum"] == "N2"]
    assert (orphan["member"], orphan["is_current"], orphan["is_latest"]) == ("orphan", True, True)
    assert {row["plane_key"] for row in known} == {orphan["plane_key"]}
    assert len({orphan["plane_version_key"], 0, -1, *(row["plane_version_key"] for row in known)}) == 5


def test_a_source_with_validity_makes_a_dimension_of_versions(engine: Engine) -> None:
    """Each version has a row and a key of its own, all of a member the same durable key, and its times."""
    built = PLANE.build(planes(engine, [("N1", "AA", 1, 3), ("N1", "BB", 3, None)]), named(engine, "tailnum", []))
    first, second = sorted((row for row in rows(engine, built) if row["tailnum"]), key=lambda row: row["valid_from"])
    assert first["plane_key"] == second["plane_key"]
    assert len({first["plane_key"], first["plane_version_key"], second["plane_version_key"]}) == 3
    assert (first["valid_to"], second["valid_to"], first["is_current"]) == (DAYS[3], None, False)
    assert (first["is_latest"], second["is_latest"]) == (False, True)


def test_a_version_keeps_its_key_when_an_earlier_one_comes_to_light(engine: Engine) -> None:
    """The key of a version is made of the natural key and valid_from: what is learnt later of other times leaves it."""
    found = []
    for versions in ([("N1", "BB", 5, None)], [("N1", "AA", 3, 5), ("N1", "BB", 5, 9)], [("N1", "CC", 4, None)]):
        built = rows(engine, PLANE.build(planes(engine, versions), named(engine, "tailnum", [])))
        found.append({row["carrier"]: row["plane_version_key"] for row in built if row["tailnum"]})
    assert found[0]["BB"] == found[1]["BB"]
    assert len({found[1]["AA"], found[1]["BB"], found[2]["CC"]}) == 3


def test_a_deleted_member_has_a_latest_version(engine: Engine) -> None:
    """Of a member that the source deleted no version is current, but one is the latest; one that returned has both."""
    versions = [("N1", "AA", 1, 3), ("N1", "BB", 3, 5), ("N2", "AA", 1, 3), ("N2", "BB", 7, None)]
    built = PLANE.build(planes(engine, versions), named(engine, "tailnum", []))
    latest = [row for row in rows(engine, built) if row["is_latest"] and row["tailnum"]]
    assert sorted((row["tailnum"], row["carrier"], row["is_current"]) for row in latest) == [
        ("N1", "BB", False),
        ("N2", "BB", True),
    ]


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.date32()])
def test_versions_need_no_flag(engine: Engine, kind: pa.DataType) -> None:
    """A source with valid_from and valid_to alone has versions; those that end never, or in the year 9999, go on."""
    times = {"since": [DAYS[1], DAYS[3], DAYS[3]], "until": [DAYS[3], None, datetime(9999, 12, 31)]}
    source = {
        "tailnum": ["N1", "N1", "N2"],
        "valid_from": pa.array(times["since"], pa.timestamp("us")).cast(kind),
        "valid_to": pa.array(times["until"], pa.timestamp("us")).cast(kind),
    }
    built = rows(engine, PLANE.build(engine.from_frame(pa.table(source)), named(engine, "tailnum", [])))
    found = sorted(
        (row["tailnum"], row["valid_from"], row["is_current"], row["is_latest"]) for row in built if row["tailnum"]
    )
    assert found == [("N1", DAYS[1], False, False), ("N1", DAYS[3], True, True), ("N2", DAYS[3], True, True)]


def test_a_key_of_several_columns_is_one_key(engine: Engine) -> None:
    """A natural key of two columns is compared as a whole, and is missing where a part of it is."""
    source = engine.from_frame(pa.table({"carrier": ["AA", "A"], "flight": [1, 11]}))
    facts = engine.from_frame(pa.table({"by": ["AA", "B", None], "number": [1, 1, 1]}))
    route = Dimension("route", "lake/routes", ["carrier", "flight"], named_by=[[("by", "number")]])
    found = sorted(
        (row["member"], row["carrier"], row["flight"])
        for row in rows(engine, route.build(source, facts))
        if row["carrier"]
    )
    assert found == [("known", "A", 11), ("known", "AA", 1), ("orphan", "B", 1)]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (["JFK", "LGA", "JFK"], "lake/airports has more than one row for a key. faa: 'JFK'"),
        (["JFK", None], "lake/airports has rows without a key: faa is NULL"),
    ],
)
def test_keys_that_do_not_tell_rows_apart_are_refused(engine: Engine, codes: list[str | None], message: str) -> None:
    """A key that is twice in the source, or NULL there, is refused with examples."""
    with pytest.raises(DataError, match=message):
        AIRPORT.build(airports(engine, codes), named(engine, "origin", []))


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ([("N1", "AA", 1, 5), ("N1", "BB", 4, None)], "valid at the same time. tailnum: 'N1'"),
        ([("N1", "AA", 1, None), ("N1", "BB", 4, None)], "valid at the same time. tailnum: 'N1'"),
        ([("N1", "AA", 1, 1), ("N1", "BB", 1, None)], "valid at the same time. tailnum: 'N1'"),
        ([("N1", "AA", 5, 1)], "that end before they begin. tailnum: 'N1'"),
        ([("N1", "AA", None, 1)], "without a valid_from"),
        ([("N1", "AA", 1, 3), ("N1", "BB", 5, 4)], "that end before they begin. tailnum: 'N1'"),
    ],
)
def test_versions_that_overlap_are_refused(engine: Engine, versions: list[Any], message: str) -> None:
    """Two versions of one key that a fact could both find at a time are refused with examples."""
    with pytest.raises(DataError, match=message):
        PLANE.build(planes(engine, versions), named(engine, "tailnum", []))


@pytest.mark.parametrize(
    ("until", "since", "kind", "message"),
    [
        ("2024-01-31", "2024-02-01", "date", "their last moment.*id: '1'.*lead.valid_from.*cast valid_to as times"),
        ("2024-01-31 23:59:59", "2024-02-01 00:00:00", "timestamp", "end with their last moment"),
        ("2024-01-31 23:59:59.999999", "2024-02-01 00:00:00", "timestamp", "end with their last moment"),
    ],
)  # fmt: skip
def test_a_valid_to_that_is_still_valid_is_refused(
    engine: Engine, until: str, since: str, kind: str, message: str
) -> None:
    """Where valid_to is the last moment of a version, facts of that moment would find none: it is refused."""
    versions = engine.sql(
        f"""select 1 as id, {kind} '2024-01-01' as valid_from, {kind} '{until}' as valid_to
        union all select 1, {kind} '{since}', null"""
    )
    with pytest.raises(DataError, match=message):
        Dimension("c", "lake/c", "id").build(versions)


def test_a_day_without_a_version_is_kept(engine: Engine) -> None:
    """Times, other than dates, may leave a day between two versions: a member that was deleted and returned."""
    built = PLANE.build(planes(engine, [("N1", "AA", 1, 3), ("N1", "BB", 4, None)]), named(engine, "tailnum", []))
    assert len([row for row in rows(engine, built) if row["tailnum"]]) == 2


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("timestamp '2024-01-01' as dbt_valid_from, timestamp '2024-02-01' as dbt_valid_to", "rename them valid_from"),
        ("'2024-01-01' as valid_from, '2024-02-01' as valid_to", "lake/c.valid_from is VARCHAR.*TIMESTAMP or DATE"),
        ("date '2024-01-01' as valid_from, date '2024-02-01' as valid_to, 'Y' as is_current", "is VARCHAR.*BOOLEAN"),
        ("date '2024-01-01' as valid_from, date '2024-02-01' as valid_to, 1 as is_latest", "column 'is_latest', which"),
    ],
)  # fmt: skip
def test_versions_under_other_names_and_types_are_refused(engine: Engine, columns: str, message: str) -> None:
    """Versions that would be taken for none, and times that are texts, are refused with what to write."""
    with pytest.raises(DataError, match=message):
        Dimension("c", "lake/c", "id").build(engine.sql(f"select 1 as id, {columns}"))


def test_times_that_are_all_null_are_of_any_type(engine: Engine) -> None:
    """Where no version has ended yet, valid_to has no values, and an engine may have given it another type."""
    versions = engine.sql(
        "select 'N1' as tailnum, date '2024-01-01' as valid_from, null as valid_to, null as is_current"
    )
    [row] = [row for row in rows(engine, PLANE.build(versions, named(engine, "tailnum", []))) if row["tailnum"]]
    assert (row["valid_to"], row["is_current"], row["is_latest"]) == (None, True, True)


def test_two_current_versions_of_one_key_are_refused(engine: Engine) -> None:
    """A flag that says of two versions that they are current would double facts."""
    versions = """select 1 as id, date '2024-01-01' as valid_from, date '2024-02-01' as valid_to, true as is_current
        union all select 1, date '2024-02-01', null, true"""
    with pytest.raises(DataError, match="more than one current version of a key"):
        Dimension("c", "lake/c", "id").build(engine.sql(versions))


def test_a_source_without_rows_has_orphans_alone(engine: Engine) -> None:
    """Of an empty source, of versions or not, the members are those that facts name."""
    text = "select * from source where false"
    for source, key in [(airports(engine, ["A"]), "faa"), (planes(engine, [("A", "AA", 1, None)]), "tailnum")]:
        thing = Dimension("thing", "lake/things", key, named_by=[["name"]])
        built = thing.build(engine.sql(text, source=source), named(engine, "name", ["X", None]))
        assert sorted(row["member"] for row in rows(engine, built)) == ["invalid", "missing", "orphan"]


def test_two_natural_keys_with_one_surrogate_key_are_refused(engine: Engine) -> None:
    """A collision of hashes is found, and both natural keys are named."""
    dimension = {"airport_key": [7, 7, 0], "member": ["known", "known", "missing"], "faa": ["JFK", "LGA", None]}
    with pytest.raises(DataError, match="one surrogate key, 'JFK' and 'LGA'"):
        check_members(engine.from_frame(pa.table(dimension)), "airport", "lake/airports", ["faa"], versions=False)


@pytest.mark.parametrize(
    ("key", "facts", "kind", "message"),
    [
        ("faaa", ["JFK"], pa.string(), r"lake/airports has no column 'faaa'.*Did you mean 'faa'"),
        ("faa", [1], pa.int64(), "'origin' is BIGINT, lake/airports.faa is VARCHAR"),
        ("faa", [1.5], pa.float64(), "'origin' is DOUBLE"),
    ],
)
def test_keys_that_cannot_be_compared_are_refused(
    engine: Engine, key: str, facts: list[Any], kind: Any, message: str
) -> None:
    """A column that is not there, or of a type that does not compare alike on both engines, is refused by name."""
    dimension = Dimension("airport", "lake/airports", key, named_by=[["origin"]])
    with pytest.raises(DataError, match=message):
        dimension.build(airports(engine, ["JFK"]), named(engine, "origin", facts, kind))


def test_a_column_that_the_dimension_makes_itself_is_refused(engine: Engine) -> None:
    """A source with a column called member would make two of them."""
    with pytest.raises(DataError, match="column 'member'"):
        AIRPORT.build(engine.from_frame(pa.table({"faa": ["JFK"], "member": ["x"]})), named(engine, "origin", []))


def test_a_name_that_cannot_be_part_of_a_column_is_refused() -> None:
    """Names are lower-case letters, digits and underscores."""
    with pytest.raises(ConfigError, match="cannot be called 'Air port'"):
        Dimension("Air port", "lake/airports", "faa")


KEYS = st.one_of(
    st.lists(
        st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=6), unique=True
    ),
    st.lists(st.integers(-(2**63), 2**63 - 1), unique=True),
    st.lists(st.dates(date(1000, 1, 1), date(9999, 12, 31)), unique=True),
    st.lists(st.decimals(-9999, 9999, places=3), unique=True),
)


@pytest.mark.spark
@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(keys=KEYS)
def test_keys_are_the_same_on_both_engines(spark: Engine, keys: list[Any]) -> None:
    """Any natural key has the same surrogate key on the embedded engine and on Spark."""
    found = []
    for engine in (engines.connect(), spark):
        frame = pa.table({"code": pa.array(keys) if keys else pa.array([], pa.string())})
        built = Dimension("thing", "lake/things", "code").build(engine.from_frame(frame))
        found.append({row["code"]: row["thing_key"] for row in rows(engine, built) if row["member"] == "known"})
    assert found[0] == found[1]
    assert len(set(found[0].values())) == len(keys)
