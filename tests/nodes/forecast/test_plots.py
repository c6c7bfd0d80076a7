"""Plots: figures that show the numbers they were given, and say what they show."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa
import pytest
from kedro_datasets.plotly import JSONDataset

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast.evaluation.leaderboard import leaderboard, select
from kedro_faucet.nodes.forecast.plots import plot_backtest, plot_forecast, plot_leaderboard
from kedro_faucet.nodes.forecast.plots.style import spread

START = date(2024, 1, 1)
BOUNDS = {"Theta-lo-80": -1.0, "Theta-hi-80": 1.0, "Theta-lo-95": -2.0, "Theta-hi-95": 2.0}


def days(first: int, count: int) -> list[date]:
    """So many days in a row."""
    return [START + timedelta(first + number) for number in range(count)]


def history(names: str = "ab", length: int = 40) -> pa.Table:
    """A history of some series, each ten times as large as the one before."""
    rows = [(name, day, 10.0**size + n) for size, name in enumerate(names) for n, day in enumerate(days(0, length))]
    return pa.table(dict(zip(["unique_id", "ds", "y"], zip(*rows, strict=True), strict=True)))


def forecast(names: str = "ab", length: int = 3) -> pa.Table:
    """The forecast after such a history, and a series that could not be forecast."""
    rows = [
        {"unique_id": name, "ds": day, "Theta": 10.0**size, "Naive": 0.0}
        | {column: 10.0**size + add for column, add in BOUNDS.items()}
        for size, name in enumerate(names)
        for day in days(40, length)
    ]
    return pa.Table.from_pylist([*rows, {"unique_id": "short", "ds": None, "error": "too short"}], _schema(rows[0]))


def _schema(row: dict[str, Any]) -> pa.Schema:
    numbers = [(name, pa.float64()) for name in row if name not in ("unique_id", "ds")]
    return pa.schema([("unique_id", pa.string()), ("ds", pa.date32()), *numbers, ("error", pa.string())])


def backtest(gap: int = 2) -> pa.Table:
    """A backtest of two windows of two days, which overlap if the gap between them is one day."""
    rows = [
        {"unique_id": "a", "cutoff": day, "ds": day + timedelta(step), "step": step, "y": 4.0, "Theta": 5.0}
        | {"scale": 1.0, "scale_squared": 1.0, "Theta-lo-80": 4.5, "Theta-hi-80": 5.5, "SeasonalNaive": 6.0}
        for day in (START, START + timedelta(gap))
        for step in (1, 2)
    ]
    return pa.Table.from_pylist(rows)


def named(figure: go.Figure, name: str) -> list[Any]:
    """The traces of a name."""
    return [trace for trace in figure.data if trace.name == name]


def texts(figure: go.Figure) -> list[str]:
    """What is written in a figure, beside its title."""
    return [annotation.text for annotation in figure.layout.annotations]


def test_a_panel_shows_history_forecast_and_fans(engine: Engine) -> None:
    """The traces hold the history, the forecast and the bounds of each level, the wider one drawn first."""
    figure = plot_forecast(engine.from_frame(history()), engine.from_frame(forecast()), series="a")
    assert [trace.name for trace in figure.data if trace.name] == ["95 %", "80 %", "Theta", "history"]
    (theta,), (past,), (fan,) = (named(figure, name) for name in ("Theta", "history", "80 %"))
    assert (list(theta.x), list(theta.y)) == (days(40, 3), [1.0] * 3)
    assert (list(past.x), list(past.y)) == (days(16, 24), [1.0 + day for day in range(16, 40)])
    assert list(fan.y) == [40.0, 2.0, 2.0, 2.0, 0.0, 0.0, 0.0, 40.0]
    assert theta.text[0] == "Theta: 1<br>80 %: 0 to 2<br>95 %: -1 to 3"


def test_what_is_shown_is_said() -> None:
    """The title names the model and the levels, the labels the series and what ends at the right."""
    figure = plot_forecast(history(), forecast(), series=["b"])
    assert "Forecast by Theta, with 80 % and 95 % intervals" in figure.layout.title.text
    assert "1 of 3 series" in figure.layout.title.text
    assert sorted(texts(figure)) == ["80 %", "95 %", "<b>b</b>", "Theta"]


def test_six_of_many_series_are_the_largest() -> None:
    """Without names the six with the largest forecasts are shown, the largest on top, and the note says so."""
    figure = plot_forecast(history("abcdefgh"), forecast("abcdefgh"), model="Theta")
    panels = [text for text in texts(figure) if text.startswith("<b>")]
    assert panels == [f"<b>{name}</b>" for name in "hgfedc"]
    assert "The largest 6 of 9 series" in figure.layout.title.text


def test_a_model_and_the_length_of_the_history_can_be_named() -> None:
    """Another model is drawn without the fans of the first, after as many periods as were asked for."""
    figure = plot_forecast(history(), forecast(), series="a", model="Naive", last=5)
    assert [trace.name for trace in figure.data if trace.name] == ["Naive", "history"]
    assert len(named(figure, "history")[0].x) == 5


def test_a_selection_is_named_by_its_models() -> None:
    """Of selected forecasts each panel names the model of its series."""
    selection = pa.table({"unique_id": ["a", "b"], "model": ["Naive", "Theta"]})
    figure = plot_forecast(history(), select(forecast(), selection), series=["a", "b"])
    assert [trace.name for trace in figure.data if trace.name in ("Naive", "Theta")] == ["Naive", "Theta"]
    assert list(named(figure, "Naive")[0].y) == [0.0] * 3


def test_a_backtest_shows_every_window(engine: Engine) -> None:
    """Each window has its forecast and its fan, and what came is one line."""
    figure = plot_backtest(engine.from_frame(backtest()))
    windows = [list(trace.x) for trace in named(figure, "Theta")]
    assert windows == [days(1, 2), days(3, 2)]
    assert len(named(figure, "80 %")) == 2
    assert list(named(figure, "actual")[0].x) == days(1, 4)
    assert [shape.x0 for shape in figure.layout.shapes] == [START, START + timedelta(2)]


def test_windows_that_overlap_have_no_fans() -> None:
    """Where two windows forecast the same day, lines alone are drawn, and what came once."""
    figure = plot_backtest(backtest(gap=1))
    assert [trace.name for trace in figure.data] == ["Theta", "Theta", "actual"]
    assert list(named(figure, "actual")[0].x) == days(1, 3)
    assert "intervals" not in figure.layout.title.text


def test_a_leaderboard_is_bars_beside_the_baseline(engine: Engine) -> None:
    """Bars are the MASE with the best on top, the line is the baseline's, and points are coverage beside its level."""
    figure = plot_leaderboard(leaderboard(engine.from_frame(backtest())))
    (bars,), (points,) = named(figure, "MASE"), named(figure, "80 % intervals")
    assert (list(bars.y), list(bars.x)) == (["Theta", "SeasonalNaive"], [1.0, 2.0])
    assert list(points.x) == [0.0, None]
    assert [shape.x0 for shape in figure.layout.shapes] == [2.0, 80.0]
    assert figure.layout.yaxis.autorange == "reversed"
    assert "4 forecasts of 1 series" in figure.layout.title.text


