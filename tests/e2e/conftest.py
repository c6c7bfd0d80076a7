"""One project, made from the starter and run once by the real command line; tests look at it, or at copies of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import projects
import pytest

Kedro = Callable[..., subprocess.CompletedProcess[str]]
RAW = Path(__file__).parents[2] / "starters/faucet/{{ cookiecutter.repo_name }}/data/01_raw"


def run_kedro(*arguments: str, cwd: Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `kedro …` in a folder; its exit code must be as expected."""
    done = projects.kedro(cwd, *arguments)
    if done.returncode != expect:
        pytest.fail(f"kedro {' '.join(arguments)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


@pytest.fixture(scope="session")
def kedro() -> Kedro:
    """The real command line, as a function."""
    return run_kedro


@pytest.fixture
def kedro_in_background() -> Callable[..., subprocess.Popen[bytes]]:
    """Start the real command line in a process group of its own, to be killed."""

    def start(*arguments: str, cwd: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "kedro", *arguments]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=cwd, env=projects.ENVIRONMENT, start_new_session=True, **quiet)

    return start


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `kedro new` makes it, not run yet; tests work on copies."""
    folder = tmp_path_factory.mktemp("new")
    run_kedro("new", "--starter=faucet", "--name", "Flights", cwd=folder)
    return folder / "flights"


@pytest.fixture(scope="session")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights project after one run; nobody changes it."""
    folder = tmp_path_factory.mktemp("run") / "flights"
    shutil.copytree(template, folder)
    run_kedro("run", cwd=folder)
    return folder


@pytest.fixture
def fresh(template: Path, tmp_path: Path) -> Path:
    """A project of the test's own, not run yet."""
    return Path(shutil.copytree(template, tmp_path / "flights"))


@pytest.fixture
def mine(project: Path, tmp_path: Path) -> Path:
    """A copy, of the test's own, of the project after its run."""
    return Path(shutil.copytree(project, tmp_path / "flights"))


@pytest.fixture(scope="session")
def truth() -> duckdb.DuckDBPyConnection:
    """The raw CSV files, read by plain SQL alone: what every figure is checked against."""
    connection = duckdb.connect()
    for name, files in {"flights": "flights/*.csv.gz", "fleet": "fleet/*.csv.gz", "weather": "weather.csv.gz"}.items():
        connection.execute(f"create table {name} as from read_csv('{RAW}/{files}', nullstr = 'NA')")
    for name in ("planes", "airports", "airlines"):
        connection.execute(f"create table {name} as from read_csv('{RAW}/{name}.csv', nullstr = 'NA')")
    return connection
