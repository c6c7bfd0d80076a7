"""The log of a history and its views, against histories in plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import history_model as model
from hypothesis import given, settings
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.nodes.history import Comparison, History

COLUMNS = ("name", "city")
OPTIONS = [(("name",), ()), ((), ("name",)), (("city",), ("name",)), (("name", "city"), ())]


def save_all(engine: Engine, saved: Iterable[model.Saved], log: Table | None = None) -> Table:
    """Save snapshots one after the other into a log in memory."""
    for one in saved:
        rules = Comparison("id", complete=one.complete, max_deletes=1.0, dropped="city")
        addition = rules.addition(log, one.snapshot(engine))
        log = model.append(engine, log, addition.rows) if addition else log
    return log


def rows_of(engine: Engine, table: Table) -> set[tuple[Any, ...]]:
    """Return the rows as a set; none may be there twice."""
    rows = engine.rows(table)
    assert len(set(rows)) == len(rows)
    return set(rows)


def wide(engine: Engine, table: Table, *own: str) -> set[tuple[Any, ...]]:
    """Return the rows of a view with all of the model's columns, also where the source never had one."""
    shown = [f'"{column}"' if column in table.columns else "null" for column in COLUMNS]
    return rows_of(engine, engine.sql(f"select {', '.join(['id', *shown, *own])} from views", views=table))


def drops_column(saved: Iterable[model.Saved]) -> bool:
    """Tell whether a snapshot lacks a column that the one before it has."""
    columns = [set(one.columns) for one in sorted(saved, key=lambda one: one.at)]
    return any(before - after for before, after in pairwise(columns))


# A partial snapshot that lacks a column hides it of keys that it does not mention; no change tells of that.
CHANGING = st.one_of(model.histories().filter(lambda drawn: not drops_column(drawn[0])), model.histories(partial=False))


@settings(max_examples=100, deadline=None)
@given(model.histories())
def test_any_order(drawn: tuple[list[model.Saved], list[int]]) -> None:
    """Snapshots saved in any order, late or twice, complete or partial, give the views that their times imply."""
    engine = engines.connect()
    saved, order = drawn
    history = History(save_all(engine, [saved[number] for number in order]), "id")
    assert wide(engine, history.intervals(), "valid_from", "valid_to") == model.intervals(saved)
    for at, rows in model.as_of(saved).items():
        assert rows_of(engine, history.as_of(at)) == rows


@settings(max_examples=40, deadline=None)
@given(model.histories(), st.sampled_from(OPTIONS))
def test_untracked_columns(
    drawn: tuple[list[model.Saved], list[int]], options: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """Columns of type 1 and ignored ones open no version, in whatever order snapshots are saved."""
    engine = engines.connect()
    saved, order = drawn
    log = save_all(engine, [saved[number] for number in order])
    overwrite, ignore = (tuple(name for name in names if name in log.columns) for names in options)
    history = History(log, "id", overwrite, ignore)
    assert wide(engine, history.intervals(), "valid_from", "valid_to") == model.intervals(saved, overwrite, ignore)


@settings(max_examples=40, deadline=None)
@given(CHANGING, st.integers(0, 6), st.integers(0, 6))
def test_changes(drawn: tuple[list[model.Saved], list[int]], start: int, length: int) -> None:
    """The changes between two times, applied to the rows at the first, give the rows at the second, in its columns.

    Each tells the row that was there before it.
    """
    engine = engines.connect()
    saved, order = drawn
    history = History(save_all(engine, [saved[number] for number in order]), "id")
    first, last = (model.START + timedelta(days=31 * number) for number in (start, start + length))
    state = {row[0]: row[1:] for row in wide(engine, history.as_of(first))}
    found = history.changes(first, last)
    before = [name if (name := f"_before_{each}") in found.columns else f"null as {name}" for each in COLUMNS]
    changes = wide(engine, found, *before, "valid_from", "_operation")
    for key, *row, name, city, _, operation in sorted(changes, key=lambda change: change[-2]):
        assert (operation == "insert") == (key not in state)
        assert state.get(key, (None, None)) == (name, city)
        assert operation != "update" or state[key] != tuple(row)
        state.update({key: tuple(row)} if operation != "delete" else {})
        if operation == "delete":
            del state[key]
    there = history.as_of(last)
    kept = [column in there.columns for column in COLUMNS]
    rows = [
        (key, *(value if shown else None for value, shown in zip(row, kept, strict=True))) for key, row in state.items()
    ]
    assert set(rows) == wide(engine, there)


@settings(max_examples=60, deadline=None)
@given(model.histories(), st.integers(0, 6), st.sampled_from(OPTIONS))
def test_until(
    drawn: tuple[list[model.Saved], list[int]], number: int, options: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """Views until a time are those of a history that has the earlier snapshots alone."""
    engine = engines.connect()
    saved, order = drawn
    log, until = save_all(engine, [saved[each] for each in order]), model.START + timedelta(days=31 * number)
    overwrite, ignore = (tuple(name for name in names if name in log.columns) for names in options)
    history, earlier = History(log, "id", overwrite, ignore, until=until), [one for one in saved if one.at <= until]
    assert wide(engine, history.intervals(), "valid_from", "valid_to") == model.intervals(earlier, overwrite, ignore)
    assert rows_of(engine, history.current()) == (model.as_of(earlier)[earlier[-1].at] if earlier else set())
    assert rows_of(engine, history.as_of(until + timedelta(days=99))) == rows_of(engine, history.current())
    assert {row[-1] for row in wide(engine, history.changes(), "valid_from")} <= {one.at for one in earlier}
