"""The leaderboard: metrics that equal their definitions, and the choice of a model."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast.evaluation.leaderboard import best, best_by_series, leaderboard, select

MODELS = ["Theta", "SeasonalNaive", 'it\'s "odd"']
START = date(2024, 1, 1)


def made_up(seed: int = 0) -> pa.Table:
    """A backtest of three models at random, with zeros, missing values, a series without scale, and an own level."""
    draw = np.random.default_rng(seed)
    rows = []
    for series in range(7):
        for cutoff in (10, 14):
            scales = {"scale": draw.uniform(1, 3), "scale_squared": draw.uniform(2, 9)} if series else {"scale": 0.0}
            for step in range(1, 5):
                row = {"unique_id": f"s{series}", "cutoff": START + timedelta(cutoff), "step": step, **scales}
                row |= {"ds": START + timedelta(cutoff + step), "y": float(draw.integers(0, 4))}
                for model in MODELS:
                    middle, width = float(draw.integers(0, 5)), draw.uniform(0, 2, 2).cumsum()
                    row[model] = middle if draw.uniform() > 0.05 else None
                    if model != "SeasonalNaive":
                        for level, half in zip(("80", "97.5"), width, strict=True):
                            row |= {f"{model}-lo-{level}": middle - half, f"{model}-hi-{level}": middle + half}
                rows.append(row)
    rows[20]["Theta"], rows[21]["Theta"], rows[22]["y"] = float("nan"), float("inf"), None
    return pa.Table.from_pylist(rows, _schema(rows))


def _schema(rows: list[dict[str, Any]]) -> pa.Schema:
    names = list(dict.fromkeys(name for row in rows for name in row))
    kinds = {"unique_id": pa.string(), "cutoff": pa.date32(), "ds": pa.date32(), "step": pa.int32()}
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in names])


def mean(values: list[float]) -> float | None:
    """The mean, None of nothing."""
    return float(np.mean(values)) if values else None


def by_hand(backtest: pa.Table, model: str, **part: Any) -> dict[str, Any]:
    """The metrics of a model by their definitions, a forecast at a time."""
    windows: dict[Any, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    pooled: dict[str, list[float]] = defaultdict(list)
    series = set()
    for row in backtest.to_pylist():
        y, f, scale, square = row["y"], row[model], row["scale"], row.get("scale_squared")
        if y is None or any(row[name] != value for name, value in part.items()):
            continue
        window = windows[row["unique_id"], row["cutoff"]]
        for level in ("80", "97.5"):
            if f"{model}-lo-{level}" in row:
                lo, hi, alpha = row[f"{model}-lo-{level}"], row[f"{model}-hi-{level}"], 1 - float(level) / 100
                pooled[f"coverage_{level}"].append(100.0 * (lo <= y <= hi))
                if scale:
                    penalty = 2 / alpha * (max(lo - y, 0) + max(y - hi, 0))
                    window[f"msis_{level}"].append((hi - lo + penalty) / scale)
        if f is None or not np.isfinite(f):
            continue
        series.add(row["unique_id"])
        pooled["smape"].append(200 * abs(f - y) / (abs(f) + abs(y)) if f or y else 0.0)
        if scale:
            window["mase"].append(abs(f - y) / scale)
            window["bias"].append((f - y) / scale)
            if row["SeasonalNaive"] is not None:
                window["compared"].append(abs(f - y) / scale)
                window["baseline"].append(abs(row["SeasonalNaive"] - y) / scale)
        if square:
            window["square"].append((f - y) ** 2 / square)
    means = {name: mean([np.mean(w[name]) for w in windows.values() if w[name]]) for name in
             ("mase", "bias", "compared", "baseline", "msis_80", "msis_97.5")}  # fmt: skip
    compared, baseline = means.pop("compared"), means.pop("baseline")
    return {
        "model": model,
        **means,
        "rmsse": mean([np.sqrt(np.mean(w["square"])) for w in windows.values() if w["square"]]),
        **{name: mean(pooled[name]) for name in ("smape", "coverage_80", "coverage_97.5")},
        "relative": compared / baseline if compared is not None and baseline else None,
        "series": len(series),
        "forecasts": len(pooled["smape"]),
    }


def check(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Rows equal others, numbers to the nine decimals that a leaderboard has."""
    for row, other in zip(found, expected, strict=True):
        assert row == pytest.approx({name: other.get(name) for name in row}, abs=1.1e-9)


def test_metrics_equal_their_definitions(engine: Engine) -> None:
    """Every metric of every model is what its definition gives, a forecast at a time."""
    backtest = made_up()
    found = engine.to_arrow(leaderboard(engine.from_frame(backtest))).to_pylist()
    expected = [by_hand(backtest, row["model"]) for row in found]
    assert sorted(row["model"] for row in found) == sorted(MODELS)
    check(found, expected)


