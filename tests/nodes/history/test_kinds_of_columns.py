"""Columns of type 0 and 3, against histories in plain Python."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import history_model as model
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_history_order import save_all, wide

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history import Comparison, History, Snapshot

NOTHING = object()


def first(saved: list[model.Saved], key: int, column: str) -> Any:
    """Return the first value that was known of a key."""
    rows = [state[key] for _, state in model.states(saved) if key in state]
    return next((row[column] for row in rows if column in row), None)


def before(saved: list[model.Saved], key: int, column: str, end: datetime | None) -> Any:
    """Return the value that a column had before the one that it had last before a time, since the key last came."""
    now, was = NOTHING, None
    for one, state in model.states(saved):
        if end and one.at >= end:
            break
        row = state.get(key)
        if row is None:
            now, was = NOTHING, None
        elif column in row:
            was = now if now is not NOTHING and now != row[column] else was
            now = row[column]
    return was


@settings(max_examples=25, deadline=None)
@given(model.histories(), st.sampled_from([("name", "city"), ("city", "name")]))
def test_fixed_and_previous(drawn: tuple[list[model.Saved], list[int]], columns: tuple[str, str]) -> None:
    """A fixed column shows the first value of its key, and opens no version; another shows what it was before."""
    engine, (saved, order), (fixed, kept) = engines.connect(), drawn, columns
    log = save_all(engine, [saved[number] for number in order])
    if "city" not in log.columns:
        return
    shown = History(log, "id", fixed=fixed, previous=kept).intervals()
    expected = set()
    for row in model.intervals(saved, ignore=(fixed,)):
        version = dict(zip(("id", "name", "city", "from", "to"), row, strict=True))
        version[fixed] = first(saved, version["id"], fixed)
        expected.add((*version.values(), before(saved, version["id"], kept, version["to"])))
    assert wide(engine, shown, "valid_from", "valid_to", f"previous_{kept}") == expected


def test_both_engines(engine: Engine) -> None:
    """Both engines show the first value, and the one before."""
    log = None
    for day, (name, city) in enumerate([("a", "x"), ("b", "y"), ("c", "y")], start=1):
        rows = engine.sql(f"select 1 as id, '{name}' as name, '{city}' as city")
        addition = Comparison("id").addition(log, Snapshot(rows, f"2013-01-0{day}"))  # type: ignore[arg-type]
        log = model.append(engine, log, addition.rows)  # type: ignore[union-attr]
    assert log is not None
    shown = History(log, fixed="name", previous="city").intervals()
    query = "select name, city, previous_city from v order by valid_from"
    assert engine.rows(engine.sql(query, v=shown)) == [("a", "x", None), ("a", "y", "x")]
    with pytest.raises(DataError, match=r"'previous' names the column 'citi'.*Did you mean 'city'"):
        History(log, previous="citi").intervals()
