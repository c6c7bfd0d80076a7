"""A process that saves to a database again and again: it reads its place from a line, and prints one a save.

``python database_writer.py MODE COUNT``; each save is of as many rows, which tell their turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from databases import Place

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset

WIDTH = 20_000


def resource(settings: Any, credentials: Any, mode: str) -> ResourceDataset:
    """What is written."""
    save_args = {"mode": mode, **({"key": "id", "order_by": "turn"} if mode == "merge" else {})}
    return ResourceDataset(filepath="t", service=settings, credentials=credentials, save_args=save_args)


def save(target: ResourceDataset, turn: int) -> None:
    """Save the rows of a turn."""
    rows = f"select i as id, {turn} as turn, 'a text of the row ' || i as note from range({WIDTH}) t(i)"
    target.save(engines.connect().sql(rows, portable=False))


def start(place: Place, mode: str, first: int, count: int) -> subprocess.Popen[str]:
    """Start such a process, and wait until it has saved once."""
    command = [sys.executable, __file__, mode, str(first), str(count)]
    process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([place.settings, place.credentials]) + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{first}\n"
    return process


if __name__ == "__main__":
    target = resource(*json.loads(sys.stdin.readline()), sys.argv[1])
    for turn in range(int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[3])):
        save(target, turn)
        print(turn, flush=True)
