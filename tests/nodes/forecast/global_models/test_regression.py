"""Regressions that learn from all series: any regressor, no explosion, the same bits in any company."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from panels import side_by_side, wave
from sales import series

from kedro_faucet.nodes.forecast import forecast
from kedro_faucet.nodes.forecast.global_models import regression
from kedro_faucet.nodes.forecast.global_models.direct import Linear, Network
from kedro_faucet.nodes.forecast.global_models.mixture import Combination
from kedro_faucet.nodes.forecast.global_models.regression import Regression, _draw, examples, in_blocks
from kedro_faucet.nodes.forecast.panel import Floats, Panel

ensemble = pytest.importorskip("sklearn.ensemble")
linear = pytest.importorskip("sklearn.linear_model")
neighbors = pytest.importorskip("sklearn.neighbors")
networks = pytest.importorskip("sklearn.neural_network")
pipeline = pytest.importorskip("sklearn.pipeline")
preprocessing = pytest.importorskip("sklearn.preprocessing")

REGRESSORS = [
    linear.Ridge(),
    linear.HuberRegressor(),
    networks.MLPRegressor(hidden_layer_sizes=(16, 16), max_iter=20, random_state=0),
    neighbors.KNeighborsRegressor(),
    pipeline.make_pipeline(preprocessing.StandardScaler(), linear.LinearRegression()),
]
FOREST = ensemble.RandomForestRegressor(5, random_state=0, n_jobs=2)
every = pytest.mark.parametrize("regressor", REGRESSORS, ids=lambda each: type(each).__name__)
KINDS = ["walk", "wild walk", "intermittent", "negative", "around zero", "growing", "seasonal"]


def kind(name: str, number: int, length: int = 60) -> Floats:
    """A series of some kind."""
    draw, time = np.random.default_rng(number), np.arange(length)
    return {
        "walk": 100 + draw.normal(0, 1, length).cumsum(),
        "wild walk": np.exp(draw.normal(0, 0.5, length).cumsum()),
        "intermittent": np.where(draw.random(length) < 0.8, 0, draw.poisson(5, length)).astype(float),
        "negative": -50 + draw.normal(0, 5, length),
        "around zero": draw.normal(0, 1, length).cumsum(),
        "growing": 1.03**time * draw.uniform(0.9, 1.1, length),
        "seasonal": wave(length, 12, seed=number),
    }[name]


def mixed(count: int = 70, length: int = 60) -> Panel:
    """Series of all kinds side by side."""
    return side_by_side(*(kind(KINDS[n % len(KINDS)], n, length - n % 11) for n in range(count)), seasons=(12,))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@every
def test_a_row_has_the_same_bits_in_any_block(regressor: Any) -> None:
    """Whatever rows stand before, after and beside it, and wherever in a block, a row's prediction is the same."""
    draw = np.random.default_rng(0)
    inputs, targets = draw.normal(0, 1, (900, 15)), draw.normal(0, 1, 900)
    fitted = regressor.fit(inputs, targets)
    whole, order = in_blocks(fitted.predict, inputs), draw.permutation(900)
    assert in_blocks(fitted.predict, inputs[order]).tobytes() == whole[order].tobytes()
    for begin, end in ((0, 1), (7, 30), (250, 600), (899, 900)):
        assert in_blocks(fitted.predict, inputs[begin:end]).tobytes() == whole[begin:end].tobytes()


@pytest.mark.parametrize("count", [1, 255, 256, 257, 512])
def test_blocks_have_one_size(count: int) -> None:
    """Every block that a regressor sees has 256 rows, the last one filled with zeros."""
    seen = []

    def predict(block: Floats) -> Floats:
        seen.append(len(block))
        return block[:, 0]

    values = np.arange(count, dtype=float)[:, None] + 1
    assert in_blocks(predict, values).tolist() == values[:, 0].tolist()
    assert set(seen) == {256}
    assert len(seen) == -(-count // 256)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model",
    [Regression(), *map(Regression, [*REGRESSORS[:3], FOREST]), Linear(6), Network(13, adjusted=False)],
    ids=lambda model: model.name,
)
def test_a_forecast_does_not_depend_on_the_other_series(model: Any) -> None:
    """Alone, in any order and after any padding, a series gets the same forecasts to the last bit."""
    panel = mixed()
    fitted = model.fit(panel, 5)
    together = fitted.predict(panel, 5)
    assert np.isfinite(together).all()
    order = np.random.default_rng(0).permutation(len(panel.ids))
    assert fitted.predict(panel.take(order), 5).tobytes() == together[:, order].tobytes()
    columns = [panel.values[np.isfinite(panel.values[:, n]), n] for n in range(len(panel.ids))]
    padded = side_by_side(*columns, seasons=(12,), before=7)
    assert fitted.predict(padded, 5).tobytes() == together.tobytes()
    for number in range(0, len(columns), 9):
        alone = fitted.predict(side_by_side(columns[number], seasons=(12,)), 5)
        assert alone[:, 0].tobytes() == together[:, number].tobytes()


