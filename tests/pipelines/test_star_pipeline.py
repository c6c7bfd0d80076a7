"""Star schemas, cubes and publishing as pipelines."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner, ThreadRunner

from kedro_faucet import MartDataset, ResourceDataset, engines, pipelines
from kedro_faucet.engines import Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.hooks import FaucetHooks
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.star import Average, Count, DateDimension, Dimension, Fact, Role, StarSchema

FLIGHT = Fact(
    "flight",
    source="lake/flights",
    grain=["flight"],
    at="left_at",
    dimensions={
        "day": Role("date", "left_at"),
        "origin": Role("airport", "origin"),
        "destination": Role("airport", "dest"),
    },
    measures=[Count(), Average("delay")],
)
AIRPORT = Dimension("airport", source="lake/airports", key="faa")
SCHEMA = StarSchema([DateDimension("date"), AIRPORT], [FLIGHT])
DELAYS = Cube("delays", fact="flight", by=["day.month", "origin.faa"], measures=[Count(), Average("delay")])
FLIGHTS = """
    select 1 as flight, timestamp '2013-01-01 05:15:00' as left_at, 'JFK' as origin, 'LGA' as dest, 2.5 as delay
    union all select 2, timestamp '2013-02-01 06:00:00', 'JFK', 'XXX', 4.5
    union all select 3, timestamp '2013-02-01 07:00:00', null, 'JFK', null"""


def chapters() -> Pipeline:
    """From the lake to the mart."""
    published = ["star/dim_date", "star/dim_airport", "star/fact_flight", "cube/delays"]
    return pipelines.star(SCHEMA) + pipelines.cubes([DELAYS], SCHEMA) + pipelines.publish(published)


def catalog(path: Path) -> DataCatalog:
    """A lake with flights and airports, and places for what is made."""
    made = ["lake/flights", "lake/airports", "star/dim_date", "star/dim_airport", "star/fact_flight", "cube/delays"]
    datasets = {name: ResourceDataset(filepath=f"{path}/{name}") for name in made}
    datasets["lake/flights"].save(engines.connect().sql(FLIGHTS))
    datasets["lake/airports"].save(engines.connect().from_frame(pa.table({"faa": ["JFK", "LGA"]})))
    return DataCatalog({**datasets, "mart": MartDataset(filepath=f"{path}/mart.duckdb")})


def star(**dimensions: Role | str) -> StarSchema:
    """A star schema of airports, whose fact has these roles."""
    return StarSchema([AIRPORT], [replace(FLIGHT, dimensions=dimensions)])


def by_name(pipeline: Pipeline) -> dict[str, Node]:
    """The nodes by their names."""
    return {node.name: node for node in pipeline.nodes}


@pytest.mark.parametrize("runner", [SequentialRunner, ThreadRunner])
def test_a_run_makes_the_whole_mart(tmp_path: Path, runner: type) -> None:
    """From the lake to the mart in one run, node by node or in threads; a report's figures come out of the file."""
    runner().run(chapters(), catalog(tmp_path))
    with duckdb.connect(str(tmp_path / "mart.duckdb"), read_only=True) as mart:
        delays = mart.sql("""select a.member, a.faa, avg(f.delay) from star.fact_flight as f
            join star.dim_airport as a on a.airport_key = f.destination_key group by all order by all""").fetchall()
        months = mart.sql("select day_month, count from cube.delays where grouping_id = 1 order by all").fetchall()
    assert delays == [("known", "JFK", None), ("known", "LGA", 2.5), ("orphan", "XXX", 4.5)]
    assert months == [(1, 1), (2, 2)]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """Running again gives the same tables, keys and all."""
    found = []
    tables = catalog(tmp_path)
    for _ in range(2):
        SequentialRunner().run(chapters(), tables)
        with duckdb.connect(str(tmp_path / "mart.duckdb"), read_only=True) as mart:
            names = ["star.dim_date", "star.dim_airport", "star.fact_flight", "cube.delays"]
            found.append({name: sorted(mart.sql(f"from {name}").fetchall(), key=repr) for name in names})
    assert found[0] == found[1]


