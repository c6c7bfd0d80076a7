"""PostgreSQL to files and back by other programs, each in an environment of its own; the server is one of the tests'.

python benchmarks/database_peers.py [rows] [rounds]

They do what `databases.py` measures of ours, in the form that each has: dlt Delta, Kedro's dataset Parquet, and Sling
CSV (for Parquet it fetches another program). The environments are made below `.venv/peers` (two minutes, some 800 MB).
The time leaves out what it takes to start Python; the peak of memory holds it. What was written must have as many rows
as were read.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

HOME = Path(__file__).parents[1]
PACKAGES = {
    "sling": ["sling-linux-amd64"],
    "dlt": ["dlt[postgres,parquet,deltalake,filesystem]", "sqlalchemy", "psycopg[binary]", "pandas"],
    "kedro": ["kedro-datasets[pandas-sqltabledataset,pandas-parquetdataset]", "psycopg[binary]"],
}
_CREDENTIALS = "postgresql://{username}:{password}@{host}:{port}/{database}"


def sling(source: tuple[str, str], target: tuple[str, str]) -> None:
    """Copy a stream of one connection to an object of another."""
    program = next(Path(sys.prefix).glob("lib/*/site-packages/sling_linux_amd64/bin/sling-*"))
    words = [("--src-conn", "--src-stream"), ("--tgt-conn", "--tgt-object")]
    said = [each for pair in zip(words, (source, target), strict=True) for each in zip(*pair, strict=True) if each[1]]
    command = [str(program), "run", *(part for each in said for part in each), "--mode", "full-refresh"]
    program.chmod(0o755)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def sling_out(where: dict[str, Any]) -> None:
    """Copy the table to a CSV file."""
    sling((where["url"] + "?sslmode=disable", "public.source"), ("", f"file://{where['folder']}/sling.csv"))


def sling_in(where: dict[str, Any]) -> None:
    """Copy a CSV file to a new table."""
    sling(("", f"file://{where['folder']}/source.csv"), (where["url"] + "?sslmode=disable", "public.peer"))


def _dlt(where: dict[str, Any], name: str, destination: Any) -> Any:
    import dlt

    shutil.rmtree(f"{where['folder']}/dlt-{name}", ignore_errors=True)
    folder = f"{where['folder']}/dlt-{name}"
    return dlt.pipeline(name, destination=destination, dataset_name="public", pipelines_dir=folder)


def dlt_out(where: dict[str, Any]) -> None:
    """Load the table into a Delta table, by Arrow."""
    import dlt
    from dlt.sources.sql_database import sql_table

    rows = sql_table(credentials=where["url"], table="source", backend="pyarrow", chunk_size=100_000)
    place = dlt.destinations.filesystem(f"file://{where['folder']}/dlt")
    _dlt(where, "out", place).run(rows, table_format="delta", write_disposition="replace")


def dlt_in(where: dict[str, Any]) -> None:
    """Load a Parquet file into a new table, by Arrow."""
    import dlt
    import pyarrow.parquet as pq

    rows = dlt.resource(pq.ParquetFile(where["parquet"]).iter_batches(100_000), name="peer")
    place = dlt.destinations.postgres(where["url"])
    _dlt(where, "in", place).run(rows, write_disposition="replace", loader_file_format="csv")


def kedro_out(where: dict[str, Any]) -> None:
    """Load the table by pandas and save it as Parquet."""
    from kedro_datasets.pandas import ParquetDataset, SQLTableDataset

    table = SQLTableDataset(table_name="source", credentials={"con": where["url"]})
    ParquetDataset(filepath=f"{where['folder']}/kedro.parquet").save(table.load())


def kedro_in(where: dict[str, Any]) -> None:
    """Load Parquet by pandas and save it to a new table."""
    from kedro_datasets.pandas import ParquetDataset, SQLTableDataset

    how = {"if_exists": "replace", "index": False, "chunksize": 10_000}
    table = SQLTableDataset(table_name="peer", credentials={"con": where["url"]}, save_args=how)
    table.save(ParquetDataset(filepath=where["parquet"]).load())


PROGRAMS: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "PostgreSQL to CSV: Sling": ("sling", sling_out),
    "PostgreSQL to Delta: dlt, pyarrow": ("dlt", dlt_out),
    "PostgreSQL to Parquet: Kedro's SQLTableDataset": ("kedro", kedro_out),
    "CSV to PostgreSQL, new table: Sling": ("sling", sling_in),
    "Parquet to PostgreSQL, new table: dlt": ("dlt", dlt_in),
    "Parquet to PostgreSQL, new table: Kedro's SQLTableDataset": ("kedro", kedro_in),
}


def child(program: str, where: str) -> None:
    """Run one program and print what it took."""
    for name in ("dlt.sources.sql_database", "kedro_datasets.pandas"):
        if name.partition(".")[0].removesuffix("_datasets") == PROGRAMS[program][0]:
            __import__(name, fromlist=["pandas"])
    begun = time.perf_counter()
    PROGRAMS[program][1](json.loads(where))
    print(json.dumps([time.perf_counter() - begun, peak()]))


def peak() -> float:
    """Return the most memory that this process or one of its children had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return max(int(found[1]) if found else 0, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def environment(name: str) -> str:
    """Return the Python of a peer's environment, which is made if it is not there."""
    folder = HOME / ".venv/peers" / name
    if not (folder / "made").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *PACKAGES[name]], check=True)
        (folder / "made").touch()
    return str(folder / "bin/python")