@pytest.mark.parametrize("by", ["unique_id", "step", "cutoff"])
def test_metrics_of_a_part_are_those_of_its_forecasts_alone(engine: Engine, by: str) -> None:
    """A leaderboard by series, step or cutoff measures each of them as if there were no other."""
    backtest = made_up(1)
    found = engine.to_arrow(leaderboard(engine.from_frame(backtest), by=by)).to_pylist()
    expected = [{by: row[by], **by_hand(backtest, row["model"], **{by: row[by]})} for row in found]
    assert len(found) == len(MODELS) * len(set(backtest[by].to_pylist()))
    assert [row[by] for row in found] == sorted(row[by] for row in found)
    check(found, expected)


def test_columns_have_one_order_and_type(engine: Engine) -> None:
    """The columns are the model, its metrics, and the counts, of the same types on both engines."""
    numbers = ["smape", "mase", "rmsse", "bias", "coverage_80", "coverage_97.5", "msis_80", "msis_97.5", "relative"]
    expected = {"step": "INTEGER", "model": "VARCHAR", **dict.fromkeys(numbers, "DOUBLE")}
    board = leaderboard(engine.from_frame(made_up()), by="step")
    assert engine.schema(board) == {**expected, "series": "BIGINT", "forecasts": "BIGINT"}
    assert list(engine.schema(board)) == [*expected, "series", "forecasts"]


def simple(**columns: Any) -> pa.Table:
    """A backtest of two series, one step ahead, with a scale of 2."""
    size = len(columns["y"])
    ids = {"unique_id": ["a", "b"][:size], "cutoff": [1] * size, "ds": [2] * size, "step": [1] * size}
    return pa.table({**ids, "scale": [2.0] * size, "scale_squared": [4.0] * size, **columns})


def test_the_best_is_first_and_equals_are_by_name(engine: Engine) -> None:
    """Models come in the order of their mase, those with the same one in the order of their names."""
    backtest = simple(y=[1.0, 2.0], Worse=[9.0, 9.0], B=[1.0, 4.0], A=[3.0, 2.0])
    board = engine.rows(leaderboard(engine.from_frame(backtest)))
    assert [(row[0], row[2]) for row in board] == [("A", 0.5), ("B", 0.5), ("Worse", 3.75)]


def test_a_model_that_skips_what_is_hard_is_not_the_best(engine: Engine) -> None:
    """A model with fewer forecasts comes last, and its relative mase is over those that it made."""
    backtest = engine.from_frame(simple(y=[1.0, 2.0], Picky=[1.0, None], SeasonalNaive=[2.0, 6.0]))
    board = leaderboard(backtest)
    assert engine.rows(engine.sql("select model, relative, series from b", b=board)) == [
        ("SeasonalNaive", 1.0, 2),
        ("Picky", 0.0, 1),
    ]
    assert best(board) == "SeasonalNaive"


def test_without_a_baseline_or_intervals_there_is_nothing_of_them(engine: Engine) -> None:
    """Relative is NULL without SeasonalNaive, and there are no columns of intervals where no model has any."""
    board = engine.to_arrow(leaderboard(engine.from_frame(simple(y=[1.0, 2.0], Theta=[1, 3])))).to_pylist()
    expected = {"smape": 20.0, "mase": 0.25, "rmsse": 0.25, "bias": 0.25, "relative": None}
    assert board == [{"model": "Theta", **expected, "series": 2, "forecasts": 2}]


def test_zeros_that_were_forecast_are_no_error(engine: Engine) -> None:
    """Where the forecast and what came are both zero, smape is 0; where one is, it is 200."""
    board = engine.rows(leaderboard(engine.from_frame(simple(y=[0.0, 0.0], Zero=[0.0, 0.0], One=[1.0, 1.0]))))
    assert [row[:2] for row in board] == [("Zero", 0.0), ("One", 200.0)]


def test_frames_of_any_kind_give_the_same_kind() -> None:
    """pandas, polars and Arrow tables come out as what went in, with the same values."""
    backtest = made_up()
    boards = [leaderboard(frame) for frame in (backtest, backtest.to_pandas(), pl.from_arrow(backtest))]
    assert [type(board) for board in boards] == [pa.Table, pd.DataFrame, pl.DataFrame]
    assert boards[0].to_pylist() == boards[2].to_dicts()
    assert boards[0].to_pandas().equals(boards[1])


def test_columns_may_have_other_names(engine: Engine) -> None:
    """The names of the id, the time and the target are the caller's, also in what is told by them."""
    backtest = made_up().rename_columns({"unique_id": "model", "ds": "day", "y": "departures"})
    names = {"unique_id": "model", "ds": "day", "y": "departures"}
    plain, named = made_up(), engine.from_frame(backtest.rename_columns({"model": "origin"}))
    found = leaderboard(named, by="origin", **{**names, "unique_id": "origin"})
    expected = leaderboard(engine.from_frame(plain), by="unique_id")
    assert engine.rows(found) == engine.rows(expected)
    assert found.columns[0] == "origin"


