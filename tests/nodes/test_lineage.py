"""What bricks tell of their columns, without a row, is what they make of rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kedro_faucet import engines
from kedro_faucet.exceptions import DataError, SqlError
from kedro_faucet.nodes.copy import Copy
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.hygiene import Cast, Clean, CleanNames, Fake, Mask, Pseudonym
from kedro_faucet.nodes.lineage import ALL, Origin, Place, Traced, tell, trace
from kedro_faucet.nodes.merge import AsOf, AsOfJoin, Coalesce, Dedupe, Lookup, Union
from kedro_faucet.nodes.periodic_snapshot import PeriodicSnapshot
from kedro_faucet.nodes.publish import Publish
from kedro_faucet.nodes.split import Split
from kedro_faucet.nodes.sql import SqlQuery
from kedro_faucet.nodes.star import (
    Average,
    Count,
    CountDistinct,
    DateDimension,
    Dimension,
    Fact,
    Role,
    TimeOfDayDimension,
)

SALES = "select 7 as id, date '2013-05-01' as day, 'tea' as sku, 3 as n, 1.5 as price"
PRICES = "select 'tea' as sku, timestamp '2013-01-01' as valid_from, cast(null as timestamp) as valid_to, 2 as cost"
AIRPORT = Dimension("airport", "airports", "faa", named_by=[["origin"]])
CITY = Dimension("city", "cities", "faa", named_by=[["origin"]])
FLIGHTS = "select 1 as flight, 'JFK' as origin, timestamp '2013-05-01 10:00' as at, 5 as delay"
AIRPORTS = "select 'JFK' as faa, 'Kennedy' as name"
CITIES = (
    "select 'JFK' as faa, 'NY' as city, timestamp '2013-01-01' as valid_from, cast(null as timestamp) as valid_to, "
    "true as is_current"
)
CUBED = "select 1 as flight, 5 as delay, cast(7 as bigint) as origin_key"
MEMBERS = "select cast(7 as bigint) as airport_key, 'known' as member, 'Kennedy' as name"
FACT = Fact(
    "flight", "flights", ["flight"], {"origin": Role("airport", "origin"), "city": "origin"}, [Average("delay")], "at"
)
CUBE = Cube(
    "delays",
    "flight",
    by=["origin.name", "flight"],
    measures=[Count(), Average("delay")],
    dimensions={"origin": "airport"},
)
DISTINCT = Cube("seen", "flight", by=["flight"], measures=[CountDistinct("delay")])

# A brick, the tables that it takes (the SQL of a row each), and where some of its columns come from.
CASES: list[tuple[Any, dict[str, str], dict[str, str]]] = [
    (Copy("sales"), {"sales": SALES}, {"id": "sales.id"}),
    (SqlQuery("select n * price as x from s where n > 1", ("s",)), {"s": SALES}, {"x": "s.n s.price"}),
    (SqlQuery("select quantile_cont(n, 0.5) as x from s", ("s",), portable=False), {"s": SALES}, {"x": "s.n"}),
    (
        AIRPORT,
        {"airports": AIRPORTS, "flights": FLIGHTS},
        {"name": "airports.name", "airport_key": "airports.faa flights.origin"},
    ),
    (CITY, {"cities": CITIES, "flights": FLIGHTS}, {"valid_to": "cities.valid_to", "city": "cities.city"}),
    (
        DateDimension("date", named_by=[["at"]], holidays="US"),
        {"flights": FLIGHTS},
        {"month": "flights.at", "holiday": "flights.at"},
    ),
    (TimeOfDayDimension("time", named_by=[["at"]]), {"flights": FLIGHTS}, {"hour": "", "time_key": ""}),
    (CUBE, {"fact": CUBED, "origin": MEMBERS}, {"origin_name": "origin.name", "delay_sum": "fact.delay", "count": ""}),
    (DISTINCT, {"fact": "select 1 as flight, 5 as delay"}, {"delay_distinct": "fact.delay"}),
    (
        Union(missing="null", origin="of"),
        {"a": SALES, "b": "select 8 as id"},
        {"id": "a.id b.id", "sku": "a.sku", "of": ""},
    ),
    (Coalesce("sku"), {"a": PRICES, "b": "select 'tea' as sku, 4 as cost"}, {"cost": "a.cost b.cost"}),
    (Dedupe("sku", order_by="day"), {"sales": SALES}, {"n": "sales.n"}),
    (
        Lookup("sku", columns={"cost": "paid"}),
        {"sales": SALES, "prices": PRICES},
        {"paid": "prices.cost", "n": "sales.n"},
    ),
    (
        AsOfJoin("day", AsOf("sku", columns={"cost": "then"})),
        {"sales": SALES, "prices": PRICES},
        {"then": "prices.cost"},
    ),
    (PeriodicSnapshot("sku", last=date(2013, 2, 1)), {"prices": PRICES}, {"cost": "prices.cost"}),
    (CleanNames(), {"raw": 'select 1 as "Order ID"'}, {"order_id": "raw.Order ID"}),
    (Mask(keep_first={"sku": 1}, null=["n"]), {"sales": SALES}, {"sku": "sales.sku", "n": ""}),
    (Cast({"id": "VARCHAR"}), {"sales": SALES}, {"id": "sales.id"}),
    (
        Clean([CleanNames(), Cast({"order_id": "BIGINT"}), Mask(constant={"order_id": 1})]),
        {"raw": "select '1' as \"Order ID\""},
        {"order_id": "raw.Order ID"},
    ),
]
FOLLOWED = pytest.mark.parametrize(("brick", "given", "origins"), CASES, ids=lambda each: type(each).__name__)


def traced(name: str, text: str) -> Traced:
    """Return a table of a dataset's, read and not computed."""
    engine = engines.connect()
    return Traced.read(name, engine.schema(engine.sql(text, portable=False)))


