"""Cubes: cells that equal the direct aggregate, also when they are added up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.star import Average, Count, CountDistinct, Dimension, Fact, Max, Measure, Min, Role, Sum

TYPES = pa.schema(
    {
        "origin": pa.string(),
        "carrier": pa.string(),
        "day": pa.int32(),
        "distance": pa.int32(),
        "fare": pa.decimal128(9, 2),
        "delay": pa.float64(),
    }
)
BY = ["origin", "carrier", "day"]
PAIR = "origin, carrier"
ADDITIVE = [Count(), Sum("distance"), Sum("fare"), Average("delay"), Min("distance"), Max("distance"), Count("delay")]


def fact(engine: Engine, rows: list[tuple[Any, ...]]) -> Table:
    """A fact with its own attributes."""
    return engine.from_frame(pa.Table.from_pylist([dict(zip(TYPES.names, row, strict=True)) for row in rows], TYPES))


ROWS = [
    ("JFK", "AA", 1, 100, Decimal("10.50"), 1.0),
    ("JFK", "AA", 2, 200, Decimal("0.25"), None),
    ("JFK", "BB", 1, 300, None, 5.0),
    (None, "AA", 1, None, Decimal("1.00"), 3.0),
]


def found(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    """The rows in an order that holds NULL."""
    return sorted(engine.rows(table), key=repr)


def test_every_set_has_its_cells(engine: Engine) -> None:
    """A cube of two attributes has the pairs, each attribute alone, and the total, told apart by their groupings."""
    cells = Cube("delays", "flight", ["origin", "carrier"], [Count()]).build(fact(engine, ROWS))
    expected = [
        (0, PAIR, None, "AA", 1), (0, PAIR, "JFK", "AA", 2), (0, PAIR, "JFK", "BB", 1),
        (1, "origin", None, None, 1), (1, "origin", "JFK", None, 3),
        (2, "carrier", None, "AA", 3), (2, "carrier", None, "BB", 1),
        (3, "total", None, None, 4),
    ]  # fmt: skip
    assert found(engine, cells) == sorted(expected, key=repr)


def test_parts_have_the_same_types_on_both_engines(engine: Engine) -> None:
    """Sums of integers are BIGINT, of decimals exact, of doubles DOUBLE; counts are BIGINT."""
    cells = Cube("delays", "flight", BY, [*ADDITIVE, CountDistinct("distance")]).build(fact(engine, ROWS))
    assert engine.schema(cells) == {
        "grouping_id": "INTEGER",
        "grouping": "VARCHAR",
        "origin": "VARCHAR",
        "carrier": "VARCHAR",
        "day": "INTEGER",
        "count": "BIGINT",
        "distance_sum": "BIGINT",
        "fare_sum": "DECIMAL(38,2)",
        "delay_sum": "DOUBLE",
        "delay_count": "BIGINT",
        "distance_min": "INTEGER",
        "distance_max": "INTEGER",
        "distance_distinct": "BIGINT",
    }


def test_averages_come_from_their_parts(engine: Engine) -> None:
    """An average is the sum by the count of what is not NULL, and NULL where nothing is."""
    cube = Cube("delays", "flight", ["carrier"], [Average("delay")])
    cells = cube.build(fact(engine, [*ROWS, ("LGA", "CC", 1, 1, None, None)]))
    assert found(engine, cube.select(cells, ["carrier"])) == [("AA", 2.0), ("BB", 5.0), ("CC", None)]
    assert found(engine, cube.select(cells)) == [(3.0,)]


def test_a_set_that_is_not_stored_is_added_up_from_a_finer_one(engine: Engine) -> None:
    """Parts that can be added up answer for every coarser set, and averages stay right."""
    cube = Cube("delays", "flight", BY, [Count(), Average("delay"), Max("distance")], sets=[BY])
    cells = cube.build(fact(engine, ROWS))
    assert found(engine, cube.select(cells, ["carrier"])) == [("AA", 3, 2.0, 200), ("BB", 1, 5.0, 300)]
    assert found(engine, cube.select(cells, [], [Average("delay")])) == [(3.0,)]


def test_a_rollup_stores_each_beginning(engine: Engine) -> None:
    """A hierarchy stores its levels alone."""
    cube = Cube("delays", "flight", BY, [Count()], sets="rollup")
    ids = {row[0] for row in engine.rows(cube.build(fact(engine, ROWS)))}
    assert (cube.grouping_sets, ids) == ([tuple(BY), tuple(BY[:2]), tuple(BY[:1]), ()], {0, 1, 3, 7})


def test_sets_in_any_order_have_the_right_ids(engine: Engine) -> None:
    """The id of a cell does not depend on the order in which the sets are written."""
    cube = Cube(
        "delays", "flight", ["origin", "carrier"], [Count(), CountDistinct("distance")], sets=[["carrier"], ["origin"]]
    )
    assert found(engine, cube.build(fact(engine, ROWS))) == sorted(
        [
            (2, "carrier", None, "AA", 3, 2), (2, "carrier", None, "BB", 1, 1),
            (1, "origin", "JFK", None, 3, 3), (1, "origin", None, None, 1, 0),
        ],
        key=repr,
    )  # fmt: skip


def test_distinct_counts_are_exact_in_each_cell_and_never_added(engine: Engine) -> None:
    """A value that is in two cells counts once in their total, which is refused where it is not stored."""
    rows = [("JFK", "AA", 1, 7, None, None), ("JFK", "BB", 1, 7, None, None)]
    stored = Cube("planes", "flight", ["origin", "carrier"], [CountDistinct("distance")])
    assert found(engine, stored.select(stored.build(fact(engine, rows)), ["origin"])) == [("JFK", 1)]
    finest = Cube(
        "planes", "flight", ["origin", "carrier"], [Count(), CountDistinct("distance")], sets=[["origin", "carrier"]]
    )
    cells = finest.build(fact(engine, rows))
    with pytest.raises(DataError, match=r"\[origin\] is not stored.*cannot be added up.*Add the set"):
        finest.select(cells, ["origin"])
    assert found(engine, finest.select(cells, ["origin"], [Count()])) == [("JFK", 2)]


@pytest.mark.parametrize(
    ("by", "measures", "message"),
    [
        (["carier"], None, "has no attribute 'carier'.*Did you mean 'carrier'"),
        (
            [],
            [Average("delay_average")],
            r"would count averages as if each stood for one row: ask for Average\(column='delay'\)",
        ),
        ([], [Sum("day_distinct")], r"once for every cell.*ask for CountDistinct\(column='day'\)"),
        ([], [Sum("dely")], r"has no Sum\(column='dely'\).*Did you mean"),
        (["origin", "carrier"], None, r"stores no set that contains \[origin, carrier\]"),
    ],
)
def test_a_wrong_question_is_refused_with_the_right_one(
    engine: Engine, by: list[str], measures: list[Measure] | None, message: str
) -> None:
    """What the cube cannot answer rightly is an error that names what can be asked."""
    cube = Cube(
        "delays",
        "flight",
        ["origin", "carrier"],
        [Average("delay"), CountDistinct("day")],
        sets=[["origin"], ["carrier"]],
    )
    with pytest.raises(DataError, match=message):
        cube.select(cube.build(fact(engine, ROWS)), by, measures)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sets": "rolup"}, "Did you mean 'rollup'"),
        ({"sets": [["origin", "day"]]}, "'day' is not in by"),
        ({"sets": [["origin"]]}, "'carrier' is not in any of its sets"),
        ({"by": ["origin", "origin"]}, "'origin' more than once"),
        ({"measures": []}, "a list of measures"),
        ({"name": "De lays"}, "cannot be called"),
        ({"sets": [["origin", "carrier"], ["carrier", "origin"]]}, "stores a set: 'origin, carrier' more than once"),
        ({"by": ["origin", "total"]}, "'total' would become a column 'total'.*rename it"),
        ({"by": ["grouping"]}, "'grouping' would become a column"),
        ({"by": ["x_average"], "measures": [Average("x")]}, "'x_average' more than once"),
        ({"by": ["Count"]}, "'count' more than once"),
        ({"by": ["plane.latest.carrier", "plane_latest.carrier"]}, "'plane_latest_carrier' more than once"),
        ({"by": ["plane.last.carrier"]}, r"role.attribute or role.latest.attribute, not 'plane.last.carrier'"),
        ({"by": [f"a{n}" for n in range(32)], "sets": "rollup"}, "at most 31"),
    ],
)
def test_a_cube_that_cannot_be_is_refused_when_it_is_made(changes: dict[str, Any], message: str) -> None:
    """Misspelt sets, attributes in none, and names used twice are refused before anything runs."""
    usual = {"name": "delays", "fact": "flight", "by": ["origin", "carrier"], "measures": [Count()]}
    with pytest.raises(ConfigError, match=message):
        Cube(**{**usual, **changes})


def test_a_fact_without_rows_has_no_cells_and_a_total_of_zero(engine: Engine) -> None:
    """Where nothing is counted no cell is stored, and the total that is asked for is one row."""
    cube = Cube("delays", "flight", ["origin"], [Count(), Average("delay")])
    cells = cube.build(fact(engine, []))
    assert (engine.rows(cells), engine.rows(cube.select(cells))) == ([], [(0, None)])


def test_a_column_that_is_not_there_is_refused(engine: Engine) -> None:
    """A measure of a column that the fact lacks is told with the nearest."""
    with pytest.raises(DataError, match=r"has no column 'distnce'.*Did you mean 'distance'"):
        Cube("delays", "flight", ["origin"], [Sum("distnce")]).build(fact(engine, ROWS))


def versioned(engine: Engine, at: str | None) -> tuple[Table, Table]:
    """A fact of two rows, and a dimension that has two versions of the one member that they name."""
    times = {"at": pa.array([datetime(2013, 1, 1), datetime(2013, 3, 1)], pa.timestamp("us"))}
    flights = engine.from_frame(pa.table({"flight": [1, 2], "tailnum": ["N1", "N1"], **times}))
    fleet = {
        "tailnum": ["N1", "N1"],
        "carrier": ["AA", "BB"],
        "valid_from": pa.array([datetime(2013, 1, 1), datetime(2013, 2, 1)], pa.timestamp("us")),
        "valid_to": pa.array([datetime(2013, 2, 1), None], pa.timestamp("us")),
        "is_current": [False, True],
    }
    plane = Dimension("plane", "lake/fleet", "tailnum", named_by=[["tailnum"]]).build(
        engine.from_frame(pa.table(fleet)), flights
    )
    fact = Fact("flight", "lake/flights", ["flight"], {"craft": Role("plane", "tailnum")}, at=at)
    return fact.build(flights, plane=plane), plane


def test_members_attributes_are_as_they_were(engine: Engine) -> None:
    """A cube over a dimension of versions counts each row under the attributes of its time."""
    facts, plane = versioned(engine, at="at")
    cube = Cube("planes", "flight", ["craft.carrier"], [Count()])
    assert found(engine, cube.select(cube.build(facts, craft=plane), ["craft.carrier"])) == [("AA", 1), ("BB", 1)]
    with pytest.raises(DataError, match="role 'craft' has no column 'carier'"):
        Cube("planes", "flight", ["craft.carier"], [Count()]).build(facts, craft=plane)


@pytest.mark.parametrize("measure", [Count(), CountDistinct("flight")])
def test_without_a_time_members_attributes_are_the_newest(engine: Engine, measure: Measure) -> None:
    """Where the fact has no time, each of its rows is counted once, under the newest version of its member."""
    facts, plane = versioned(engine, at=None)
    cube = Cube("planes", "flight", ["craft.carrier"], [measure])
    cells = cube.build(facts, craft=plane)
    assert found(engine, cube.select(cells, ["craft.carrier"])) == [("BB", 2)]
    assert engine.rows(cube.select(cells)) == [(2,)]


@pytest.mark.parametrize("measure", [Count(), CountDistinct("flight")])
def test_members_attributes_are_as_they_are_now_by_request(engine: Engine, measure: Measure) -> None:
    """An attribute of the latest version stands beside the one of the fact's time, and both can be asked for."""
    facts, plane = versioned(engine, at="at")
    cube = Cube("planes", "flight", ["craft.carrier", "craft.latest.carrier"], [measure])
    cells = cube.build(facts, craft=plane)
    assert cells.columns[1:4] == ["grouping", "craft_carrier", "craft_latest_carrier"]
    assert found(engine, cube.select(cells, ["craft.latest.carrier"])) == [("BB", 2)]
    assert found(engine, cube.select(cells, ["craft.carrier", "craft.latest.carrier"])) == [
        ("AA", "BB", 1),
        ("BB", "BB", 1),
    ]


