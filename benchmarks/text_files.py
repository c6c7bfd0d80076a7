"""CSV files whose columns are not declared: to find their types, and to read their rows, against DuckDB's own sniffer.

python benchmarks/text_files.py [rounds]

Each program runs in a process of its own, in turn with the others; CPU seconds and peak memory leave out what it takes
to start (imports, the connection).
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VALUES = ("7", "1.5", "2013-01-31", "text", "2013-01-31 05:00:00")
FILES = {
    "1,000 columns, 20 rows": (1000, 20),
    "3,000 columns, 1,000 rows": (3000, 1000),
    "20 columns, 300,000 rows": (20, 300_000),
}
MEMORY = "1GB"


def made(folder: Path, name: str) -> str:
    """Write a file of columns of five types, and return its path."""
    columns, rows = FILES[name]
    path = folder / f"{columns}x{rows}.csv"
    if not path.exists():
        row = ",".join(VALUES[number % len(VALUES)] for number in range(columns))
        path.write_text(",".join(f"c{number}" for number in range(columns)) + "\n" + f"{row}\n" * rows)
    return str(path)


def ours(path: str, read: bool) -> None:
    """Load a resource, and read all its rows where that is asked."""
    from kedro_faucet import ResourceDataset, engines

    engine = engines.connect({"memory_limit": MEMORY})
    engine.rows(engine.sql("select 1 as n"))
    yield_usage()
    table = ResourceDataset(filepath=path, format="csv", engine=engine.config).load()
    if read:
        with engine.batches(table) as batches:
            sum(batch.num_rows for batch in batches)


def sniffed(path: str, read: bool) -> None:
    """Let DuckDB find the types in its sample, and read all rows where that is asked."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": MEMORY})
    connection.execute("select 1").fetchall()
    yield_usage()
    table = connection.sql(f"from read_csv('{path}')")
    assert table.types
    if read:
        sum(batch.num_rows for batch in table.to_arrow_reader(100_000))


PROGRAMS = {"kedro-faucet": ours, "DuckDB's sniffer": sniffed}
_begun: dict[str, float] = {}


def yield_usage() -> None:
    """Note what was used to start."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _begun.update(cpu=used.ru_utime + used.ru_stime, wall=time.perf_counter())


def child(program: str, path: str, read: str) -> None:
    """Run one program and print what it took."""
    PROGRAMS[program](path, read == "read")
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - _begun["cpu"]
    print(json.dumps([cpu, time.perf_counter() - _begun["wall"], used.ru_maxrss / 1024]))


def main(rounds: int) -> None:
    """Print a table of medians, and of lowest and highest CPU seconds."""
    jobs = [(name, work, program) for name in FILES for work in ("types", "read") for program in PROGRAMS]
    took: dict[tuple[str, str, str], list[list[float]]] = {job: [] for job in jobs}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, work, program in jobs:
                command = [sys.executable, __file__, "child", program, made(Path(folder), name), work]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                took[name, work, program].append(json.loads(done.stdout))
    print("| file | | CPU s | lowest–highest | wall s | peak MB |\n| --- | --- | --- | --- | --- | --- |")
    for (name, work, program), runs in took.items():
        cpu, wall, peak = (statistics.median(each) for each in zip(*runs, strict=True))
        spread = f"{min(run[0] for run in runs):.2f}–{max(run[0] for run in runs):.2f}"
        print(f"| {name}, {work} | {program} | {cpu:.2f} | {spread} | {wall:.2f} | {peak:.0f} |")


if __name__ == "__main__":
    child(*sys.argv[2:]) if sys.argv[1:2] == ["child"] else main(int(sys.argv[1]) if sys.argv[1:] else 5)
