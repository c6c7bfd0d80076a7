"""A stream of rows forecast, batch by batch."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sales import in_order, sales, series

from kedro_faucet.nodes.forecast import backtest, fit
from kedro_faucet.nodes.forecast import task as tasks
from kedro_faucet.nodes.forecast.models.base import PerSeries
from kedro_faucet.nodes.forecast.task import Task

PANEL = in_order(sales(9, 30))
FITTED = fit(PANEL, 3, ["statistical", "naive"])
TASK = Task(FITTED.reading, 3, {0: FITTED.models})


def made(task: Task, rows: pa.Table, size: int = 1000) -> pa.Table:
    """What a task makes of rows that come so many at a time."""
    schema = pa.schema([(name, tasks.arrow_type(kind)) for name, kind in task.types.items()])
    return pa.Table.from_batches(task(iter(rows.to_batches(max_chunksize=size))), schema)


WHOLE = made(TASK, PANEL)


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 12))
def test_batches_of_rows_and_of_series_do_not_matter(rows: int, series: int) -> None:
    """However many rows come and however many series are forecast at a time, the bits are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "SERIES", series)
        assert made(TASK, PANEL, rows).combine_chunks().equals(WHOLE.combine_chunks())


def test_nothing_is_made_of_nothing() -> None:
    """A task of a cluster that gets no rows, or empty batches, makes none."""
    assert list(TASK(iter(()))) == []
    assert list(TASK(iter([PANEL.to_batches()[0].slice(0, 0)]))) == []


def test_forecasts_come_before_all_rows_are_read() -> None:
    """A batch is forecast as soon as its series are whole: the stream is never held."""
    read = 0

    def rows() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for batch in PANEL.to_batches(max_chunksize=10):
            read += 1
            yield batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "SERIES", 2)
        first = next(TASK(rows()))
    assert first.column(0).unique().to_pylist() == ["s000", "s001"]
    assert read * 10 < PANEL.num_rows / 2


def test_batches_have_the_types_that_are_said() -> None:
    """Every batch has the columns and types that the task says, a broken series' one too."""
    rows = pa.concat_tables([PANEL, series("x", [np.inf])])
    schema = pa.schema([(name, tasks.arrow_type(kind)) for name, kind in TASK.types.items()])
    batches = list(TASK(iter(rows.to_batches())))
    assert len(batches) == 2
    assert all(batch.schema == schema for batch in batches)
    assert list(TASK.types)[:3] == ["unique_id", "ds", "Statistical"]
    assert list(TASK.types)[-1] == "error"


def test_a_task_is_sent_as_it_is() -> None:
    """A task that was pickled makes the same."""
    assert made(pickle.loads(pickle.dumps(TASK)), PANEL).equals(WHOLE)


def halves(y: Any, season_length: int, horizon: int) -> Any:
    """A function that knows only the first steps."""
    return np.where(np.arange(horizon) < 1, y[-1], np.nan)


def test_half_a_forecast_is_a_fault() -> None:
    """A model that does not forecast each step is told; what it forecast stands where another model fills the rows."""
    model = FITTED.models[1]
    part = type(model)(PerSeries("Half", halves), {}, model.spread)
    found = made(Task(FITTED.reading, 2, {0: (part, FITTED.models[1])}), PANEL.slice(0, 30)).to_pylist()
    assert [(row["Half"] is None, row["Naive"] is None, row["error"]) for row in found] == [
        (False, False, None),
        (True, False, None),
        (True, True, "Half gives no forecast of it (30 values)"),
    ]
    alone = made(Task(FITTED.reading, 2, {0: (part,)}), PANEL.slice(0, 30)).to_pylist()
    assert [row["error"] for row in alone] == ["Half gives no forecast of it (30 values)"]


def test_a_fault_in_each_window_is_told_once() -> None:
    """A series that a model cannot do at any cutoff has one row with an error."""

    def never(y: Any, season_length: int, horizon: int) -> Any:
        if len(y) < 25:
            raise ValueError("too short")
        return y[-horizon:]

    rows = pa.concat_tables([series("long", range(40)), series("young", range(20), "2024-01-21")])
    proof = backtest(rows, 3, never, levels=(), windows=3, on_error="skip")
    errors = [row for row in proof.to_pylist() if row["error"]]
    assert [(row["unique_id"], row["error"]) for row in errors] == [
        ("young", "never gives no forecast of it (11 values)")
    ]
    assert errors[0]["cutoff"] is None
