"""What the ledger costs a run of fifty nodes, and what an unchanged run of the flights costs.

    python benchmarks/ledger.py [ROUNDS]

The fifty nodes copy 25 files of 1,000 rows into Delta tables, and select from each by SQL into Parquet. A program runs
them by Kedro's own command line, and sums the CPU time that passes within the ledger's methods. The flights, with their
forecasts, run in turn with `kedro run --changed` of the same project, and with Kedro's own start.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from flights import ALONE, ENVIRONMENT, KEDRO, measure

COUNT, ROWS = 25, 1_000
PIPELINE = f"""
from kedro.pipeline import Pipeline
from kedro_faucet import pipelines

NAMES = [f"t{{number}}" for number in range({COUNT})]


def create_pipeline(**kwargs) -> Pipeline:
    selects = [
        pipelines.sql("sql/some.sql", {{"t": f"lake/{{name}}"}}, f"star/{{name}}") for name in NAMES
    ]
    return sum(selects, pipelines.copy("source", "lake", NAMES))
"""
WITHIN = """
import atexit, json, sys, time
from functools import wraps

from kedro.framework.cli.cli import main
from kedro_faucet.ledger.recorder import Recorder

inside, deep = [0.0], [0]


def timed(method):
    @wraps(method)
    def called(*args, **named):
        deep[0] += 1
        began = time.thread_time()
        try:
            return method(*args, **named)
        finally:
            deep[0] -= 1
            if not deep[0]:
                inside[0] += time.thread_time() - began

    return called


for name in ("begin", "end", "loads", "begins", "saves", "saved", "made", "fails", "note"):
    setattr(Recorder, name, timed(getattr(Recorder, name)))
atexit.register(lambda: print(json.dumps([inside[0], time.process_time()]), file=sys.stderr))
sys.argv = ["kedro", "run"]
main()
"""


def new_project(folder: Path, starter: str, name: str) -> Path:
    """Make a project."""
    command = [*KEDRO, "new", f"--starter={starter}", f"--name={name}"]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    return folder / name.lower()


def fifty_nodes(folder: Path) -> Path:
    """Make the project of fifty nodes."""
    root = new_project(folder, "faucet-empty", "Fifty")
    package = root / "src/fifty"
    (package / "sql").mkdir()
    (package / "sql/some.sql").write_text("select id, amount * 2 as twice from t where id % 3 = 0\n")
    (package / "pipelines/ingest/pipeline.py").write_text(PIPELINE)
    providers = root / "conf/base/providers.yml"
    text = providers.read_text()
    if "star:" not in text:
        providers.write_text(f"{text.rstrip()}\n  star: {{service: file, path: data/star, format: parquet}}\n")
    rows = "".join(f"{number},{number * 7 % 100}\n" for number in range(ROWS))
    for number in range(COUNT):
        (root / f"data/01_raw/t{number}.csv").write_text(f"id,amount\n{rows}")
    return root


def within(root: Path) -> tuple[float, float]:
    """Return the CPU seconds within the ledger, and those of the whole run."""
    command = [sys.executable, "-c", WITHIN]
    done = subprocess.run(command, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    inside, total = json.loads(done.stderr.strip().splitlines()[-1])
    return inside, total


def flights(folder: Path) -> dict[str, float]:
    """Return the CPU seconds of a full run, of an unchanged one, and of Kedro's own start."""
    root, alone = folder / "flights", folder / "alone"
    for each in (root / "data").iterdir():
        if each.is_dir() and each.name != "01_raw":
            shutil.rmtree(each)
    return {
        "full": measure([*KEDRO, "run"], root).cpu,
        "unchanged": measure([*KEDRO, "run", "--changed"], root).cpu,
        "start": measure([*KEDRO, "run"], alone).cpu,
    }


def main(rounds: int) -> None:
    """Print medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fifty = fifty_nodes(folder)
        found = [within(fifty) for _ in range(rounds + 1)][1:]
        inside, total = (statistics.median(each[place] for each in found) for place in (0, 1))
        print(f"50 nodes: {total:.2f} CPU s, of these {1000 * inside:.0f} ms in the ledger ({inside / total:.1%})")
        new_project(folder, "faucet", "Flights")
        command = [*KEDRO, "new", "--tools=none", "--example=n", "--name=Alone", "--telemetry=no"]
        subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
        pipeline = folder / "alone/src/alone/pipelines/nothing"
        pipeline.mkdir(parents=True)
        (pipeline / "__init__.py").write_text(ALONE)
        took = [flights(folder) for _ in range(rounds)]
        middle = {key: statistics.median(each[key] for each in took) for key in took[0]}
        print("flights: " + ", ".join(f"{key} {value:.2f} CPU s" for key, value in middle.items()))
        beyond = (middle["unchanged"] - middle["start"]) / (middle["full"] - middle["start"])
        print(f"unchanged beyond Kedro's start: {beyond:.1%} of a full run beyond it")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
