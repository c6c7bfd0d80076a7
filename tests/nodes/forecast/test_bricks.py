"""The bricks of a forecasting pipeline, each alone, on both engines."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from kedro_faucet.engines import Table, connect
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.forecast import Forecaster
from kedro_faucet.nodes.forecast.bricks import (
    Describe,
    Fit,
    PlotForecast,
    PlotLeaderboard,
    Predict,
    Prove,
    Rank,
    Review,
)
from kedro_faucet.nodes.lineage import Place, Traced

MODELS = ["drift", "seasonal_naive"]
OPTIONS = {"levels": [80], "season_length": 7}


def panel(engine: Engine, last: int = 40, **changed: float | None) -> Table:
    """Two series by shop, of so many days; a value can be changed by series and day, as in a12=None."""
    rows = [
        (series, day, 10.0 + 5 * (day % 7) + day * day % 3 + number)
        for number, series in enumerate("ab")
        for day in range(1, last + 1)
    ]
    found = [(series, day, changed.get(f"{series}{day}", y)) for series, day, y in rows]
    columns = zip(("unique_id", "ds", "y"), zip(*found, strict=True), strict=True)
    shops = [f"shop {series}" for series, *_ in found]
    return engine.from_frame(pa.table({**{name: list(values) for name, values in columns}, "shop": shops}))


def fitted(engine: Engine) -> Forecaster:
    """Models fitted on forty days, a week ahead."""
    return Fit(7, MODELS, OPTIONS).build(panel(engine))


def rows(engine: Engine, table: Table) -> list[dict[str, Any]]:
    """What a table holds, in its own order."""
    found: list[dict[str, Any]] = engine.to_arrow(table).to_pylist()
    return found


def test_forecasts_carry_their_cutoff_their_columns_and_their_run(engine: Engine) -> None:
    """Each forecast comes with the last known time, the columns that tell series apart and the run, in order."""
    made = rows(engine, Predict(["shop"]).build(panel(engine), fitted(engine), "run 1"))
    assert [(row["unique_id"], row["ds"]) for row in made] == [(s, day) for s in "ab" for day in range(41, 48)]
    assert {(row["shop"], row["cutoff"], row["run_id"]) for row in made} == {
        ("shop a", 40, "run 1"), ("shop b", 40, "run 1"),
    }  # fmt: skip


def test_lineage_has_the_columns_that_are_made(engine: Engine) -> None:
    """Without a row the forecasts' and the backtest's columns are told, with their types; values come from y."""
    source = Traced.read("history", engine.schema(panel(engine)))
    fit = Fit(7, MODELS, OPTIONS)
    predict, prove = Predict(["shop"], "skip", fit), Prove(7, MODELS, {**OPTIONS, "on_error": "skip"})
    forecasts = predict.lineage(source, fit.lineage(source), None)
    assert forecasts.types == engine.schema(predict.build(panel(engine), fitted(engine), "run 1"))
    proof = prove.lineage(source, None)
    assert proof.types == engine.schema(prove.build(panel(engine), "run 1"))
    for made in (forecasts, proof):
        assert made.columns["Drift-lo-80"].values == (Place("history", "y"),)
        assert made.columns["cutoff"].values == (Place("history", "ds"),)


def test_a_kept_model_must_be_what_is_asked_for(engine: Engine) -> None:
    """A model that was fitted for another horizon, other models or other levels is refused, with what it has."""
    model = fitted(engine)
    for asked, told in (
        (Fit(14, MODELS, OPTIONS), "7 periods ahead, not 14"),
        (Fit(7, "naive", OPTIONS), "Drift, Drift-lo-80"),
        (Fit(7, MODELS, {**OPTIONS, "levels": [95]}), "Drift, Drift-lo-80"),
    ):
        with pytest.raises(ConfigError, match=told):
            Predict(asked=asked).build(panel(engine), model, "run 1")
    assert Predict(asked=Fit(7, MODELS, OPTIONS)).build(panel(engine), model, "run 1").columns


def test_a_cutoff_is_the_last_day_with_a_value(engine: Engine) -> None:
    """Rows without a value at the end, such as features known ahead, do not move the cutoff."""
    made = rows(engine, Predict().build(panel(engine, b40=None), fitted(engine), "run 1"))
    assert {(row["unique_id"], row["cutoff"], row["ds"] - row["cutoff"]) for row in made if row["ds"] == 41} == {
        ("a", 40, 1), ("b", 39, 2),
    }  # fmt: skip


def test_a_series_without_any_value_is_told_with_a_key(engine: Engine) -> None:
    """A skipped series has one row, at its last time, that says why; the others are forecast."""
    empty = {f"b{day}": None for day in range(1, 41)}
    made = rows(engine, Predict(on_error="skip").build(panel(engine, **empty), fitted(engine), "run 1"))
    told = [(row["unique_id"], row["cutoff"], row["ds"]) for row in made if row["error"]]
    assert told == [("b", 40, 40)]
    assert len(made) == 8


def test_a_review_measures_what_came_since(engine: Engine) -> None:
    """Forecasts of an earlier cutoff are measured by the days that came; later ones and told series are left out."""
    forecasts = Predict(on_error="skip").build(panel(engine), fitted(engine), "run 1")
    review = rows(engine, Review().build(forecasts, panel(engine, last=43), fitted(engine)))
    assert {(row["cutoff"], row["model"], row["forecasts"]) for row in review} == {
        (40, "Drift", 6), (40, "SeasonalNaive", 6),
    }  # fmt: skip
    errors = {row["model"]: row["mase"] for row in review}
    assert 0 < errors["SeasonalNaive"] < errors["Drift"]


def test_a_review_is_empty_while_nothing_has_come(engine: Engine) -> None:
    """Right after the forecast there is no row, and all columns."""
    review = Review().build(Predict().build(panel(engine), fitted(engine), "1"), panel(engine), fitted(engine))
    assert rows(engine, review) == []
    assert {"cutoff", "model", "mase", "coverage_80"} <= set(review.columns)


def test_a_review_leaves_out_models_that_are_not_kept(engine: Engine) -> None:
    """Forecasts that were kept before a model was added are reviewed by the models that they have."""
    drift = Fit(7, "drift", OPTIONS).build(panel(engine))
    forecasts = Predict().build(panel(engine), drift, "run 1")
    review = rows(engine, Review().build(forecasts, panel(engine, last=43), fitted(engine)))
    assert [row["model"] for row in review] == ["Drift"]


def test_backtest_and_leaderboard_tell_their_run(engine: Engine) -> None:
    """What was proven, and the ranking of it, carry the run; the best model is first."""
    proof = Prove(7, MODELS, {**OPTIONS, "windows": 2}).build(panel(engine), "run 1")
    board = rows(engine, Rank().build(proof, "run 2"))
    assert {row["run_id"] for row in rows(engine, proof)} == {"run 1"}
    assert [(row["model"], row["run_id"]) for row in board] == [("SeasonalNaive", "run 2"), ("Drift", "run 2")]


def test_plots_are_of_the_latest_cutoff(engine: Engine) -> None:
    """Of kept forecasts the newest are drawn, and of the history as much as asked."""
    model, later = fitted(engine), panel(engine, last=47)
    both = [Predict().build(each, model, "run 1") for each in (panel(engine), later)]
    kept = engine.sql("select * from earlier union all select * from later", earlier=both[0], later=both[1])
    figure = PlotForecast(last=14).build(later, kept, model)
    drawn = {trace.name: list(trace.x) for trace in figure.data if trace.xaxis == "x" and trace.name}
    assert drawn["Drift"] == list(range(48, 55))
    assert drawn["history"] == list(range(34, 48))


def test_a_leaderboard_is_drawn_without_its_run(engine: Engine) -> None:
    """The run is no metric."""
    proof = Prove(7, MODELS, OPTIONS).build(panel(engine), "run 1")
    figure = PlotLeaderboard().build(Rank().build(proof, "run 1"))
    assert list(figure.data[0].y) == ["SeasonalNaive", "Drift"]


def test_a_card_says_what_how_good_and_which_run(engine: Engine) -> None:
    """A card joins what is known of a fitted model with its place in the backtest, in the models' order."""
    proof = Prove(7, MODELS, OPTIONS).build(panel(engine), "run 1")
    cards = rows(engine, Describe().build(fitted(engine), Rank().build(proof, "run 1"), "run 2"))
    assert [card["model"] for card in cards] == ["Drift", "SeasonalNaive"]
    assert {(card["run_id"], card["horizon"], card["series"], card["values"], card["last_time"]) for card in cards} == {
        ("run 2", 7, 2, 80, "40")
    }
    assert cards[1]["description"].startswith("The value one season ago")
    assert (cards[0]["seasons"], cards[0]["levels"]) == ("7", "80")
    assert "numpy" in cards[0]["versions"]
    assert cards[1]["relative"] == 1


