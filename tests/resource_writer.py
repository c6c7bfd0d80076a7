"""A process that saves again and again: ``python resource_writer.py ENGINE FORMAT MODE PATH NAME COUNT [FIRST]``.

It appends, merges or overwrites (``parquet/t``: in a folder for each turn; ``tended``: it appends, and maintains the
table after each turn); each row tells which process wrote it, and when: in which turn, counted from FIRST. It prints a
line before it starts, and the number of each turn once it is saved.
"""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa

from kedro_faucet import engines
from kedro_faucet.datasets.resource import ResourceDataset
from kedro_faucet.storage.delta.maintenance import SHORTEST, maintain

SPARK = {"type": "spark", "master": "local[1]", "config": {"spark.sql.shuffle.partitions": 1}}
WIDTH = 2000


def resource(engine: str, format: str, mode: str, path: str) -> ResourceDataset:
    """The resource that all processes of a test write."""
    config = SPARK if engine == "spark" else {"type": "duckdb"}
    format, _, folders = format.partition("/")
    save_args = {
        "mode": "append" if mode == "tended" else mode,
        **({"key": ["k"], "order_by": "t"} if mode == "merge" else {}),
        **({"partition_by": folders} if folders else {}),
    }
    return ResourceDataset(filepath=path, format=format, engine=config, save_args=save_args)


def rows(mode: str, name: str, turn: int) -> pa.Table:
    """What a process saves in a turn: many rows with one number, or one row of its own and one that all share."""
    if mode == "overwrite" or name == "killed":
        return pa.table({"k": list(map(str, range(WIDTH))), "t": [turn] * WIDTH, "v": [name] * WIDTH})
    return pa.table({"k": [f"{name}-{turn}", "shared"], "t": [turn, turn], "v": [name, name]})


def main(engine: str, format: str, mode: str, path: str, name: str, count: str, first: str = "0") -> None:
    """Save as often as is said."""
    target = resource(engine, format, mode, path)
    connection = engines.connect(SPARK if engine == "spark" else None)
    connection.rows(connection.from_frame(rows(mode, name, 0)))
    print("ready", flush=True)
    sys.stdin.readline()
    for turn in range(int(first), int(first) + int(count)):
        target.save(connection.from_frame(rows(mode, name, turn)))
        if mode == "tended":
            maintain(path, SHORTEST)
        print(turn, flush=True)


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start such a process, and wait until it is ready; it saves when it is told to go."""
    command = [sys.executable, __file__, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, start_new_session=True, **pipes)  # type: ignore[call-overload]
    for line in process.stdout or []:
        if line.strip() == "ready":
            return process
    raise AssertionError(process.communicate()[1])


def go(process: subprocess.Popen[str]) -> None:
    """Let a process save."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
