"""Histories in plain Python: what a set of snapshots means, whatever the order in which they were saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from kedro_faucet.engines import Engine, Table
from kedro_faucet.nodes.history import Snapshot

START = datetime(2013, 1, 31, 23, 59, 59)
STEADY = 9  # a key that every snapshot has, so that none deletes all keys
Row = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """One snapshot: its time, whether it is complete, its columns, its rows by key, and whether it corrects another."""

    at: datetime
    complete: bool
    columns: tuple[str, ...]
    rows: dict[int, Row]
    replaces: bool = False

    def snapshot(self, engine: Engine) -> Snapshot:
        """Return it as a table of an engine."""
        types = {"id": pa.int64(), "name": pa.string(), "city": pa.string()}
        rows = [{"id": key, **row} for key, row in self.rows.items()]
        schema = pa.schema([(column, types[column]) for column in self.columns])
        return Snapshot(engine.from_frame(pa.Table.from_pylist(rows, schema=schema)), self.at, self.replaces)


@st.composite
def histories(draw: st.DrawFn, partial: bool = True) -> tuple[list[Saved], list[int]]:
    """Draw snapshots in the order of their times, and the order in which they are saved, with repeats."""
    count = draw(st.integers(1, 6))
    saved = [draw(_saved(number, draw(st.booleans()), partial)) for number in range(count)]  # a column comes and goes
    order = draw(st.permutations([*range(count), *draw(st.lists(st.integers(0, count - 1), max_size=3))]))
    return saved, order


@st.composite
def _saved(draw: st.DrawFn, number: int, wide: bool, partial: bool) -> Saved:
    columns = ("id", "name", "city") if wide else ("id", "name")
    values = st.sampled_from([None, "a", "b"])
    row = st.fixed_dictionaries(dict.fromkeys(columns[1:], values))
    rows = draw(st.dictionaries(st.integers(0, 2), row, max_size=3))
    steady = {STEADY: dict.fromkeys(columns[1:], "a")}
    complete = draw(st.booleans()) if partial else True
    return Saved(START + timedelta(days=31 * number), complete, columns, {**rows, **steady})


@st.composite
def corrected(draw: st.DrawFn) -> tuple[list[Saved], list[int]]:
    """Draw snapshots, corrections of some, and an order in which all are saved, with repeats."""
    saved, _ = draw(histories())
    chosen = draw(st.lists(st.integers(0, len(saved) - 1), min_size=1, max_size=3, unique=True))
    for number in chosen:
        drawn = draw(_saved(number, draw(st.booleans()), True))
        saved.append(replace(drawn, complete=saved[number].complete, replaces=True))
    count = len(saved)
    order = draw(st.permutations([*range(count), *draw(st.lists(st.integers(0, count - 1), max_size=3))]))
    return saved, order


def standing(saved: list[Saved]) -> list[Saved]:
    """Return the snapshots that no other one replaces."""
    taken = {one.at for one in saved if one.replaces}
    return [one for one in saved if one.replaces or one.at not in taken]


def states(saved: list[Saved]) -> list[tuple[Saved, dict[int, Row]]]:
    """Return the state at each snapshot's time: a partial one is laid over the state before."""
    found, state = [], dict[int, Row]()
    for one in sorted(saved, key=lambda one: one.at):
        state = dict(one.rows) if one.complete else {**state, **one.rows}
        found.append((one, state))
    return found


def as_of(saved: list[Saved]) -> dict[datetime, set[tuple[Any, ...]]]:
    """Return the rows at each snapshot's time, in its columns."""
    return {
        one.at: {tuple({"id": key, **row}.get(column) for column in one.columns) for key, row in state.items()}
        for one, state in states(saved)
    }


def intervals(
    saved: list[Saved], overwrite: tuple[str, ...] = (), ignore: tuple[str, ...] = ()
) -> set[tuple[Any, ...]]:
    """Return (id, name, city, valid_from, valid_to) of every version; a column that one lacks stays as it was."""
    versions: dict[int, list[dict[str, Any]]] = {}
    for one, state in states(saved):
        for key in {*versions, *state}:
            _step(versions.setdefault(key, []), state.get(key), one.at, {*overwrite, *ignore})
    found = set()
    for key, closed in versions.items():
        for version in closed:
            row = {**version["row"], **{name: closed[-1]["row"].get(name) for name in overwrite}}
            found.add((key, row.get("name"), row.get("city"), version["from"], version["to"]))
    return found


def _step(versions: list[dict[str, Any]], row: Row | None, at: datetime, untracked: set[str]) -> None:
    last = versions[-1] if versions and versions[-1]["to"] is None else None
    if last and row is not None and all(last["row"][name] == row[name] for name in {*last["row"]} & {*row} - untracked):
        last["row"] |= row
        return
    if last:
        last["to"] = at
    if row is not None:
        versions.append({"row": {**(last or {"row": {}})["row"], **row}, "from": at, "to": None})


def append(engine: Engine, log: Table | None, rows: Table) -> Table:
    """Return a log in memory with rows added, as a commit would add them."""
    added = engine.to_arrow(rows)
    tables = [added] if log is None else [engine.to_arrow(log), added]
    return engine.from_frame(pa.concat_tables(tables, promote_options="default"))