def written(where: dict[str, Any], program: str, server: Any) -> int:
    """Return how many rows a program has written."""
    import duckdb
    from deltalake import DeltaTable

    if "to PostgreSQL" in program:
        [(count,)] = server.sql("select count(*) from public.peer")
    elif "dlt" in program:
        count = DeltaTable(f"{where['folder']}/dlt/public/source").to_pyarrow_table().num_rows
    else:
        name = "sling.csv" if "Sling" in program else "kedro.parquet"
        [(count,)] = duckdb.sql(f"select count(*) from '{where['folder']}/{name}'").fetchall()
    return int(count)


def main(rows: int, rounds: int) -> None:
    """Run all programs in turn, and print a table of medians."""
    sys.path.insert(0, str(HOME / "tests"))
    import tempfile

    import duckdb
    from databases import ROWS
    from servers.postgres import Postgres

    pythons = {name: environment(name) for name in PACKAGES}
    found: dict[str, list[list[float]]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder, Postgres(fsync=True) as server:
        login = {key: quote(str(getattr(server, key)), safe="") for key in ("username", "password")}
        url = _CREDENTIALS.format(**login, host=server.host, port=server.port, database=server.database)
        where = {"url": url, "folder": folder, "parquet": f"{folder}/source.parquet"}
        server.sql("create table source as " + ROWS.format(rows=rows))
        text = ROWS.format(rows=rows).replace("generate_series(0, ", "range(0, 1 + ").replace(" i\n", " t(i)\n")
        for form in ("parquet", "csv"):
            duckdb.sql(f"copy ({text}) to '{folder}/source.{form}' (format {form})")
        for _ in range(rounds):
            for name, (peer, _) in PROGRAMS.items():
                server.sql("drop table if exists public.peer")
                command = [pythons[peer], __file__, "child", name, json.dumps(where)]
                quiet = {**os.environ, "DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false", "HOME": folder}
                done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
                if done.returncode or written(where, name, server) != rows:
                    raise RuntimeError(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
    print(f"| {rows:,} rows | s | lowest–highest | peak MB |\n| --- | --- | --- | --- |")
    for name, runs in found.items():
        seconds, peaks = zip(*runs, strict=True)
        spread = f"{min(seconds):.2f}–{max(seconds):.2f}"
        print(f"| {name} | {statistics.median(seconds):.2f} | {spread} | {max(peaks):.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(*sys.argv[2:])
    else:
        main(int((sys.argv[1:] or ["1000000"])[0]), int((sys.argv[2:] or ["3"])[0]))
