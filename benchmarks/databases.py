"""PostgreSQL to Delta and back, against ADBC alone; the server is one of the tests', on loopback.

python benchmarks/databases.py [rows] [rounds]

Each program runs in a process of its own, in turn with the others; the time leaves out what it takes to start (imports,
the connection), the peak of memory holds it. Nothing is compared with but the rows' count, which must be right.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

COLUMNS = {
    "id": "bigint",
    "name": "text",
    "grp": "integer",
    "val": "double precision",
    "amount": "numeric(12,2)",
    "loaded_at": "timestamp",
    "day": "date",
    "ok": "boolean",
}
ROWS = """
select i::bigint as id, 'name ' || (i % 1000) as name, (i % 100)::int as grp, i / 3.0::float8 as val,
  (i * 1.01)::numeric(12,2) as amount, timestamp '2020-01-01' + i * interval '1 second' as loaded_at,
  date '2020-01-01' + (i % 365)::int as day, i % 2 = 0 as ok
from generate_series(0, {rows} - 1) i
"""
MEMORY = "200MB"
MERGE = {"mode": "merge", "key": "id", "order_by": "loaded_at"}


class Bench:
    """What a program is given: the server's address, the Delta table's folder, and a folder for results."""

    def __init__(self, where: dict[str, Any]) -> None:
        from kedro_faucet import MartDataset, ResourceDataset, engines

        self.where, self.engine = where, engines.connect({"memory_limit": MEMORY})
        self.dataset, self.mart = ResourceDataset, MartDataset
        self.engine.rows(self.engine.sql("select 1 as n"))

    def table(self, name: str, **save_args: Any) -> Any:
        """A table of the server, as a resource."""
        given = {"service": self.where["service"], "credentials": self.where["credentials"]}
        return self.dataset(table=name, engine=self.engine.config, save_args=save_args, **given)

    def delta(self, path: str) -> Any:
        """A Delta table, as a resource."""
        return self.dataset(filepath=path, engine=self.engine.config)

    def count(self, rows: int) -> None:
        """See that a program has read all rows."""
        if rows != self.where["rows"]:
            raise RuntimeError(f"{rows} of {self.where['rows']} rows were read.")

    def adbc(self) -> Any:
        """A connection of ADBC."""
        import adbc_driver_postgresql.dbapi as adbc

        return adbc.connect(self.where["uri"])

    def ingest(self, rows: Any) -> None:
        """Put rows into a new table, as ADBC does it alone."""
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        with self.adbc() as connection, connection.cursor() as cursor:
            cursor.execute("drop table if exists alone")
            cursor.execute(f"create table alone ({columns})")
            cursor.adbc_ingest("alone", rows, mode="append")
            connection.commit()


def adbc_to_delta(bench: Bench) -> None:
    """Stream rows by ADBC into delta-rs; numeric, which comes as a text, is cast to the decimal that it is."""
    import pyarrow as pa
    from deltalake import write_deltalake

    with bench.adbc() as connection, connection.cursor() as cursor:
        cursor.execute("select * from source")
        reader = cursor.fetch_record_batch()
        at = reader.schema.get_field_index("amount")
        schema = reader.schema.set(at, pa.field("amount", pa.decimal128(12, 2)))
        batches = (
            batch.set_column(at, schema.field(at), batch.column(at).storage.cast(schema.field(at).type))
            for batch in reader
        )
        rows = pa.RecordBatchReader.from_batches(schema, batches)
        write_deltalake(tempfile.mkdtemp(dir=bench.where["folder"]), rows)


def to_delta(bench: Bench) -> None:
    """Load a table and save it to Delta."""
    bench.delta(tempfile.mkdtemp(dir=bench.where["folder"]) + "/t").save(bench.table("source").load())


def adbc_from_delta(bench: Bench) -> None:
    """Read Delta's files by DuckDB, and stream them by ADBC into a table without a key."""
    with bench.engine.batches(bench.delta(bench.where["delta"]).load()) as rows:
        bench.ingest(rows)


