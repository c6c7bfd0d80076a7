"""A process that saves snapshots into a history: ``python history_writer.py PATH ENGINE MONTH…``.

It says ``ready`` once its engine is up, and begins when it is told to on its standard input.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime

from history_model import Row, Saved

from kedro_faucet import engines
from kedro_faucet.datasets import HistoryDataset

SPARK = {"type": "spark", "master": "local[1]", "config": {"spark.sql.shuffle.partitions": 1}}


def month(number: int) -> Saved:
    """Return the snapshot of a month: some keys come, some go, some change."""
    rows = {key: _row(key, number) for key in range(200) if (key + number) % 11}
    return Saved(datetime(2013, number, 28), True, ("id", "name", "city"), rows)


def _row(key: int, number: int) -> Row:
    return {"name": f"n{key + (number if key % 7 == number % 7 else 0)}", "city": None if key % 5 else f"c{number % 3}"}


def main(path: str, engine: dict[str, object], months: list[int]) -> None:
    """Save the months, one after the other."""
    dataset = HistoryDataset(filepath=path, key="id", engine=engine)
    computing = engines.connect(engine)
    computing.rows(computing.sql("select 1 as one"))
    print("ready", flush=True)
    sys.stdin.readline()
    for number in months:
        dataset.save(month(number).snapshot(computing))
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), [int(number) for number in sys.argv[3:]])