def test_a_leaderboard_without_intervals_or_baseline_is_bars_alone() -> None:
    """There is no panel of coverage without intervals, and no line without a baseline."""
    plain = backtest().drop_columns(["Theta-lo-80", "Theta-hi-80", "SeasonalNaive"])
    figure = plot_leaderboard(leaderboard(plain))
    assert ([trace.name for trace in figure.data], len(figure.layout.shapes)) == (["MASE"], 0)


def test_a_leaderboard_that_lost_its_order_is_plotted_best_first() -> None:
    """The best is on top whatever the order of the rows, and a model with fewer forecasts is last and named."""
    names, errors = ["Naive", "Picky", "Theta"], [2.0, 0.5, 1.0]
    board = pa.table({"model": names, "mase": errors, "series": [9, 8, 9], "forecasts": [90, 80, 90]})
    figure = plot_leaderboard(board)
    assert list(named(figure, "MASE")[0].y) == ["Theta", "Naive", "Picky"]
    assert "90 forecasts of 9 series; fewer by Picky" in figure.layout.title.text


def test_frames_and_other_names_are_plotted_alike() -> None:
    """pandas frames with columns of other names give the same figure as Arrow tables."""
    given = {"unique_id": "origin", "ds": "day", "y": "departures"}
    pandas = [table.rename_columns({k: v for k, v in given.items() if k in table.column_names}).to_pandas()
              for table in (history(), forecast())]  # fmt: skip
    names = {"unique_id": "origin", "ds": "day", "y": "departures"}
    assert plot_forecast(*pandas, series="a", **names) == plot_forecast(history(), forecast(), series="a")