def test_the_facts_of_a_deleted_member_are_counted_as_it_was_last(engine: Engine) -> None:
    """At a time when a member was deleted its attributes are NULL as they were, and its last ones as they are now."""
    times = pa.array([datetime(2013, 1, 5), datetime(2013, 3, 1)], pa.timestamp("us"))
    flights = engine.from_frame(pa.table({"flight": [1, 2], "tailnum": ["N1", "N1"], "at": times}))
    fleet = """select 'N1' as tailnum, 'AA' as carrier, timestamp '2013-01-01' as valid_from,
        timestamp '2013-02-01' as valid_to"""
    plane = Dimension("plane", "lake/fleet", "tailnum").build(engine.sql(fleet))
    facts = Fact("flight", "lake/flights", ["flight"], {"plane": "tailnum"}, at="at").build(flights, plane=plane)
    cube = Cube("planes", "flight", ["plane.carrier", "plane.latest.carrier"], [Count()])
    cells = cube.build(facts, plane=plane)
    assert found(engine, cube.select(cells, ["plane.latest.carrier"])) == [("AA", 2)]
    assert found(engine, cube.select(cells, ["plane.carrier"])) == [("AA", 1), (None, 1)]


def named(engine: Engine) -> tuple[Table, Table]:
    """A fact whose rows name a member twice, an orphan, none, and one at a time when it was deleted."""
    shops = engine.sql("select 'K' as k, timestamp '2024-01-01' as valid_from, timestamp '2024-02-01' as valid_to")
    sales = engine.sql("""select 1 as id, 'K' as k, timestamp '2024-01-05' as at, 0 as own_key
        union all select 2, 'K', timestamp '2024-01-06', -1 union all select 3, 'Z', timestamp '2024-01-07', 5
        union all select 4, null, timestamp '2024-01-07', 5 union all select 5, 'K', timestamp '2024-03-01', 5""")
    dimension = Dimension("shop", "lake/shops", "k", named_by=[["k"]]).build(shops, sales)
    fact = Fact("sale", "lake/sales", ["id"], {"shop": "k"}, keep=["own_key"], at="at")
    return fact.build(sales, shop=dimension), dimension


