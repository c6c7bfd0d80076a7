"""Forecasts of a hundred thousand series in one process, and what the same work takes on Spark; Linux only.

    python benchmarks/forecast_scale.py [--series 100000] [--spark 10000] [--models statistical combination]

A Parquet file of monthly series, 120 months each, is forecast 12 months ahead with intervals into another Parquet file:
all series on the embedded engine, then fewer of them on the embedded engine and on Spark (local[2]), whose forecasts
must be the same to the last bit. Each run is a process of its own. What it takes to start (imports, the JVM, a first
forecast of a few series) is shown apart. CPU seconds are those of the process and all it started: the JVM and Spark's
Python workers too. The peak is the process's own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MONTHS = 120
FEW = 64
ENGINES: dict[str, dict[str, Any]] = {
    "duckdb": {"type": "duckdb"},
    "spark": {"type": "spark", "master": "local[2]", "config": {"spark.driver.memory": "2g"}},
}
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
TICK = os.sysconf("SC_CLK_TCK")


def write(path: Path, series: int) -> None:
    """Write seasonal random walks, month after month, so that no series' rows lie together."""
    random = np.random.default_rng(series)
    ids = pa.array([f"series-{number:06d}" for number in range(series)])
    seasons = random.normal(0, 0.2, (12, series))
    level = random.normal(5, 1, series)
    schema = pa.schema({"unique_id": pa.string(), "ds": pa.timestamp("us"), "y": pa.float64()})
    with pq.ParquetWriter(path, schema) as writer:
        for month in range(MONTHS):
            level = level + random.normal(0.003, 0.05, series)
            y = np.exp(level + seasons[month % 12] + random.normal(0, 0.05, series))
            ds = np.full(series, np.datetime64("2015-01", "M") + month).astype("datetime64[us]")
            writer.write_table(pa.table({"unique_id": ids, "ds": ds, "y": y}, schema=schema))


def measure(engine_name: str, model: str, folder: str, source: str) -> dict[str, float]:
    """Forecast one file, and return what starting took and what the forecasts took."""
    from kedro_faucet import engines
    from kedro_faucet.nodes.forecast import forecast

    engine = engines.connect(ENGINES[engine_name])

    def run(name: str, target: str) -> None:
        panel = engine.read_files("parquet", [f"{folder}/{name}"])
        engine.write_file(forecast(panel, 12, models=model, levels=(80, 95), season_length=12), "parquet", target)

    run("few.parquet", f"{folder}/warm.{engine_name}.parquet")
    started, begin = cpu(), time.perf_counter()
    run(source, f"{folder}/{engine_name}.parquet")
    wall, taken = time.perf_counter() - begin, cpu() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"start": started, "cpu": taken, "wall": wall, "peak": peak}


def cpu() -> float:
    """Return the CPU seconds of this process and of all that it started, what has ended among them."""
    table = {int(entry.name): _stat(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    family = {os.getpid()}
    while grown := {pid for pid, (parent, _) in table.items() if parent in family} - family:
        family |= grown
    return sum(table[pid][1] for pid in family)


def _stat(process: Path) -> tuple[int, float]:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return 0, 0.0
    return int(fields[1]), sum(map(int, fields[11:15])) / TICK


def child(engine: str, model: str, folder: str, source: str) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--measure", engine, model, folder, source]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def row(what: str, series: int, figures: dict[str, float]) -> str:
    """Return a line of the table."""
    start, taken, wall, peak = figures.values()
    return f"| {what} | {series:,} | {taken:.1f} | {series / taken:,.0f} | {wall:.1f} | {peak:,.0f} | {start:.1f} |"


def equal(folder: str) -> bool:
    """Tell whether both engines wrote the same rows."""
    left, right = (f"'{folder}/{engine}.parquet'" for engine in ENGINES)
    either = f"(from {left} except all from {right}) union all (from {right} except all from {left})"
    return not duckdb.sql(f"select 1 from ({either}) limit 1").fetchall()


def compare(folder: str, model: str, series: int) -> bool:
    """Print what fewer series take on both engines, and tell whether they wrote the same rows."""
    figures = {engine: child(engine, model, folder, "fewer.parquet") for engine in ENGINES}
    for engine, each in figures.items():
        print(row(f"{model}, {engine}", series, each), flush=True)
    same = equal(folder)
    ratio = figures["spark"]["cpu"] / figures["duckdb"]["cpu"]
    print(
        f"| {model}: Spark takes {ratio:.2f} times the CPU; {'the same rows' if same else 'DIFFERENT ROWS'} |",
        flush=True,
    )
    return same


def main() -> None:
    """Write the series, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--spark", type=int, default=10_000, help="0 for none")
    parser.add_argument("--models", nargs="+", default=["statistical", "combination"])
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(*asked.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, series in {"few": FEW, "fewer": asked.spark, "all": asked.series}.items():
            if series:
                write(Path(folder) / f"{name}.parquet", series)
        print("| | series | CPU s | series / CPU s | wall s | peak MB | CPU s to start |\n|" + " --- |" * 7)
        for model in asked.models:
            print(row(f"{model}, duckdb", asked.series, child("duckdb", model, folder, "all.parquet")), flush=True)
        same = [compare(folder, model, asked.spark) for model in asked.models if asked.spark]
    sys.exit(not all(same))


if __name__ == "__main__":
    main()
