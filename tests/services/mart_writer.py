"""A process that publishes a mart again and again: ``python mart_writer.py FIRST``; a line tells it what and where."""

from __future__ import annotations

import json
import sys

from kedro_faucet import MartDataset, engines

WIDTH = 20_000


def main(first: int) -> None:
    """Publish two tables a turn, and print the turn once they are."""
    said, engine = json.loads(sys.stdin.readline()), engines.connect()
    for turn in range(first, first + 1000):
        rows = engine.sql(f"select i as id, {turn} as turn from range({WIDTH}) t(i)", portable=False)
        MartDataset(**said).save({f"{said['table']}.{name}": rows for name in ("dim", "fact")})
        print(turn, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
