"""Plots of series: what was, what is forecast, and what was forecast once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kedro_faucet.engines import engine_of
from kedro_faucet.nodes.forecast.plots.panel import SeriesPanel
from kedro_faucet.nodes.forecast.plots.rows import Row, Shown, chosen, rows_of, shown
from kedro_faucet.nodes.forecast.plots.style import escape, finish, panels
from kedro_faucet.nodes.forecast.tables import as_table
from kedro_faucet.nodes.star.keys import check_columns

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def plot_forecast(
    history: Any,
    forecast: Any,
    series: Any = None,
    model: str | None = None,
    *,
    last: int | None = None,
    unique_id: str = "unique_id",
    ds: str = "ds",
    y: str = "y",
) -> Figure:
    """Return a figure of the history and the forecast with its intervals, a panel for each series.

    >>> import pyarrow as pa
    >>> history = pa.table({"unique_id": ["JFK"] * 3, "ds": [1, 2, 3], "y": [5.0, 7.0, 6.0]})
    >>> columns = {"unique_id": ["JFK"] * 2, "ds": [4, 5], "Theta": [6.5, 7.0], "Theta-lo-80": [5.0, 5.5]}
    >>> figure = plot_forecast(history, pa.table({**columns, "Theta-hi-80": [8.0, 8.5]}))
    >>> [trace.name for trace in figure.data if trace.name]
    ['80 %', 'Theta', 'history']

    Args:
        history: unique_id, ds, y.
        forecast: unique_id, ds and the columns of models and their intervals, or what ``select`` made.
        series: the series to show, one or a list; default: the six with the largest forecasts.
        model: the model to show; default: the first.
        last: how many periods of the history to show; default: four times as many as are forecast, at least 24.
        unique_id: the column that names a series.
        ds: the column of the times.
        y: the column of what was.

    Raises:
        DataError: if a column, the model or a series is not there.
    """
    past, future = as_table(history)[0], as_table(forecast)[0]
    check_columns([unique_id, ds, y], past.columns, "The history")
    check_columns([unique_id, ds], future.columns, "The forecast")
    own = shown(engine_of(future).schema(future), model, [unique_id, ds, y], "The forecast")
    names, note = chosen(future, series, unique_id, own.model)
    ahead = rows_of(future, names, unique_id, [ds, *own.told], own.columns)
    last = last or max(24, 4 * max(map(len, ahead.values()), default=0))
    before = rows_of(past, names, unique_id, [ds], [y], last)
    figure = panels(names)
    for row, name in enumerate(names, 1):
        panel = SeriesPanel(figure, row, ds, y, own, own.label(ahead[name]))
        panel.forecast(ahead[name], _start(before[name], ahead[name], own, ds, y))
        panel.line(before[name], "history")
        panel.finish([*before[name], *ahead[name]])
    return finish(figure, _title("Forecast", own), note, [own.label(rows) for rows in ahead.values()])


def plot_backtest(
    backtest: Any,
    series: Any = None,
    model: str | None = None,
    *,
    unique_id: str = "unique_id",
    ds: str = "ds",
    y: str = "y",
) -> Figure:
    """Return a figure of what came and of what a model had forecast at each cutoff, a panel for each series.

    Intervals are drawn where no two cutoffs' forecasts are of the same time.

    >>> import pyarrow as pa
    >>> columns = {"unique_id": ["JFK"] * 2, "cutoff": [3, 4], "ds": [4, 5], "step": [1, 1], "y": [5.0, 7.0]}
    >>> figure = plot_backtest(pa.table({**columns, "Theta": [6.5, 7.0]}))
    >>> [trace.name for trace in figure.data]
    ['Theta', 'Theta', 'actual']

    Args:
        backtest: unique_id, cutoff, ds, y and the columns of models and their intervals.
        series: the series to show, one or a list; default: the six largest.
        model: the model to show; default: the first.
        unique_id: the column that names a series.
        ds: the column of the times.
        y: the column of what came.

    Raises:
        DataError: if a column, the model or a series is not there.
    """
    table, _ = as_table(backtest)
    check_columns([unique_id, ds, "cutoff", y], table.columns, "The backtest")
    own = shown(engine_of(table).schema(table), model, [unique_id, ds, y], "The backtest")
    names, note = chosen(table, series, unique_id, y)
    windows = rows_of(table, names, unique_id, ["cutoff", ds], [y, *own.columns])
    fans = not any(len({row[ds] for row in rows}) < len(rows) for rows in windows.values())
    figure = panels(names)
    for row, name in enumerate(names, 1):
        panel = SeriesPanel(figure, row, ds, y, own, own.model)
        for cutoff, window in groupby(windows[name], key=lambda found: found["cutoff"]):
            panel.forecast(list(window), fans=fans)
            panel.mark(cutoff)
        came = {found[ds]: found for found in windows[name]}
        panel.line([came[time] for time in sorted(came)], "actual")
        panel.finish(windows[name], "actual", fans)
    title = _title("Backtest", own if fans else Shown(own.model, {}))
    return finish(figure, title, f"{note}; dotted: the cutoffs", [own.model])


def _start(before: Sequence[Row], ahead: Sequence[Row], own: Shown, ds: str, y: str) -> Row | None:
    """Return the last point of the history before a forecast, as if it had been forecast without doubt."""
    earlier = [row for row in before if ahead and row[ds] < ahead[0][ds] and row[y] is not None]
    return {ds: earlier[-1][ds], **dict.fromkeys(own.columns, earlier[-1][y])} if earlier else None


def _title(what: str, own: Shown) -> str:
    levels = " and ".join(f"{level} %" for level in own.bounds)
    model = "" if own.model == "forecast" else f" by {escape(own.model)}"
    return f"{what}{model}{f', with {levels} intervals' if levels else ''}"