@pytest.mark.parametrize("further", [[], [CountDistinct("id")]])
def test_counts_of_a_key_are_counts_of_members(engine: Engine, further: list[Measure]) -> None:
    """Of a role's keys what is counted is members: orphans are some, missing and invalid are none."""
    measures = [Count("shop_key"), Count("shop_version_key"), Count(), *further]
    facts, shop = named(engine)
    cube = Cube("sales", "sale", ["shop.k"], measures)
    assert found(engine, cube.select(cube.build(facts, shop=shop), [], measures[:3])) == [(4, 3, 5)]


def test_distinct_counts_of_a_key_are_counts_of_members(engine: Engine) -> None:
    """Different keys are different members and versions; a column of the fact's own keeps its 0 and its -1."""
    facts, _ = named(engine)
    measures = [CountDistinct("shop_key"), CountDistinct("shop_version_key"), CountDistinct("own_key")]
    cube = Cube("sales", "sale", ["shop_key"], measures, sets=[[], ["shop_key"]])
    assert engine.rows(cube.select(cube.build(facts))) == [(2, 2, 3)]
    told = Cube("sales", "sale", ["id"], measures, keys=["own_key"])
    assert engine.rows(told.select(told.build(facts))) == [(3, 4, 1)]


def test_a_measure_of_a_column_that_is_called_as_an_attribute(engine: Engine) -> None:
    """A fact's own column may be called as the column of an attribute is: each is what it is."""
    facts = engine.sql("select 1 as shop_key, 'a' as shop_k union all select 1, 'b'")
    shop = engine.sql("select 1 as shop_key, 'known' as member, 'K' as k")
    cube = Cube("sales", "sale", ["shop.k"], [CountDistinct("shop_k")])
    assert found(engine, cube.select(cube.build(facts, shop=shop), ["shop.k"])) == [("K", 2)]