def test_nodes_are_named_tagged_and_read_what_names_their_members() -> None:
    """A dimension reads its source and the facts that name its members; a fact its source and dimensions."""
    nodes = by_name(chapters())
    assert {name: sorted(node.inputs) for name, node in nodes.items()} == {
        "dim_date": ["lake/flights"],
        "dim_airport": ["lake/airports", "lake/flights"],
        "fact_flight": ["lake/flights", "star/dim_airport", "star/dim_date"],
        "cube_delays": ["star/dim_airport", "star/dim_date", "star/fact_flight"],
        "publish_mart": ["cube/delays", "star/dim_airport", "star/dim_date", "star/fact_flight"],
    }
    assert {name: node.tags for name, node in nodes.items() if name != "publish_mart"} == {
        "dim_date": {"star"}, "dim_airport": {"star"}, "fact_flight": {"star"}, "cube_delays": {"cubes"},
    }  # fmt: skip


PLANES = """
    select 'N1' as tailnum, '{carrier}' as carrier, timestamp '{since}' as valid_from,
        cast(null as timestamp) as valid_to"""
FLOWN = "select {number} as flight, 'N1' as tailnum, timestamp '2013-03-01 06:00:00' as left_at"
FLYING = StarSchema(
    [Dimension("plane", "lake/planes", "tailnum")],
    [Fact("flight", "lake/flown", ["flight"], {"craft": Role("plane", "tailnum")}, at="left_at")],
)


def sql(text: str) -> Table:
    """Rows of the embedded engine."""
    return engines.connect().sql(text)


def flying(path: Path, fact: dict[str, object]) -> DataCatalog:
    """A lake with a flight of a plane, and a fact that is saved in some way."""
    names = ["lake/planes", "lake/flown", "star/dim_plane"]
    datasets = {name: ResourceDataset(filepath=f"{path}/{name}") for name in names}
    datasets["star/fact_flight"] = ResourceDataset(filepath=f"{path}/star/fact_flight", save_args=fact)
    catalog = DataCatalog({**datasets, "mart": MartDataset(filepath=f"{path}/mart.duckdb")})
    catalog.save("lake/planes", sql(PLANES.format(carrier="AA", since="2013-01-31")))
    catalog.save("lake/flown", sql(FLOWN.format(number=1)))
    return catalog


def build(catalog: DataCatalog, *nodes: str) -> None:
    """Build the star, or some of its nodes, as a run of Kedro's does, with the hooks of ours."""
    hooks = _create_hook_manager()
    hooks.register(FaucetHooks())
    pipeline = pipelines.star(FLYING) + pipelines.publish(["star/dim_plane", "star/fact_flight"])
    SequentialRunner().run(pipeline.only_nodes(*(nodes or ("dim_plane", "fact_flight"))), catalog, hooks)


def carriers(catalog: DataCatalog) -> list[tuple[object, ...]]:
    """The flights that find a version of their plane."""
    text = "select f.flight, p.carrier from fact as f join plane as p on p.plane_version_key = f.craft_version_key"
    tables = {"fact": catalog.load("star/fact_flight"), "plane": catalog.load("star/dim_plane")}
    return sorted(engines.connect().rows(engines.sql(text, **tables)))


MERGED = {"mode": "merge", "key": "flight"}


@pytest.mark.parametrize("fact", [{}, MERGED])
def test_a_version_that_begins_earlier_is_found_by_facts_that_are_built_again(
    tmp_path: Path, fact: dict[str, object]
) -> None:
    """A late snapshot that moves valid_from makes another key, and the facts that held the old one get it."""
    catalog = flying(tmp_path, fact)
    build(catalog)
    catalog.save("lake/planes", sql(PLANES.format(carrier="BB", since="2012-12-31")))
    build(catalog)
    assert carriers(catalog) == [(1, "BB")]


