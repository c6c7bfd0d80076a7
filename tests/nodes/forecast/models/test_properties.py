"""What holds for every model of the panel, whatever the series."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import side_by_side, wave

from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.holt_winters import HoltWinters
from kedro_faucet.nodes.forecast.models.intermittent import SBA, TSB, Croston
from kedro_faucet.nodes.forecast.models.naive import Drift, Naive, SeasonalNaive
from kedro_faucet.nodes.forecast.models.smoothing import DampedTrend, Holt, SimpleSmoothing
from kedro_faucet.nodes.forecast.models.statistical import Statistical
from kedro_faucet.nodes.forecast.models.theta import DynamicTheta, Theta
from kedro_faucet.nodes.forecast.panel import Floats

LEVELS = [Naive(), SeasonalNaive(), Drift(), SimpleSmoothing(), Holt(), DampedTrend(), HoltWinters()]
MODELS = [*LEVELS, DynamicTheta(), Theta(), Croston(), SBA(), TSB(), Statistical()]
every = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


waves = st.builds(
    wave, st.integers(1, 60), st.sampled_from([4, 12]), st.sampled_from([0, 20]), st.floats(0, 2), st.integers(0, 99)
)
counts = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 7.0]), min_size=1, max_size=60).map(np.array)
anything = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=30).map(np.array)
constant = st.builds(lambda length, value: np.full(length, value), st.integers(1, 50), st.floats(-1e3, 1e3))
one_series = st.one_of(waves, counts, anything, constant)
many_series = st.lists(one_series, min_size=1, max_size=8)
some_seasons = st.sampled_from([(), (4,), (12,), (4, 12)])


@every
@settings(max_examples=40)
@given(series=many_series, seasons=some_seasons, order=st.randoms(use_true_random=False), before=st.integers(0, 7))
def test_a_forecast_does_not_depend_on_the_other_series(
    model: Model, series: list[Floats], seasons: tuple[int, ...], order: object, before: int
) -> None:
    """Alone, in any order and after any padding, a series gets the same forecasts to the last bit."""
    together = model.predict(side_by_side(*series, seasons=seasons), 15)
    shuffled = np.random.default_rng(before).permutation(len(series))
    again = model.predict(side_by_side(*(series[i] for i in shuffled), seasons=seasons, before=before), 15)
    alone = [model.predict(side_by_side(y, seasons=seasons), 15)[:, 0] for y in series]
    assert again.tobytes() == together[:, shuffled].tobytes()
    assert np.stack(alone, axis=1).tobytes() == together.tobytes()


@every
@given(series=many_series, seasons=some_seasons)
def test_every_series_gets_forecasts(model: Model, series: list[Floats], seasons: tuple[int, ...]) -> None:
    """Forecasts are finite, without a warning, as soon as a series has one value."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forecasts = model.predict(side_by_side(*series, seasons=seasons), 30)
    assert forecasts.shape == (30, len(series))
    assert np.isfinite(forecasts).all()


@every
@given(y=one_series, seasons=some_seasons, exponent=st.integers(-900, 900))
def test_forecasts_scale_with_the_series(model: Model, y: Floats, seasons: tuple[int, ...], exponent: int) -> None:
    """A series in other units, however large or small, gets the same forecasts in these units."""
    y, scale = y.round(3), 2.0**exponent
    forecasts = model.predict(side_by_side(y, y * scale, seasons=seasons), 15)
    assert (forecasts[:, 1] / scale).tolist() == pytest.approx(forecasts[:, 0].tolist(), rel=1e-9, abs=1e-300)


@every
@given(y=waves, seasons=some_seasons)
def test_forecasts_scale_by_thousand(model: Model, y: Floats, seasons: tuple[int, ...]) -> None:
    """Thousands of units give a thousandth of the forecasts, up to rounding."""
    forecasts = model.predict(side_by_side(y, 1000 * y, seasons=seasons), 15)
    assert forecasts[:, 1] / 1000 == pytest.approx(forecasts[:, 0], rel=1e-6, abs=1e-6)


@every
@given(value=st.floats(-1e9, 1e9), length=st.integers(1, 40), seasons=some_seasons)
def test_a_constant_series_stays_constant(model: Model, value: float, length: int, seasons: tuple[int, ...]) -> None:
    """What never changed is forecast as it is."""
    if isinstance(model, SBA):
        value = 0.0
    forecasts = model.predict(side_by_side(np.full(length, value), seasons=seasons), 5)
    assert forecasts[:, 0] == pytest.approx(np.full(5, value), rel=1e-12)


@pytest.mark.parametrize("model", [*LEVELS[:-1], DynamicTheta(), Theta()], ids=lambda model: model.name)
@given(y=anything, shift=st.integers(-1000, 1000))
def test_forecasts_shift_with_the_series(model: Model, y: Floats, shift: float) -> None:
    """Without a season, another zero of the scale shifts the forecasts alike."""
    forecasts = model.predict(side_by_side(y.round(), y.round() + shift), 5)
    assert forecasts[:, 1] - shift == pytest.approx(forecasts[:, 0], rel=1e-6, abs=1e-4 * (1 + np.abs(y).max()))


@every
def test_no_value_no_forecast(model: Model) -> None:
    """A series without any value gets NaN, and the others their forecasts."""
    panel = side_by_side(np.array([np.nan, np.nan]), np.array([1.0, 1.0]))
    forecasts = model.predict(panel, 3)
    assert np.isnan(forecasts[:, 0]).all()
    assert np.isfinite(forecasts[:, 1]).all()


@every
def test_models_are_pickled(model: Model) -> None:
    """A model is sent to other processes as it is."""
    assert pickle.loads(pickle.dumps(model)) == model