def saved(name: str, **save_args: Any) -> Callable[[Bench], None]:
    """Save the Delta table to a table of the server."""

    def save(bench: Bench) -> None:
        bench.table(name, **save_args).save(bench.delta(bench.where["delta"]).load())

    return save


def publish(bench: Bench) -> None:
    """Publish the Delta table as a mart, of which one version is kept beside the new one."""
    said = {"service": bench.where["service"], "credentials": bench.where["credentials"]}
    table = bench.delta(bench.where["delta"]).load()
    bench.mart(table="mart", engine=bench.engine.config, keep=2, **said).save({"main.published": table})


SAVES: dict[str, Callable[[Bench], None]] = {
    "Delta to a new table": saved("fresh"),
    "append": saved("fresh", mode="append"),
    "overwrite": saved("kept"),
    "merge, new table": saved("merged", **MERGE),
    "merge, nothing changed": saved("merged", **MERGE),
}
PROGRAMS: dict[str, Callable[[Bench], None]] = {
    "PostgreSQL to Delta: ADBC into delta-rs": adbc_to_delta,
    "PostgreSQL to Delta": to_delta,
    "Delta to PostgreSQL: ADBC alone, new table": adbc_from_delta,
    **SAVES,
    "publish": publish,
}
BEFORE = {
    "Delta to a new table": "drop table if exists fresh",
    "overwrite": "drop table if exists kept; create table kept as select * from source",
    "merge, new table": "drop table if exists merged",
}


def child(programs: Mapping[str, Callable[[Bench], None]], program: str, where: str) -> None:
    """Run one program and print what it took."""
    bench = Bench(json.loads(where))
    begun = time.perf_counter()
    programs[program](bench)
    print(json.dumps([time.perf_counter() - begun, peak()]))


def peak() -> float:
    """Return the most memory that this process had, in MB; the system's other figure begins with its parent's."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def main(rows: int, rounds: int) -> None:
    """Run all programs in turn, and print a table of medians."""
    from servers.postgres import Postgres

    with tempfile.TemporaryDirectory() as folder, Postgres(fsync=True) as server:
        login = {"username": server.username, "password": server.password}
        service = {"service": "postgres", "host": server.host, "port": server.port, "database": server.database}
        uri = f"host={server.host} port={server.port} dbname={server.database} user={server.username} "
        uri += "password='" + server.password.replace("'", "\\'") + "'"
        where = {"service": service, "credentials": login, "uri": uri, "folder": folder, "delta": f"{folder}/source"}
        server.sql("create table source as " + ROWS.format(rows=rows))
        Bench(where).delta(where["delta"]).save(Bench(where).table("source").load())
        found = measured(__file__, PROGRAMS, lambda name: BEFORE.get(name, ""), server.sql, where, rounds)
    show(rows, found, lambda name: list(PROGRAMS)[0 if "to Delta" in name else 2])


def measured(
    script: str,
    programs: Iterable[str],
    before: Callable[[str], str],
    sql: Callable[[str], object],
    where: dict[str, Any],
    rounds: int,
) -> dict[str, list[list[float]]]:
    """Run a script's programs in turn, each in a process of its own after some SQL; return what each took each time."""
    found: dict[str, list[list[float]]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, runs in found.items():
            for text in filter(None, before(name).split(";")):
                sql(text)
            command = [sys.executable, script, "child", name, json.dumps(where)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    return found


def show(rows: int, found: dict[str, list[list[float]]], base: Callable[[str], str]) -> None:
    """Print a table of medians, each with its ratio to those of another program."""
    print(f"| {rows:,} rows | s | lowest–highest | ratio | peak MB |\n| --- | --- | --- | --- | --- |")
    for name, runs in found.items():
        alone = base(name)
        seconds, peaks = zip(*runs, strict=True)
        ratio = statistics.median(seconds) / statistics.median(each[0] for each in found[alone])
        spread = f"{min(seconds):.2f}–{max(seconds):.2f}"
        print(f"| {name} | {statistics.median(seconds):.2f} | {spread} | {ratio:.2f} | {max(peaks):.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(PROGRAMS, *sys.argv[2:])
    else:
        main(int((sys.argv[1:] or ["1000000"])[0]), int((sys.argv[2:] or ["3"])[0]))
