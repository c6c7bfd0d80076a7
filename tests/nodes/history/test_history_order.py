"""The log of a history and its views, against histories in plain Python."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
import history_model as model

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.nodes.history import Comparison, History

RULES = Comparison("id", max_deletes=1.0)


def save_all(engine: Engine, saved: Iterable[model.Saved]) -> Table:
    """Save snapshots one after the other into a log in memory."""
    log = None
    for one in saved:
        rules = Comparison("id", complete=one.complete, max_deletes=1.0)
        addition = rules.addition(log, one.snapshot(engine))
        log = model.append(engine, log, addition.rows) if addition else log
    return log


def rows_of(engine: Engine, table: Table) -> set[tuple[object, ...]]:
    """Return the rows as a set; none may be there twice."""
    rows = engine.rows(table)
    assert len(set(rows)) == len(rows)
    return set(rows)


@settings(max_examples=150, deadline=None)
@given(model.histories())
def test_any_order(drawn: tuple[list[model.Saved], list[int]]) -> None:
    """Snapshots saved in any order, late or twice, complete or partial, give the views that their times imply."""
    engine = engines.connect()
    saved, order = drawn
    history = History(save_all(engine, [saved[number] for number in order]), "id")
    shown = {column: f'"{column}"' if column in history.columns else f'null as "{column}"' for column in ("name", "city")}
    query = f"select id, {shown['name']}, {shown['city']}, valid_from, valid_to from views"
    assert rows_of(engine, engine.sql(query, views=history.intervals())) == model.intervals(saved)
    for at, rows in model.as_of(saved).items():
        assert rows_of(engine, history.as_of(at)) == rows
