"""A process that saves snapshots, or feeds and snapshots: ``python history_writer.py PATH ENGINE KIND MONTH…``.

It says ``ready`` once its engine is up, and begins when it is told to on its standard input.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime

import pyarrow as pa
from history_model import Row, Saved

from kedro_faucet import engines
from kedro_faucet.datasets import HistoryDataset
from kedro_faucet.engines import Engine
from kedro_faucet.storage.delta import layout

SPARK = {"type": "spark", "master": "local[1]", "config": {"spark.sql.shuffle.partitions": 1}}


def month(number: int) -> Saved:
    """Return the snapshot of a month: some keys come, some go, some change."""
    rows = {key: _row(key, number) for key in range(200) if (key + number) % 11}
    return Saved(datetime(2013, number, 28), True, ("id", "name", "city"), rows)


def _row(key: int, number: int) -> Row:
    return {"name": f"n{key + (number if key % 7 == number % 7 else 0)}", "city": None if key % 5 else f"c{number % 3}"}


def changes(number: int) -> pa.Table:
    """Return a feed of the changes around a month: those of one key at one time are ordered, and one ends all keys."""
    rows = []
    for order in range(300):
        key = (order * 7 + number) % 60
        told = {"id": key, "name": f"f{number}-{order}", "city": None if order % 5 else "Ulm"}
        at = datetime(2013, max(1, number - order % 2), 1 + order % 27, number)
        rows.append({**told, "__at": at, "op": "delete" if order % 11 == 0 else "u", "lsn": order})
    if number == 5:
        rows.append({"__at": datetime(2013, 5, 9, 12), "op": "truncate", "lsn": 1})
    return pa.Table.from_pylist(rows)


def save_both(path: str, engine: Engine, number: int) -> None:
    """Save the snapshot of every fourth month, and a feed of the others."""
    if number % 4:
        feed = {"changed_at": "__at", "operation": "op", "sequence": "lsn"}
        table = engine.from_frame(changes(number))
        HistoryDataset(filepath=path, key="id", engine=engine.config, **feed).save(table)
    else:
        snapshots = HistoryDataset(filepath=path, key="id", engine=engine.config, max_deletes=1)
        snapshots.save(month(number).snapshot(engine))


def save_snapshot(path: str, engine: Engine, number: int) -> None:
    """Save the snapshot of a month."""
    HistoryDataset(filepath=path, key="id", engine=engine.config).save(month(number).snapshot(engine))


def main(path: str, engine: dict[str, object], kind: str, months: list[int]) -> None:
    """Save the months, one after the other."""
    layout.FILES = 2  # each third save lays the log out anew
    computing = engines.connect(engine)
    computing.rows(computing.sql("select 1 as one"))
    print("ready", flush=True)
    sys.stdin.readline()
    for number in months:
        {"snapshots": save_snapshot, "feeds": save_both}[kind](path, computing, number)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], [int(number) for number in sys.argv[4:]])
