"""The project's own tests: the real pipelines in the profile `test`, on the last three months of flights."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def mart(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The mart that a run over three months publishes."""
    project = tmp_path_factory.mktemp("autumn")
    for folder in ("conf", "src", "data/01_raw"):
        shutil.copytree(ROOT / folder, project / folder)
    shutil.copy(ROOT / "pyproject.toml", project)
    bootstrap_project(project)
    with KedroSession.create(project_path=project, env="test") as session:
        session.run()
    return duckdb.connect(str(project / "data/test/mart.duckdb"), read_only=True)


def test_no_flight_is_lost_or_doubled(mart: duckdb.DuckDBPyConnection) -> None:
    """The 84,292 departures from October to December are 84,292 rows of the fact table."""
    assert mart.sql("select count(*) from star.fact_flight").fetchall() == [(84292,)]


def test_every_flight_finds_its_members(mart: duckdb.DuckDBPyConnection) -> None:
    """A flight of an unknown aircraft has an orphan, one without a tail number the member for that: never nothing."""
    query = "select count(*) from star.fact_flight anti join star.dim_plane using (plane_version_key)"
    assert mart.sql(query).fetchall() == [(0,)]


def test_the_cube_agrees_with_the_star(mart: duckdb.DuckDBPyConnection) -> None:
    """The cube's total is the fact table's."""
    total = mart.sql("select count, dep_delay_sum from cube.delays where grouping = 'total'").fetchall()
    assert total == mart.sql("select count(*), sum(dep_delay) from star.fact_flight").fetchall()


def test_every_airport_is_forecast(mart: duckdb.DuckDBPyConnection) -> None:
    """Each of the three airports has a forecast for each of the 28 days after December, within its interval."""
    inside = """ "Combination-lo-80" < "Combination" and "Combination" < "Combination-hi-80" """
    query = f"select origin_faa, min(ds), count(*) filter ({inside}) from forecast.departures group by all order by all"
    assert mart.sql(query).fetchall() == [(airport, date(2014, 1, 1), 28) for airport in ("EWR", "JFK", "LGA")]
