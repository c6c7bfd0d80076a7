"""A history that has nothing new to save, or little: in one process, and as `kedro run` a second time.

    python benchmarks/history.py [ROUNDS]
    python benchmarks/history.py days [COUNT]

200 snapshots of 1,000 rows lie in one table, a hundredth of the rows changes from one to the next. The example's fleet
has twelve; `kedro run --tags=history` takes turns with the run of one empty node, which is Kedro's own start.

``days``: one history of 100,000 keys, of which 2 % change a day; what its saves and its current rows cost as it grows.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from flights import KEDRO, measure, new_projects

from kedro_faucet import HistoryDataset, Snapshot, engines
from kedro_faucet.engines import Table
from kedro_faucet.nodes.split import Split

COUNT, ROWS = 200, 1_000
ENGINE = engines.connect()


def days(numbers: Iterable[int]) -> Table:
    """Return the snapshots of these days, one below the other."""
    listed = ", ".join(f"({number})" for number in numbers)
    query = f"""
        select i as id, (i + d * {ROWS // 100}) // {ROWS} as seen, i % 7 as kind, 'name ' || i as name,
            add_days(date '2024-01-01', d) as taken
        from (select unnest(range({ROWS})) as i) cross join (values {listed}) t(d)"""
    return ENGINE.persist(ENGINE.sql(query))


def split_into(path: str, table: Table) -> None:
    """Save all snapshots of a table, by a dataset that has seen none of them."""
    history = HistoryDataset(filepath=path, key="id")
    for snapshot in Split("taken").build(table):
        history.save(snapshot)


def given(table: Table) -> list[Snapshot]:
    """Return the snapshots of a table, as a node gives them that knows their times."""
    times = sorted(at for (at,) in ENGINE.rows(ENGINE.sql("select distinct taken from t", t=table)))
    query = "select * exclude (taken) from t where taken = date '{}'"
    return [Snapshot(ENGINE.sql(query.format(at), t=table), at) for at in times]


def save_each(path: str, snapshots: list[Snapshot]) -> None:
    """Save snapshots one by one."""
    history = HistoryDataset(filepath=path, key="id")
    for snapshot in snapshots:
        history.save(snapshot)


def timed(action: Callable[[], None]) -> float:
    """Return the CPU seconds of an action."""
    start = time.process_time()
    action()
    return time.process_time() - start


def in_process(path: str) -> dict[str, float]:
    """Save everything once, then again, then with one snapshot more."""
    table, more, late = days(range(COUNT)), days(range(COUNT + 1)), days(range(-1, COUNT + 1))
    snapshots = given(late)
    return {
        f"{COUNT} new snapshots": timed(lambda: split_into(path, table)),
        f"the same {COUNT} again": timed(lambda: split_into(path, table)),
        f"{COUNT} known, one new": timed(lambda: split_into(path, more)),
        f"{COUNT + 1} known, one new and late": timed(lambda: split_into(path, late)),
        f"{COUNT + 2} known, each a Snapshot of its own": timed(lambda: save_each(path, snapshots)),
    }


def runs(folder: Path) -> dict[str, float]:
    """Run the example's history, twice, and Kedro alone."""
    command = [*KEDRO, "run", "--tags=history"]
    new = measure(command, folder / "flights").cpu
    again = measure(command, folder / "flights").cpu
    return {
        "kedro run --tags=history, twelve new snapshots": new,
        "kedro run --tags=history again": again,
        "kedro run of one empty node": measure([*KEDRO, "run"], folder / "alone").cpu,
    }


def grown(count: int = 366, keys: int = 100_000) -> None:
    """Save day after day, and print what the last sixteen saves took each, and what the current rows take."""
    print(f"{'day':>5}{'CPU s of a save':>18}{'of the current rows':>22}")
    with tempfile.TemporaryDirectory() as name:
        history, spent = HistoryDataset(filepath=name + "/history", key="id"), []
        for day in range(count):
            query = f"""
                select i as id, (i + {day * keys // 50}) // {keys} as seen, i % 7 as kind, 'name ' || i as name
                from (select unnest(range({keys})) as i)"""
            with ENGINE.scratch():
                snapshot = Snapshot(ENGINE.persist(ENGINE.sql(query)), datetime(2024, 1, 1) + timedelta(days=day))
                spent.append(timed(partial(history.save, snapshot)))
            if day in {2, 17, 100, 365, 1000, 2000}:
                read = timed(lambda: ENGINE.rows(ENGINE.sql("select sum(seen) as n from t", t=history.current())))
                print(f"{day:5}{statistics.mean(spent[1:][-16:]):18.3f}{read:22.3f}", flush=True)


def main(rounds: int = 3) -> None:
    """Measure, and print medians with their spread."""
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            new_projects(Path(name))
            found.append({**in_process(f"{name}/history"), **runs(Path(name))})
    print(f"{'':50}{'CPU s':>8}{'min–max':>14}")
    for label in found[0]:
        seconds = [each[label] for each in found]
        print(f"{label:50}{statistics.median(seconds):8.2f}{f'{min(seconds):.2f}–{max(seconds):.2f}':>14}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["days"]:
        grown(*map(int, sys.argv[2:3]))
    else:
        main(*map(int, sys.argv[1:2]))