def test_a_card_tells_what_a_kept_model_was_fitted_with() -> None:
    """The libraries are those of the fit, not those of the run that uses the model again."""
    engine = connect()
    model = replace(fitted(engine), versions=("numpy 1.0",))
    board = Rank().build(Prove(7, MODELS, OPTIONS).build(panel(engine), "run 1"), "run 1")
    assert {card["versions"] for card in rows(engine, Describe().build(model, board, "run 2"))} == {"numpy 1.0"}


def test_a_card_of_a_model_without_a_backtest_has_no_metrics(engine: Engine) -> None:
    """A model that the leaderboard lacks keeps its card, with NULL for what is not known."""
    board = Rank().build(Prove(7, "seasonal_naive", OPTIONS).build(panel(engine), "run 1"), "run 1")
    cards = rows(engine, Describe().build(fitted(engine), board, "run 1"))
    assert [(card["model"], card["mase"] is None) for card in cards] == [("Drift", True), ("SeasonalNaive", False)]


def test_levels_with_decimals_have_a_card(engine: Engine) -> None:
    """A level of 99.9 is ranked, and put on the card, like any other."""
    options = {**OPTIONS, "levels": [99.9]}
    model = Fit(7, MODELS, options).build(panel(engine))
    board = Rank().build(Prove(7, MODELS, options).build(panel(engine), "run 1"), "run 1")
    cards = rows(engine, Describe().build(model, board, "run 1"))
    assert [(card["levels"], card["coverage_99.9"]) for card in cards] == [("99.9", 100.0)] * 2