@pytest.mark.parametrize("fact", [{"mode": "append"}, {"mode": "ignore"}, MERGED])
def test_a_fact_that_keeps_rows_with_keys_of_no_version_is_refused(tmp_path: Path, fact: dict[str, object]) -> None:
    """Where rows of an earlier build would stay, the build says so, and what to delete; then it is whole."""
    catalog = flying(tmp_path, fact)
    build(catalog)
    catalog.save("lake/flown", sql(FLOWN.format(number=2)))
    build(catalog)
    before = carriers(catalog)
    catalog.save("lake/planes", sql(PLANES.format(carrier="BB", since="2012-12-31")))
    message = (
        "'craft_version_key' 1 that dim_plane lacks.*old rows stay: delete .*fact_flight, then.*kedro run --tags=star"
    )
    for _ in range(2):
        with pytest.raises(DataError, match=message):
            build(catalog)
    if fact["mode"] == "append":
        assert len(engines.connect().rows(catalog.load("star/fact_flight"))) == len(before) == 2
    shutil.rmtree(tmp_path / "star/fact_flight")
    build(catalog)
    assert carriers(catalog) == [(2, "BB")]


def test_a_fact_is_not_published_beside_a_dimension_that_lacks_its_versions(tmp_path: Path) -> None:
    """A mart of a dimension that was built anew and of a fact that was not is refused: the one before stays."""
    catalog = flying(tmp_path, {})
    orphan = "select 2, 'N2', timestamp '2013-03-01 06:00:00'"
    catalog.save("lake/flown", sql(f"{FLOWN.format(number=1)} union all {orphan}"))
    build(catalog)
    build(catalog, "publish_mart")
    catalog.save("lake/planes", sql(PLANES.format(carrier="BB", since="2012-12-31")))
    build(catalog, "dim_plane")
    with pytest.raises(DataError, match=r"craft_version_key holds 1 keys that star.dim_plane lacks.*--tags=star"):
        build(catalog, "publish_mart")
    build(catalog)
    build(catalog, "publish_mart")
    assert carriers(catalog) == [(1, "BB"), (2, None)]


def test_nodes_show_their_sql_and_the_star() -> None:
    """Kedro-Viz gets SQL text, and a diagram of its dimensions for a fact."""
    nodes = by_name(chapters())
    assert "surrogate_key" in nodes["dim_airport"].preview().content
    assert nodes["cube_delays"].preview().to_dict()["meta"] == {"language": "sql"}
    assert nodes["fact_flight"].preview().to_dict()["kind"] == "mermaid"
    assert "dim_airport ||--o{ fact_flight : destination" in nodes["fact_flight"].preview().content
    assert "create table star.dim_date as from star/dim_date" in nodes["publish_mart"].preview().content


def test_nodes_can_be_sent_to_another_process() -> None:
    """ParallelRunner can pickle every node, with its preview."""
    for node in chapters().nodes:
        assert pickle.loads(pickle.dumps(node)).preview() == node.preview()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: star(origin=Role("airprt", "origin")), "Did you mean 'airport'"),
        (lambda: star(faa="faa"), r"dimension 'faa'.*There are airport.*Role\("),
        (lambda: star(origin=Role("airport", ["x", "y"])), "has the key faa"),
        (lambda: StarSchema([AIRPORT, AIRPORT], []), "dimensions: 'airport' more than once"),
        (lambda: StarSchema([DateDimension("date")], []), "No fact names a day of dimension 'date'"),
        (lambda: DateDimension("date", fiscal_year_start=13), "a month from 1 to 12"),
        (lambda: pipelines.cubes([replace(DELAYS, fact="flght")], SCHEMA), "Did you mean 'flight'"),
        (lambda: pipelines.cubes([replace(DELAYS, by=["orign.faa"])], SCHEMA), "role 'orign'.*Did you mean 'origin'"),
        (lambda: pipelines.cubes([DELAYS, DELAYS], SCHEMA), "cubes: 'delays' more than once"),
        (lambda: pipelines.publish("star/dim_date"), r"\['star/dim_date'\]"),
        (lambda: pipelines.publish(["a/b/c", "a/b_c"]), "'a.b_c' more than once"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_anything_runs(make: object, message: str) -> None:
    """Unknown names, names used twice and keys that do not match are told when the pipeline is made."""
    with pytest.raises(ConfigError, match=message):
        make()  # type: ignore[operator]
