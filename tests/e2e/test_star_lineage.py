"""Column lineage of the starter's project, by the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def told(kedro, project: Path) -> Any:
    """The steps from a column, as the command writes them."""

    def ask(*arguments: str) -> list[dict[str, Any]]:
        done = kedro("faucet", "lineage", *arguments, "--json", cwd=project)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    return ask


def test_a_delay_of_the_mart_comes_from_the_raw_file(told):
    """Up from the published fact: through the fact and the lake to the source, and no other value on the way."""
    steps = told("mart.fact_flight.dep_delay", "--up")
    assert [(step["depth"], step["column"]) for step in steps if step["how"] == "value"] == [
        (1, "star/fact_flight.dep_delay"),
        (2, "lake/flights.dep_delay"),
        (3, "source/flights.dep_delay"),
    ]
    rows = {step["column"] for step in steps if step["how"] == "rows"}
    assert {"lake/flights.origin", "star/dim_airport.faa", "star/dim_plane.valid_from"} <= rows


def test_a_plane_s_carrier_goes_from_its_snapshots_into_the_dimension_and_the_mart(told):
    """Down from the history: through the SQL node and the dimension of versions; the fact has its keys."""
    values = {step["column"] for step in told("source/fleet.tailnum", "--down") if step["how"] == "value"}
    assert {
        "lake/fleet.tailnum",
        "lake/plane_versions.tailnum",
        "star/dim_plane.plane_version_key",
        "star/fact_flight.plane_version_key",
        "mart.star.fact_flight.plane_version_key",
        "report.*",
    } <= values
    [times] = [step for step in told("lake/fleet.valid_from", "--up") if step["how"] == "value"]
    assert times["column"] == "source/fleet.snapshot_at"


def test_the_columns_that_are_told_are_those_that_were_saved(told, project):
    """Of every table of the mart whose node tells its columns, they are those that the run has written."""
    steps = told("mart", "--up")
    known = {step["of"].removeprefix("mart.").rpartition(".")[::2] for step in steps if step["how"] == "value"}
    with duckdb.connect(str(project / "data/mart.duckdb"), read_only=True) as mart:
        rows = mart.execute("select schema_name || '.' || table_name, column_name from duckdb_columns()").fetchall()
    saved = {(table, column) for table, column in rows if table in {name for name, _ in known}}
    assert {each for each in known if each[1] != "*"} == {each for each in saved if (each[0], "*") not in known}