def test_what_is_kept_has_the_same_columns_in_each_run(engine: Engine) -> None:
    """The column of errors is there whether series are skipped or not, and a run named by a number is a text."""
    made = [Predict(on_error=way).build(panel(engine), fitted(engine), 7) for way in ("raise", "skip")]
    assert engine.schema(made[0]) == engine.schema(made[1])
    types = engine.schema(made[0])
    assert (types["error"], types["run_id"]) == ("VARCHAR", "VARCHAR")


def test_a_review_scales_short_series_as_a_backtest_does(engine: Engine) -> None:
    """The errors of a series of hardly more than a season are measured by its changes from day to day."""
    young = {f"b{day}": None for day in range(1, 12)}
    known, came = (panel(engine, last=last, **young) for last in (18, 20))
    model = Fit(2, MODELS, {**OPTIONS, "levels": ()}).build(known)
    review = rows(engine, Review().build(Predict().build(known, model, "run 1"), came, model))
    proof = Prove(2, MODELS, {**OPTIONS, "levels": (), "windows": 1}).build(came, "run 1")
    board = {row["model"]: row["mase"] for row in rows(engine, Rank().build(proof, "run 1"))}
    assert {row["model"]: row["mase"] for row in review} == pytest.approx(board)


def test_fitted_models_can_be_kept(engine: Engine) -> None:
    """A forecaster that was pickled gives the same forecasts to the last bit."""
    model = fitted(engine)
    made = [Predict().build(panel(engine), each, "1") for each in (model, pickle.loads(pickle.dumps(model)))]
    assert rows(engine, made[0]) == rows(engine, made[1])


def test_a_broken_series_is_named(engine: Engine) -> None:
    """A series with an infinite value stops the forecast, unless it is skipped."""
    broken = panel(engine, b12=float("inf"))
    with pytest.raises(DataError, match=r"(?s)b: .*"):
        replace(Predict(), on_error="raise").build(broken, fitted(engine), "run 1")