def test_a_series_with_gaps_or_nothing_is_plotted() -> None:
    """Missing values and numbers that are not finite are gaps, and a series without a forecast shows its history."""
    odd = pa.table({"unique_id": ["short"] * 4, "ds": days(0, 4), "y": [1.0, None, float("nan"), float("inf")]})
    figure = plot_forecast(odd, forecast(), series="short")
    assert list(named(figure, "history")[0].y) == [1.0, None, None, None]
    assert list(named(figure, "Theta")[0].y) == []


def test_names_are_shown_as_they_are() -> None:
    """A series or a model whose name looks like HTML is shown, not run."""
    figure = plot_backtest(
        pa.table({**backtest().to_pydict(), "unique_id": ["<b>&"] * 4, "<i>": [1.0] * 4}), model="<i>"
    )
    assert "<b>&lt;b&gt;&amp;</b>" in texts(figure)
    assert "Backtest by &lt;i&gt;" in figure.layout.title.text


def test_a_figure_can_be_saved_by_the_catalog(tmp_path: Path) -> None:
    """Kedro's dataset for Plotly saves a figure and loads it again."""
    dataset = JSONDataset(filepath=str(tmp_path / "plot.json"))
    figure = plot_forecast(history(), forecast())
    dataset.save(figure)
    assert len(dataset.load().data) == len(figure.data)
    assert json.loads((tmp_path / "plot.json").read_text())["data"][0]["x"][0] == "2024-02-09"


@pytest.mark.parametrize("places", [[0.0, 0.1, 0.2], [0.0, 5.0], [1.0, 1.0, 1.0, 9.0], [0.0, 0.9, 1.8, 2.0]])
def test_labels_are_moved_apart_and_no_further(places: list[float]) -> None:
    """Labels keep their order, the gap and their mean."""
    moved = spread(places, 1.0)
    assert all(b - a > 1 - 1e-9 for a, b in pairwise(moved))
    assert sum(moved) == pytest.approx(sum(places))


REFUSALS = {
    "no column 'Thetta'.* Did you mean 'Theta'": lambda: plot_forecast(history(), forecast(), model="Thetta"),
    "no series 'aa' in 'unique_id'": lambda: plot_forecast(history(), forecast(), series=["aa"]),
    "The history has no column 'y'": lambda: plot_forecast(history().drop_columns(["y"]), forecast()),
    "The forecast has no column of a model": lambda: plot_forecast(history(), history()),
    "The backtest has no column 'cutoff'": lambda: plot_backtest(forecast()),
    "no series to show": lambda: plot_backtest(backtest().slice(0, 0)),
    "many rows for a model": lambda: plot_leaderboard(leaderboard(backtest(), by="step")),
    "The leaderboard has no column 'model'": lambda: plot_leaderboard(history()),
}


@pytest.mark.parametrize("message", REFUSALS)
def test_what_cannot_be_plotted_is_named(message: str) -> None:
    """A wrong name, a missing column or nothing to show is refused, with the nearest name."""
    with pytest.raises(DataError, match=message):
        REFUSALS[message]()
