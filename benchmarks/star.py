"""Star and cubes of the Star Schema Benchmark against SQL written by hand: the same files, the same results.

    python benchmarks/star.py [ROUNDS] [SCALE]

TPC-H's tables (by tpchgen-cli, in an environment of its own) become lineorder and its dimensions by `star_source.sql`.
Then four programs take turns, each a process of its own; the time leaves out what it takes to start, the peak holds it:
the star by pipelines and by `star_by_hand.sql`, and the cubes of one star by pipelines and by `star_cubes_by_hand.sql`.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
TABLES = "part,supplier,customer,nation,region,orders,lineitem"
STAR = ["dim_date", "dim_customer", "dim_supplier", "dim_part", "dim_ship_mode", "fact_lineorder"]
CUBES = ["profit", "brands", "buyers"]


def generate(folder: Path, scale: float) -> Path:
    """Make the source's files and return their folder."""
    source = folder / "source"
    source.mkdir()
    venv.create(folder / "tpch", with_pip=True)
    program = folder / "tpch/bin"
    subprocess.run([program / "pip", "install", "--quiet", "tpchgen-cli>=4,<5"], check=True)
    made = ["parquet", "--quiet", f"--scale-factor={scale}", f"--tables={TABLES}", f"--output-dir={folder / 'data'}"]
    subprocess.run([program / "tpchgen-cli", *made], check=True)
    by_hand("star_source.sql", {"tpch": folder / "data", "source": source})
    return source


def by_hand(name: str, folders: Mapping[str, Path]) -> None:
    """Run a text of SQL."""
    text = (HERE / name).read_text()
    for key, folder in folders.items():
        text = text.replace(f"{{{key}}}", str(folder))
    with duckdb.connect() as connection:
        connection.execute(text)


def by_pipelines(name: str, folders: Mapping[str, Path]) -> None:
    """Run the pipeline of the star or of the cubes."""
    from kedro.io import DataCatalog
    from kedro.runner import SequentialRunner
    from star_schema import pipeline

    from kedro_faucet import ResourceDataset

    wanted = pipeline(name)
    places = {each: folders["source" if each in wanted.inputs() else "target"] for each in wanted.datasets()}
    entries = {
        each: ResourceDataset(filepath=str(folder / f"{each.partition('/')[2]}.parquet"))
        for each, folder in places.items()
    }
    SequentialRunner().run(wanted, DataCatalog(entries))


PROGRAMS = {
    "star, by hand": (by_hand, "star_by_hand.sql"),
    "star": (by_pipelines, "star"),
    "cubes, by hand": (by_hand, "star_cubes_by_hand.sql"),
    "cubes": (by_pipelines, "cubes"),
}


def child(program: str, source: str, target: str) -> None:
    """Run one program and print what it took: CPU and wall seconds, and the most memory, in MB."""
    import kedro.runner  # noqa: F401
    import star_schema  # noqa: F401

    from kedro_faucet import engines

    engine = engines.connect()
    engine.rows(engine.sql("select 1 as n"))
    function, name = PROGRAMS[program]
    begun, cpu = time.perf_counter(), time.process_time()
    function(name, {"source": Path(source), "target": Path(target)})
    cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps([cpu, wall, int(peak[1]) / 1024 if peak else float("nan")]))


def measure(program: str, source: Path, target: Path) -> list[float]:
    """Run one program in a process of its own."""
    target.mkdir(exist_ok=True)
    command = [sys.executable, __file__, "child", program, str(source), str(target)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return list(map(float, json.loads(done.stdout.splitlines()[-1])))


def one_round(folder: Path, source: Path) -> dict[str, list[float]]:
    """Run the four programs once; the cubes of both are of the star by hand."""
    target = {name: folder / name.replace(", ", "_").replace(" ", "_") for name in PROGRAMS}
    star = target["star, by hand"]
    return {name: measure(name, source if name.startswith("star") else star, target[name]) for name in PROGRAMS}


def differences(left: Path, right: Path, names: list[str]) -> list[str]:
    """Return the tables that do not hold the same columns, types and rows in both folders."""
    return [name for name in names if not same(*(duckdb.read_parquet(f"{at}/{name}.parquet") for at in (left, right)))]


def same(one: duckdb.DuckDBPyRelation, other: duckdb.DuckDBPyRelation) -> bool:
    """Tell whether two tables hold the same columns, types and rows."""
    alike = (one.columns, one.types) == (other.columns, other.types)
    return alike and not one.except_(other).limit(1).fetchall() and not other.except_(one).limit(1).fetchall()


def report(rounds: list[dict[str, list[float]]]) -> None:
    """Print medians with their spread; the ratio is the median of the ratios within a round."""
    print(f"{'':16}{'CPU s':>8}{'min–max':>16}{'wall s':>8}{'peak MB':>9}{'ratio':>8}{'min–max':>12}")
    for name in PROGRAMS:
        cpu, wall, peak = ([figures[name][part] for figures in rounds] for part in range(3))
        hand = [figures[f"{name.partition(',')[0]}, by hand"][0] for figures in rounds]
        ratios = [own / other for own, other in zip(cpu, hand, strict=True)]
        spread = f"{min(cpu):.2f}–{max(cpu):.2f}"
        medians = [statistics.median(figures) for figures in (cpu, wall, peak, ratios)]
        print(
            f"{name:16}{medians[0]:8.2f}{spread:>16}{medians[1]:8.2f}{medians[2]:9.0f}{medians[3]:8.2f}"
            f"{f'{min(ratios):.2f}–{max(ratios):.2f}':>12}"
        )


def main(rounds: int = 3, scale: float = 1) -> None:
    """Measure, check that all results hold the same rows, and report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = generate(folder, scale)
        figures = [one_round(folder, source) for _ in range(rounds)]
        unequal = differences(folder / "star", folder / "star_by_hand", STAR)
        unequal += differences(folder / "cubes", folder / "cubes_by_hand", CUBES)
        report(figures)
        print("all results hold the same rows" if not unequal else f"DIFFERENT: {', '.join(unequal)}")
    sys.exit(bool(unequal))


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:2]), *map(float, sys.argv[2:3]))