def test_a_role_needs_a_dimension_as_it_was_built(engine: Engine) -> None:
    """A table that is none, a dimension of version 0.1, and one that lacks a key of the fact are refused."""
    facts, plane = versioned(engine, at="at")
    cube = Cube("planes", "flight", ["craft.carrier"], [Count()])
    for table, message in [
        (engine.sql("select 'N1' as tailnum, 'AA' as carrier"), "columns tailnum, carrier, which is no dimension"),
        (engine.sql("select * exclude (is_latest) from plane", plane=plane), r"kedro-faucet 0\.1 made it.*--tags=star"),
        (engine.sql("select * from plane where is_latest", plane=plane), "'craft_version_key' 1 that dim_plane lacks"),
    ]:
        with pytest.raises(DataError, match=message):
            cube.build(facts, craft=table)
    with pytest.raises(DataError, match=r"role 'craft' has no column 'plain_key'.*Did you mean 'plane_key'"):
        replace(cube, dimensions={"craft": "plain"}).build(facts, craft=plane)


VALUES = st.tuples(
    st.sampled_from(["JFK", "LGA", None]),
    st.sampled_from(["AA", "BB", None]),
    st.integers(1, 3),
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.decimals(-1000, 1000, places=2),
    st.none() | st.integers(-100, 100).map(float),
)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(VALUES, max_size=15),
    by=st.permutations(BY).flatmap(lambda names: st.integers(0, 3).map(lambda n: names[:n])),
)
def test_what_is_rolled_up_equals_the_direct_aggregate(rows: list[Any], by: list[str]) -> None:
    """By any attributes, stored or added up from the finest cells, a cube says what the fact's rows say."""
    engine = engines.connect()
    table = fact(engine, rows)
    names = "".join(f"{name}, " for name in by)
    grouped = f"group by {', '.join(by)}" if by else ""
    direct = found(
        engine,
        engine.sql(
            f"""select {names}count(*), cast(sum(distance) as bigint), cast(sum(fare) as decimal(38,2)),
            avg(delay), min(distance), max(distance), count(delay) from fact {grouped}""",
            portable=False,
            fact=table,
        ),
    )
    for sets in (None, [BY]):
        cube = Cube("delays", "flight", BY, ADDITIVE, sets)
        assert found(engine, cube.select(cube.build(table), by)) == direct
