"""The other engine: `kedro run --env prod` runs the same pipelines on Spark and publishes the same mart."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.spark]
ROWS = "select columns(lambda name: name <> 'run_id') from {}"
DIFFERENT = "({0} except all {1}) union all ({1} except all {0})"


@pytest.fixture(scope="module")
def both(kedro, project, tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """The marts of both engines, attached as `dev` and `prod`."""
    if not shutil.which("java"):
        pytest.skip(
            "SPARK IS NOT TESTED: no Java runtime found; install one (Debian: apt-get install openjdk-17-jre-headless)"
        )
    folder = Path(shutil.copytree(project, tmp_path_factory.mktemp("prod") / "flights"))
    kedro("run", "--env", "prod", cwd=folder)
    connection = duckdb.connect()
    connection.execute(f"attach '{project}/data/mart.duckdb' as dev (read_only)")
    connection.execute(f"attach '{folder}/data/prod/mart.duckdb' as prod (read_only)")
    return connection


def columns(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, ...]]:
    """Return every column of a mart with its type."""
    query = (
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where database_name = ?"
    )
    return sorted(connection.execute(query, [database]).fetchall())


def test_same_tables_and_types(both):
    """Both engines publish the same tables, columns and types."""
    assert columns(both, "dev") == columns(both, "prod")
    assert len({table for table, *_ in columns(both, "dev")}) == 10


def test_same_values(both):
    """Every value of every published table is the same, forecasts to the last bit, but for the run's name."""
    for table in sorted({table for table, *_ in columns(both, "dev")}):
        rows = [ROWS.format(f"{database}.{table}") for database in ("dev", "prod")]
        assert both.execute(f"select * from ({DIFFERENT.format(*rows)}) limit 5").fetchall() == [], table


def test_same_report(both):
    """The report says the same, word for word, but for the run that it is of."""
    paths = dict(both.execute("select database_name, path from duckdb_databases()").fetchall())
    pages = [(Path(paths[name]).parent / "report/punctuality.html").read_text() for name in ("dev", "prod")]
    dev, prod = (re.sub(r'<p class="run">.*?</p>|<meta name="date".*?>|src="[^"]*"', "", page) for page in pages)
    assert dev == prod


def test_without_java_one_sentence_says_what_to_install(fresh):
    """Without a Java runtime the run ends with one sentence that says what to install."""
    bare = {**os.environ, "PATH": "/nowhere", "JAVA_HOME": "", "DO_NOT_TRACK": "1", "COLUMNS": "400"}
    command = [sys.executable, "-m", "kedro", "run", "--env", "prod"]
    done = subprocess.run(command, cwd=fresh, env=bare, capture_output=True, text=True)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in output
    assert "Error:" in output
    assert "Java" in output