def named(brick: Any, given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments by which a brick takes its tables: some by name."""
    first, *rest = given.values()
    if isinstance(brick, Cube):
        return [first], {name: table for name, table in given.items() if name != "fact"}
    return ([], given) if isinstance(brick, Union | Coalesce) else ([first, *rest], {})


@FOLLOWED
def test_the_columns_that_are_told_are_those_that_are_made(brick, given, origins):
    """Names, order and types are those of the table that the brick builds; each column comes from where it should."""
    engine = engines.connect()
    positional, by_name = named(brick, {name: engine.sql(text) for name, text in given.items()})
    built = engine.schema(brick.build(*positional, **by_name))
    positional, by_name = named(brick, {name: traced(name, text) for name, text in given.items()})
    told = tell(brick, *positional, **by_name)
    assert (list(told.columns), told.types) == (list(built), built)
    for column, places in origins.items():
        assert [".".join(place) for place in told.columns[column].values] == [each for each in split(places) if each]


def split(places: str) -> list[str]:
    """Read places: only the last word of one may have a blank in it."""
    return [places] if "Order ID" in places else places.split(" ")


def test_a_query_is_told_with_the_values_of_its_parameters():
    """A parameter is a value, and no column."""
    query = SqlQuery("select id from s where sku in ($skus)", ("s",), parameters=("skus",))
    told = query.lineage(traced("s", SALES), ["tea", "milk"])
    assert (told.columns["id"].values, told.rows) == ((Place("s", "id"),), (Place("s", "sku"),))


def test_a_fact_has_its_keys_from_the_dimensions():
    """A key comes from the dimension's and from what names a member; joins and times choose rows, and are no values."""
    flights = traced("flights", FLIGHTS)
    airport = AIRPORT.lineage(traced("airports", AIRPORTS), flights)
    city = CITY.lineage(traced("cities", CITIES), flights)
    given = {"airport": Traced.read("dim_airport", airport.types), "city": Traced.read("dim_city", city.types)}
    told = FACT.lineage(flights, **given)
    assert told.columns["origin_key"].values == (Place("dim_airport", "airport_key"), Place("flights", "origin"))
    assert told.columns["delay"] == Origin((Place("flights", "delay"),))
    assert {Place("dim_city", "valid_from"), Place("flights", "at")} <= set(told.rows)


def test_snapshots_are_told_apart_by_their_column():
    """The column of times is none of the snapshot's, and chooses its rows."""
    told = Split("day").lineage(traced("sales", SALES))
    assert "day" not in told.columns
    assert told.rows == (Place("sales", "day"),)


def test_published_tables_stand_under_their_names():
    """Each table keeps its own columns."""
    told = Publish(["star/a", "star/b"]).lineage(traced("a", SALES), traced("b", PRICES))
    assert {name: list(table.columns)[:2] for name, table in told.items()} == {
        "star.a": ["id", "day"],
        "star.b": ["sku", "valid_from"],
    }


def test_rows_that_a_cast_rejects_are_told_beside_the_others():
    """A brick of two results tells of both; why a row was left out comes from what is cast."""
    told = Cast({"sku": "BIGINT"}, invalid="reject").lineage(traced("sales", SALES))
    assert told["table"].columns["sku"].values == (Place("sales", "sku"),)
    assert list(told["rejected"].columns.values())[-1].values == (Place("sales", "sku"),)


def test_a_pseudonym_comes_from_its_column_and_a_fake_does_not():
    """A fake is chosen by the value it stands for, and holds nothing of it."""
    assert Pseudonym(["sku"]).lineage(traced("s", SALES)).columns["sku"] == Origin((Place("s", "sku"),))
    assert Fake({"sku": "name"}).lineage(traced("s", SALES)).columns["sku"] == Origin((), (Place("s", "sku"),))


def test_what_a_brick_of_others_makes_may_come_from_anywhere():
    """A step that tells nothing ends what is known by column, and the table it read stays known."""
    told = Clean([CleanNames(), Silent()]).lineage(traced("sales", SALES))  # type: ignore[list-item]
    assert told.columns == {ALL: Origin((Place("sales", ALL),))}
    assert told.why == "Silent does not tell columns"


class Silent:
    """A step that does not tell."""

    def build(self, table: Any) -> Any:
        """Return it."""
        return table


def test_unknown_columns_are_said_to_be():
    """A SELECT by names is followed; a star, and a brick that has to know its columns, say what is not there."""
    unknown = Traced.read("lake/x", None, "lake/x is not there yet")
    assert trace("select a from t", {"t": unknown}).columns["a"].values == (Place("lake/x", "a"),)
    star = trace("select * from t", {"t": unknown})
    assert (star.columns, star.why) == ({ALL: Origin((Place("lake/x", ALL),))}, "lake/x is not there yet")
    with pytest.raises(DataError, match="lake/x is not there yet"):
        AIRPORT.lineage(unknown)


def test_sql_that_does_not_go_with_its_tables_is_refused():
    """A column that is not there is named, as when the node runs."""
    with pytest.raises(SqlError, match="wrod"):
        trace("select wrod from t", {"t": traced("lake/x", "select 'a' as word")})


def test_steps_are_told_as_one():
    """What chose the rows of a step is known of the last one's too."""
    first = trace("select id, n + 1 as m from t where price > 1", {"t": traced("s", SALES)})
    second = trace("select sum(m) as total from t group by id", {"t": first})
    assert second.columns["total"].values == (Place("s", "n"),)
    assert set(second.rows) == {Place("s", "id"), Place("s", "price")}
