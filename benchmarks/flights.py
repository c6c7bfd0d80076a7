"""The whole flights run against SQL written by hand: the same files, the same results; CPU time, peak memory, spread.

    python benchmarks/flights.py [ROUNDS]

Three commands take turns, so that what else the machine does meets all of them alike: `kedro run` in a new project,
`flights_by_hand.py` in one process, and `kedro run` of a project with one empty node, which is Kedro's own start.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
KEDRO = [sys.executable, "-m", "kedro"]
ENVIRONMENT = {**os.environ, "DO_NOT_TRACK": "1"}
ALONE = """
from kedro.pipeline import node, pipeline

def nothing():
    return 1

def create_pipeline(**kwargs):
    return pipeline([node(nothing, None, "one", name="nothing")])
"""


@dataclass(frozen=True)
class Figure:
    """What one command took, its children included."""

    cpu: float
    wall: float
    peak: float


def measure(command: list[str], cwd: Path) -> Figure:
    """Run a command to its end; it must succeed."""
    start = os.times().elapsed
    process = subprocess.Popen(command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed in {cwd}")
    return Figure(usage.ru_utime + usage.ru_stime, os.times().elapsed - start, usage.ru_maxrss / 1024)


def new_projects(folder: Path) -> None:
    """Make the flights project, and one of Kedro's own with a single node that does nothing."""
    for arguments in (
        ["--starter=faucet", "--name=Flights"],
        ["--tools=none", "--example=n", "--name=Alone", "--telemetry=no"],
    ):
        subprocess.run([*KEDRO, "new", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    without_forecasts(folder / "flights/src/flights/pipelines")
    pipeline = folder / "alone/src/alone/pipelines/nothing"
    pipeline.mkdir(parents=True)
    (pipeline / "__init__.py").write_text(ALONE)


def without_forecasts(pipelines: Path) -> None:
    """Leave out the forecasts and the report of them, which nobody would write by hand in SQL."""
    for name in ("forecast", "report"):
        shutil.rmtree(pipelines / name)
    publish = pipelines / "publish/pipeline.py"
    text = publish.read_text()
    if "*cubes, *forecasts]" not in text:
        raise SystemExit(f"{publish} publishes the forecasts otherwise than this program knows.")
    publish.write_text(text.replace("*cubes, *forecasts]", "*cubes]"))


def one_round(folder: Path) -> dict[str, Figure]:
    """Run the three commands once, each from a clean start."""
    for made in (*(folder / "flights/data").glob("[!0]*"), folder / "by_hand"):
        shutil.rmtree(made) if made.is_dir() else made.unlink(missing_ok=True)
    by_hand = [
        sys.executable,
        str(HERE / "flights_by_hand.py"),
        str(folder / "flights/data/01_raw"),
        str(folder / "by_hand"),
    ]
    return {
        "kedro run (flights)": measure([*KEDRO, "run"], folder / "flights"),
        "by hand": measure(by_hand, folder),
        "kedro run (one empty node)": measure([*KEDRO, "run"], folder / "alone"),
    }


def differences(left: Path, right: Path) -> list[str]:
    """Return the tables of two marts that do not hold the same rows."""
    connection = duckdb.connect()
    connection.execute(f"attach '{left}' as l (read_only); attach '{right}' as r (read_only)")
    found = connection.execute("select database_name, schema_name || '.' || table_name from duckdb_tables()").fetchall()
    tables = [{name for database, name in found if database == side} for side in "lr"]
    either = "select 1 from ((from l.{0} except all from r.{0}) union all (from r.{0} except all from l.{0})) limit 1"
    unequal = [name for name in tables[0] & tables[1] if connection.execute(either.format(name)).fetchall()]
    return sorted(unequal) + sorted(tables[0] ^ tables[1])


def report(rounds: list[dict[str, Figure]]) -> None:
    """Print medians with their spread, and the ratios that count."""
    print(f"{'':28}{'CPU s':>8}{'min–max':>14}{'wall s':>8}{'peak MB':>9}")
    cpu = {}
    for name in rounds[0]:
        figures = [figures[name] for figures in rounds]
        seconds = [figure.cpu for figure in figures]
        cpu[name] = statistics.median(seconds)
        wall, peak = (statistics.median(getattr(figure, part) for figure in figures) for part in ("wall", "peak"))
        print(f"{name:28}{cpu[name]:8.2f}{f'{min(seconds):.2f}–{max(seconds):.2f}':>14}{wall:8.2f}{peak:9.0f}")
    run, by_hand, start = cpu.values()
    print(f"\nratio to by hand: {run / by_hand:.2f}; without Kedro's own start: {(run - start) / by_hand:.2f}")


def main(rounds: int = 5) -> None:
    """Measure, check that both marts hold the same rows, and report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        new_projects(folder)
        figures = [one_round(folder) for _ in range(rounds)]
        unequal = differences(folder / "flights/data/mart.duckdb", folder / "by_hand/mart.duckdb")
        report(figures)
        print("both marts hold the same rows" if not unequal else f"DIFFERENT: {', '.join(unequal)}")
    sys.exit(bool(unequal))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
