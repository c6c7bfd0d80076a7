"""Reads from an object store of this machine beside the same files on its disk: what the way to it adds.

Needs the test extras (SeaweedFS): ``python benchmarks/object_stores.py [rounds]``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from servers.s3 import S3
from stores import s3_provider

from kedro_faucet import ResourceDataset, engines
from kedro_faucet.services.stores.spool import copies, spool
from kedro_faucet.services.stores.store import Store

ROWS = """
select range as id, 'name ' || (range % 1000) as name, range / 3.0 as val, md5(range::text) as pad,
    cast(range * 1.01 as decimal(12,2)) as amt, timestamp '2020-01-01' + interval (range) second as at
from range(1000000)
"""
QUERY = "select count(name) as a, max(val) as b, max(pad) as c, sum(id) as d, max(at) as e from t"


def fastest(*acts: Callable[[], Any], times: int) -> list[float]:
    """Return the shortest time of each of several calls, taken in turn, as other programs slow each down alike."""
    found: list[list[float]] = [[] for _ in acts]
    for _ in range(times):
        for act, taken in zip(acts, found, strict=True):
            forget_copies()
            start = time.perf_counter()
            act()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in found]


def forget_copies() -> None:
    """Remove this machine's copies of objects, so that each turn fetches them."""
    for file in spool._place().iterdir():
        file.unlink()
    copies._sizes.clear()


def transfer(store: Store, place: str) -> None:
    """Fetch the bytes of all objects of a table, and do nothing with them, not even a copy on the disk."""
    store._spools = False
    for each in list(store.objects(place)):
        if each.key.endswith((".parquet", ".csv")):
            store.read(each.key, each.mark, 0, each.size)


def main(rounds: int) -> None:
    """Print a row for each format."""
    engine = engines.connect({"type": "duckdb", "threads": 2})
    with S3() as server, tempfile.TemporaryDirectory() as folder:
        lake = s3_provider(server)
        print("| 1 M rows | disk | transfer | store | ratio |\n| --- | --- | --- | --- | --- |")
        for path in ("t.parquet", "t", "t.csv"):
            near, far = ResourceDataset(filepath=f"{folder}/{path}", engine=engine.config), lake.resource(path, engine)
            for each in (near, far):
                each.save(engine.sql(ROWS, portable=False))

            read = partial(rows, engine)
            assert read(near) == read(far)
            place = far.location.partition("://")[2]
            disk, way, store = fastest(
                partial(read, near), partial(transfer, lake.opened(), place), partial(read, far), times=rounds
            )
            name = "Delta" if path == "t" else path.removeprefix("t.")
            print(f"| {name} | {disk:.2f} s | {way:.2f} s | {store:.2f} s | {store / (disk + way):.2f} |")


def rows(engine: engines.Engine, resource: ResourceDataset) -> list[tuple[Any, ...]]:
    """Read all columns of a resource."""
    return engine.rows(engine.sql(QUERY, t=resource.load()))


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["9"])[0]))
