"""A process that saves to a service again and again, and prints a line a save; it reads from a line what and where.

``python service_writer.py MODE FIRST COUNT``; each save is of as many rows, which tell their turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset

WIDTH = 20_000
SPARK = {"type": "spark", "master": "local[1]", "config": {"spark.sql.shuffle.partitions": 1}}


def resource(said: Mapping[str, Any], mode: str) -> ResourceDataset:
    """What is written."""
    how = {"key": "id", "order_by": "turn"} if mode == "merge" else {}
    return ResourceDataset(**said, save_args={"mode": mode, **how})


def save(target: ResourceDataset, turn: int, engine: Mapping[str, Any] | None = None) -> None:
    """Save the rows of a turn."""
    embedded, used = engines.connect(), engines.connect(engine)
    text = f"select i as id, {turn} as turn, 'a text of the row ' || i as note from range({WIDTH}) t(i)"
    rows = embedded.sql(text, portable=False)
    target.save(rows if used is embedded else used.from_frame(embedded.to_arrow(rows)))


def turns(said: Mapping[str, Any]) -> Counter[int]:
    """How many rows of each turn there are."""
    engine = engines.connect()
    loaded = resource({**said, "engine": engine.config}, "overwrite").load()
    return Counter(dict(engine.rows(engine.sql("select turn, count(*) as n from t group by turn", t=loaded))))


def start(said: Mapping[str, Any], mode: str, first: int, count: int) -> subprocess.Popen[str]:
    """Start such a process, and wait until it has saved once."""
    process = begin([Path(__file__).name, mode, str(first), str(count)], said)
    assert process.stdout is not None
    assert process.stdout.readline() == f"{first}\n"
    return process


def begin(command: Sequence[str], said: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start a program of this folder with arguments, and tell it on a line what it writes."""
    program = [sys.executable, str(Path(__file__).with_name(command[0])), *command[1:]]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(program, text=True, start_new_session=True, **pipes)  # type: ignore[call-overload]
    process.stdin.write(json.dumps(said) + "\n")
    process.stdin.flush()
    return process  # type: ignore[no-any-return]


if __name__ == "__main__":
    said = json.loads(sys.stdin.readline())
    target = resource(said, sys.argv[1])
    for turn in range(int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[3])):
        save(target, turn, said.get("engine"))
        print(turn, flush=True)
