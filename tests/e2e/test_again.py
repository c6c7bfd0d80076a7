"""Running again changes nothing: after success, and after a kill at any moment."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

Contents = dict[str, tuple[int, str]]
_RUN = r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z"


def digest(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, str]:
    """Return how many rows a table has, and a sum over them in any order, without the run that saved them and when."""
    rows = f"(select columns(lambda name: name not in ('run_id', '_known_at')) from {table})"
    told = f"regexp_replace(cast(t as varchar), '{_RUN}', '', 'g')"  # the markers of a history name it
    row = connection.execute(
        f"select count(*), cast(sum(cast(hash({told}) as hugeint)) as varchar) from {rows} t"
    ).fetchone()
    assert row is not None
    return row


def delta(project: Path) -> dict[str, str]:
    """Return the query that reads the newest version of each Delta table, of the lake and of the forecasts."""
    found = [path.parent for path in (project / "data").glob("*/*/_delta_log")]
    files = {f"{path.parent.name}/{path.name}": DeltaTable(str(path)).file_uris() for path in found}
    return {name: f"(from read_parquet({uris}, union_by_name = true))" for name, uris in files.items() if uris}


def contents(project: Path) -> Contents:
    """Digest every table of the mart, of the lake and of the forecasts."""
    with duckdb.connect(str(project / "data/mart.duckdb"), read_only=True) as mart:
        names = mart.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        found = {name: digest(mart, name) for (name,) in names}
        return found | {name: digest(mart, query) for name, query in delta(project).items()}


def test_second_run_changes_nothing(kedro, project, mine):
    """A second `kedro run` leaves every table with the same rows, and adds no rows to merged and historical ones."""
    before = contents(project)
    assert {"star.fact_flight", "lake/flights", "lake/fleet", "forecast/departures_backtest"} <= set(before)
    versions = {name: DeltaTable(str(mine / "data/lake" / name)).version() for name in ("flights", "fleet")}
    kedro("run", cwd=mine)
    assert contents(mine) == before
    assert versions == {name: DeltaTable(str(mine / "data/lake" / name)).version() for name in versions}


@pytest.fixture(scope="module")
def seconds(kedro, template, tmp_path_factory) -> float:
    """How long a whole run takes here."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("timed") / "flights")
    start = time.monotonic()
    kedro("run", cwd=folder)
    return time.monotonic() - start


@pytest.mark.slow
@pytest.mark.faults
def test_run_after_a_kill_gives_the_same(kedro, kedro_in_background, project, template, tmp_path, seconds, faults):
    """After a `kill -9` at any moment of a run, the next run gives what an undisturbed one gives."""
    for attempt, kill in enumerate(faults.kills("a whole run", seconds)):
        folder = shutil.copytree(template, tmp_path / str(attempt))
        kill(kedro_in_background("run", cwd=folder))
        kedro("run", cwd=folder)
        assert contents(folder) == contents(project)
        shutil.rmtree(folder)