@pytest.mark.parametrize(
    "model",
    [Regression(), Regression(linear.Ridge()), Linear(6), Network(6), Network(13, adjusted=False), Combination()],
    ids=lambda model: model.name,
)
def test_forecasts_do_not_explode(model: Any) -> None:
    """Forecasts of walks, intermittent, negative and growing series stay within a few times the range of history."""
    panel = mixed()
    forecasts = model.fit(panel, 12).predict(panel, 12)
    assert np.isfinite(forecasts).all()
    low, high = np.fmin.reduce(panel.values), np.fmax.reduce(panel.values)
    reach = (5 if model.name == "Ridge" else 2) * (high - low)
    assert (forecasts >= low - reach).all()
    assert (forecasts <= high + reach).all()


@pytest.mark.parametrize("model", [Regression(), Linear(6), Network(6), Combination()], ids=lambda model: model.name)
def test_nothing_comes_of_nothing(model: Any) -> None:
    """A series of zeros has no unit, so it stays at zero, and teaches others nothing where it ends."""
    first = np.r_[np.zeros(40), np.full(8, 1e9)]
    panel = side_by_side(*(kind("walk", n) for n in range(30)), *[first] * 10, np.zeros(60), np.zeros(3))
    made = model.fit(panel, 4).predict(panel, 4)
    assert (made[:, -2:] == 0).all()
    assert np.abs(made[:, :30] - panel.values[-1, :30]).max() < 10


def test_what_a_regression_learns_is_forecast() -> None:
    """A pattern that all series share, and none tells alone, is learned: after two ups comes a down."""
    draw = np.random.default_rng(0)
    pattern = np.array([0.0, 1, 3, 1])
    panel = side_by_side(*(100 + 5 * np.resize(np.roll(pattern, draw.integers(4)), 30 + n % 4) for n in range(60)))
    made = Regression().fit(panel, 1).predict(panel, 1)[0]
    expected = panel.values[-4]
    assert np.abs(made - expected).max() < 1


def test_many_windows_are_drawn_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more windows than enough some are drawn, the same each time, from each trial as many as it has a share in."""
    monkeypatch.setattr(regression, "ROWS", 1000)
    drawn = _draw(np.array([3000, 1000, 6000]))
    assert sum(map(len, drawn)) == 1000
    assert [len(part) / 1000 for part in drawn] == pytest.approx([0.3, 0.1, 0.6], abs=0.05)
    assert all((np.diff(part) > 0).all() and part.min() >= 0 for part in drawn)
    assert [part.tolist() for part in drawn] == [part.tolist() for part in _draw(np.array([3000, 1000, 6000]))]
    learned = examples(mixed(), 6, 13, True)
    assert learned is not None
    assert learned[0].shape == (1000, 15)


def test_too_little_to_learn_from_is_no_forecast() -> None:
    """Of series too short to learn from a regression forecasts nothing, and says nothing wrong."""
    short = side_by_side(np.arange(5.0), np.arange(7.0))
    fitted = Regression().fit(short, 3)
    assert np.isnan(fitted.predict(short, 3)).all()


def promoted(count: int, length: int = 90) -> pa.Table:
    """Daily sales that a promotion, known a week ahead, triples now and then."""
    parts = []
    for number in range(count):
        draw = np.random.default_rng(number)
        promo = (draw.random(length + 7) < 0.25).astype(float)
        sold = 100 * (1 + 2 * promo) * draw.uniform(0.95, 1.05, length + 7)
        rows = series(f"shop{number:02d}", sold).append_column("promo", pa.array(promo))
        parts.append(rows.append_column("truth", pa.array(sold)))
    return pa.concat_tables(parts)


@pytest.mark.parametrize("model", ["regression", "sklearn.ensemble:ExtraTreesRegressor", "sarimax"])
def test_what_is_known_ahead_is_used(model: str) -> None:
    """A series that a promotion drives is forecast several times better by a model that is told of it."""
    rows = promoted(12 if model != "sarimax" else 2)
    known = rows.to_pandas().groupby("unique_id").cumcount().to_numpy() < 90
    truth = np.array(rows["truth"])[~known]
    panel = rows.set_column(2, "y", pa.array(np.where(known, np.array(rows["y"]), np.nan), from_pandas=True))
    errors = []
    for features in (["promo"], []):
        made = forecast(panel, 7, model, levels=(), features=features, season_length=1)
        errors.append(np.abs(np.array(made.column(2)) - truth).mean())
    assert errors[0] < 20
    assert errors[0] < errors[1] / 2