@pytest.mark.parametrize(
    ("metric", "name"),
    [("mase", "Low"), ("bias", "Even"), ("coverage_80", "Even"), ("msis_80", "Low"), ("smape", "Low")],
)
def test_the_best_by_another_metric(metric: str, name: str) -> None:
    """The best has the lowest error, the bias nearest to 0, or the coverage nearest to its level."""
    numbers = {"smape": [1.0, 2.0], "mase": [0.5, 0.7], "bias": [-0.4, 0.1]}
    board = pa.table({"model": ["Low", "Even"], **numbers, "coverage_80": [95.0, 82.0], "msis_80": [3.0, 4.0]})
    assert best(board.append_column("forecasts", [[4, 4]]), metric) == name


def test_each_series_has_its_best_and_equals_go_to_the_better_overall(engine: Engine) -> None:
    """The lowest mase of a series wins; where two are equal or there is none, the one better over all does."""
    backtest = {
        "unique_id": ["a", "b", "c", "d"], "cutoff": [1] * 4, "ds": [2] * 4, "step": [1] * 4, "y": [1.0] * 4,
        "scale": [1.0, 1.0, 1.0, None], "scale_squared": [1.0] * 4,
        "A": [1.0, 5.0, 3.0, 9.0], "B": [2.0, 2.0, 3.0, 1.0], "C": [0.5, 9.0, None, 1.0],
    }  # fmt: skip
    found = engine.rows(best_by_series(engine.from_frame(pa.table(backtest))))
    assert found == [("a", "A"), ("b", "B"), ("c", "B"), ("d", "B")]


FORECAST = pa.table(
    {
        "unique_id": ["a", "a", "b", "c"],
        "ds": [2, 3, 2, 2],
        "Theta": [1.0, 2.0, 3.0, 4.0],
        "Theta-lo-80": [0.5, 1.5, 2.5, 3.5],
        "Theta-hi-80": [1.5, 2.5, 3.5, 4.5],
        "Naive": [10, 20, 30, 40],
        "error": [None, None, None, "too short"],
    }
)


def test_a_selection_picks_columns(engine: Engine) -> None:
    """Each series has the columns of its own model and its error; one that is not named has the model of the most."""
    selection = pa.table({"unique_id": ["a", "b"], "model": ["Naive", "Theta"]})
    found = select(engine.from_frame(FORECAST), engine.from_frame(selection))
    assert engine.to_arrow(found).to_pydict() == {
        "unique_id": ["a", "a", "b", "c"],
        "ds": [2, 3, 2, 2],
        "model": ["Naive", "Naive", "Theta", "Naive"],
        "forecast": [10.0, 20.0, 3.0, 40.0],
        "lo-80": [None, None, 2.5, None],
        "hi-80": [None, None, 3.5, None],
        "error": [None, None, None, "too short"],
    }


def test_one_model_can_be_selected_for_all(engine: Engine) -> None:
    """A model's name selects it for every series; otherwise names that of the series that a selection lacks."""
    forecast = engine.from_frame(FORECAST)
    selection = pa.table({"unique_id": ["a"], "model": ["Naive"]})
    assert [row[2] for row in engine.rows(select(forecast, "Theta"))] == ["Theta"] * 4
    models = [row[2] for row in engine.rows(select(forecast, selection, otherwise="Theta"))]
    assert models == ["Naive", "Naive", "Theta", "Theta"]


REFUSALS = {
    "Did you mean 'step'": lambda: leaderboard(made_up(), by="steps"),
    "no column 'scale'": lambda: leaderboard(made_up().drop_columns(["scale"])),
    "no column of a model": lambda: leaderboard(simple(y=[1.0, 2.0])),
    "no metric 'masse'.* Did you mean 'mase'": lambda: best(leaderboard(made_up()), "masse"),
    r"no leaderboard.*best\(leaderboard\(backtest\)\)": lambda: best(made_up()),
    "many rows for a model": lambda: best(leaderboard(made_up(), by="step")),
    "no relative for any model": lambda: best(leaderboard(simple(y=[1.0], A=[1.0])), "relative"),
    "no column 'Thetta'.* Did you mean 'Theta'": lambda: select(FORECAST, "Thetta"),
    "more than one model for unique_id 'a'": lambda: select(
        FORECAST, pa.table({"unique_id": ["a", "a"], "model": ["Theta", "Naive"]})
    ),
    "The selection has no rows": lambda: select(
        FORECAST, pa.table({"unique_id": pa.array([], pa.string()), "model": pa.array([], pa.string())})
    ),
}


@pytest.mark.parametrize("message", REFUSALS)
def test_what_cannot_be_is_named(message: str) -> None:
    """A wrong name, a missing column or an ambiguous question is refused, with the nearest name."""
    with pytest.raises(DataError, match=message):
        REFUSALS[message]()
