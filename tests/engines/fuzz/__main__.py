"""``python -m fuzz SEED SECONDS``: compare random SQL and files, print what differs, and fail where anything does."""

from __future__ import annotations

import json
import logging
import sys
import time

from sessions import connect_spark

from fuzz.running import Run
from kedro_faucet import engines


def main(seed: int, seconds: float) -> int:
    """Run the fuzz, and return 1 if something differs: it is shown as a line of the corpus, with both results."""
    logging.disable(logging.WARNING)  # of orders that are not certain, which no result depends on
    spark = connect_spark()
    run, shown = Run([engines.connect(), spark], seed), 0
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        run.turn()
        for text, (kind, ours, theirs) in list(run.found.items())[shown:]:
            line = json.dumps(text, ensure_ascii=False)
            print(f"{kind}:\n  - {line}\n  duckdb: {ours}\n  spark:  {theirs}", flush=True)
        shown = len(run.found)
        counts = ", ".join(f"{count:,} {what}" for what, count in run.counts.items())
        print(f"seed {seed}, {time.monotonic() - start:,.0f} s: {counts}; {shown} differ", flush=True)
    return 1 if run.found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
