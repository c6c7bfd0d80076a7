"""Cubes: cells that equal the direct aggregate, also when they are added up again."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine, Table
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
    """A cube of two attributes has the pairs, each attribute alone, and the total, told apart by grouping_id."""
    cells = Cube("delays", "flight", ["origin", "carrier"], [Count()]).build(fact(engine, ROWS))
    expected = [
        (0, None, "AA", 1), (0, "JFK", "AA", 2), (0, "JFK", "BB", 1),
        (1, None, None, 1), (1, "JFK", None, 3),
        (2, None, "AA", 3), (2, None, "BB", 1),
        (3, None, None, 4),
    ]  # fmt: skip
    assert found(engine, cells) == sorted(expected, key=repr)


def test_parts_have_the_same_types_on_both_engines(engine: Engine) -> None:
    """Sums of integers are BIGINT, of decimals exact, of doubles DOUBLE; counts are BIGINT."""
    cells = Cube("delays", "flight", BY, [*ADDITIVE, CountDistinct("distance")]).build(fact(engine, ROWS))
    assert engine.schema(cells) == {
        "grouping_id": "INTEGER",
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
        [(2, None, "AA", 3, 2), (2, None, "BB", 1, 1), (1, "JFK", None, 3, 3), (1, None, None, 1, 0)], key=repr
    )


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
    cube = Cube("planes", "flight", ["craft.carrier"], [Count()], dimensions={"craft": "plane"})
    assert found(engine, cube.select(cube.build(facts, craft=plane), ["craft.carrier"])) == [("AA", 1), ("BB", 1)]
    with pytest.raises(DataError, match="role 'craft' has no column 'carier'"):
        Cube("planes", "flight", ["craft.carier"], [Count()], dimensions={"craft": "plane"}).build(facts, craft=plane)


@pytest.mark.parametrize("measure", [Count(), CountDistinct("flight")])
def test_without_a_time_members_attributes_are_the_newest(engine: Engine, measure: Measure) -> None:
    """Where the fact has no time, each of its rows is counted once, under the newest version of its member."""
    facts, plane = versioned(engine, at=None)
    cube = Cube("planes", "flight", ["craft.carrier"], [measure], dimensions={"craft": "plane"})
    cells = cube.build(facts, craft=plane)
    assert found(engine, cube.select(cells, ["craft.carrier"])) == [("BB", 2)]
    assert engine.rows(cube.select(cells)) == [(2,)]


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
