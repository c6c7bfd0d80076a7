"""A million rows merged into four million: `mode: merge` into Delta, and SQL by hand on a table of DuckDB's own.

    python benchmarks/merge.py [ROUNDS]

Of twelve columns. *Mostly new* keys: 1 % of the rows came before, 0.5 % are newer than theirs and 0.5 % older, which
must not win. *Random* keys lie all over the table. Each merge is a process of its own, the two ways take turns on the
same files, and both tables are compared at the end.
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

import duckdb

TABLE, BATCH = 4_000_000, 1_000_000
COLUMNS = """{key} as event_id, timestamp '2024-01-01' + interval ({second}) second as updated_at, {key} % 1000 as kind,
    {key} * 7 % 100003 as place, 'user ' || ({key} * 13 % 50021) as login, ({key} % 997) / 8 as score,
    'city ' || ({key} % 311) as city, {key} % 2 = 0 as paid, date '2024-01-01' + cast({key} % 365 as integer) as day,
    cast({key} % 10007 as decimal(12, 2)) as amount, 'note ' || ({key} * 31 % 900001) as note,
    {second} * 3 as version"""
BY_HAND = """
    begin;
    create temp table incoming as from read_parquet('{file}')
        qualify row_number() over (partition by event_id order by updated_at desc) = 1;
    create temp table hits as
        select t.event_id, i.updated_at >= t.updated_at as newer from events t join incoming i using (event_id);
    delete from events using hits where events.event_id = hits.event_id and newer;
    insert into events select * from incoming where event_id not in (select event_id from hits where not newer);
    commit;
"""


def rows(key: str, source: str, second: str = "0") -> str:
    """Return the SELECT of rows of these keys."""
    return f"select {COLUMNS.format(key=key, second=second)} from {source}"


def new_keys(step: int) -> str:
    """Return the SELECT of a batch whose keys nearly all are new."""
    first = TABLE + step * (BATCH - 20_000)
    again = rows("i", f"range({first - 200_000}, {first}, 10) t(i)", "case i % 20 when 0 then 9 else -9 end")
    return f"{rows('i', f'range({first}, {first + BATCH - 20_000}) t(i)')} union all {again}"


def random_keys(step: int) -> str:
    """Return the SELECT of a batch whose keys lie all over the table."""
    keys = f"(select distinct (h * 2654435761 + {step} * 12345) % {TABLE * 6 // 5} as i from range({BATCH}) t(h))"
    return rows("i", keys, f"(i % 7 + {step})")


def ours(file: str, target: str) -> None:
    """Merge by a resource."""
    from kedro_faucet import ResourceDataset, engines

    how = {"mode": "merge", "key": "event_id", "order_by": "updated_at"}
    ResourceDataset(filepath=target, save_args=how).save(engines.connect().read_files("parquet", [file]))


def by_hand(file: str, target: str) -> None:
    """Merge by SQL into a table of DuckDB's own."""
    with duckdb.connect(target) as connection:
        first = f"create table if not exists events as from '{file}'"
        connection.execute(first if file.endswith("table.parquet") else BY_HAND.format(file=file))


WAYS = {"by hand": by_hand, "merge": ours}


def one(way: str, file: str, target: str) -> None:
    """Merge one file, and print the CPU seconds of that alone, of the process, and its peak memory in MB."""
    start = time.process_time()
    WAYS[way](file, target)
    inner = time.process_time() - start
    print(json.dumps([inner, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def measured(way: str, file: Path, target: Path) -> list[float]:
    """Merge one file in a process of its own."""
    command = [sys.executable, __file__, way, str(file), str(target)]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def same(folder: Path) -> bool:
    """Compare what both ways have made."""
    from deltalake import DeltaTable

    with duckdb.connect(str(folder / "by hand")) as connection:
        query = "select count(*), bit_xor(hash(t)), sum(version) from {} t"
        files = DeltaTable(str(folder / "merge")).file_uris()
        found = [connection.execute(query.format(source)).fetchone() for source in ("events", f"read_parquet({files})")]
    return found[0] == found[1]


def compare(name: str, batch: object, rounds: int) -> None:
    """Merge batch after batch in both ways, and print medians."""
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for step in range(-1, rounds):
            file = folder / ("table.parquet" if step < 0 else f"{step}.parquet")
            query = rows("i", f"range({TABLE}) t(i)") if step < 0 else batch(step)  # type: ignore[operator]
            duckdb.sql(f"copy ({query}) to '{file}' (format parquet, compression zstd)")
            for way in WAYS:
                told = measured(way, file, folder / way)
                found[way] += [told] if step >= 0 else []
        if not same(folder):
            sys.exit(f"{name}: the two tables differ.")
    for way, each in found.items():
        inner, whole, memory = (statistics.median(column) for column in zip(*each, strict=True))
        print(f"{name:15}{way:10}{inner:8.2f}{whole:8.2f}{memory:8.0f}")


def main(rounds: int = 5) -> None:
    """Measure both kinds of keys."""
    print(f"{'keys':15}{'':10}{'CPU s':>8}{'process':>8}{'MB':>8}")
    compare("mostly new", new_keys, rounds)
    compare("random", random_keys, rounds)


if __name__ == "__main__":
    one(*sys.argv[1:4]) if len(sys.argv) > 2 else main(*map(int, sys.argv[1:2]))
