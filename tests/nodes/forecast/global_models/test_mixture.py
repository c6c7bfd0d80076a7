"""Mixtures: weighted means of what their members forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import side_by_side, wave

from kedro_faucet.nodes.forecast.global_models import mixture
from kedro_faucet.nodes.forecast.global_models.mixture import Accurate, Combination, Mixture, families, views, weighted
from kedro_faucet.nodes.forecast.global_models.weights import learn_weights
from kedro_faucet.nodes.forecast.models.base import PerSeries
from kedro_faucet.nodes.forecast.models.naive import Drift, Naive, SeasonalNaive
from kedro_faucet.nodes.forecast.models.statistical import Statistical
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import trials

PANEL = side_by_side(*(wave(40 + n % 9, 12, seed=n) for n in range(30)), seasons=(12,))


def nothing(y: Any, season_length: int, horizon: int) -> Floats:
    """A model that forecasts short series alone."""
    return np.full(horizon, y[-1] if len(y) < 45 else np.nan)


numbers = st.floats(-1e6, 1e6) | st.just(np.nan)


@given(st.lists(st.tuples(numbers, st.floats(0.01, 10)), min_size=1, max_size=5))
def test_a_mean_is_of_what_is_known(members: list[tuple[float, float]]) -> None:
    """Each value is the weighted mean of the members that have one, and lies between them; of none there is none."""
    forecasts = np.array([[[value]] for value, _ in members])
    [[made]] = weighted(forecasts, np.array([weight for _, weight in members]))
    known = [(value, weight) for value, weight in members if np.isfinite(value)]
    if not known:
        assert np.isnan(made)
        return
    values, weights = np.array(known).T
    assert made == pytest.approx(np.average(values, weights=weights), rel=1e-9, abs=1e-6)


def test_a_member_that_cannot_is_left_out() -> None:
    """A series that one member cannot forecast has the mean of the others; weights need no certain sum."""
    made = Mixture([Naive(), PerSeries("Nothing", nothing)], weights=[3, 1]).predict(PANEL, 4)
    assert made == pytest.approx(Naive().predict(PANEL, 4))
    drifting = Mixture([Naive(), Drift()], weights=[30, 10]).predict(PANEL, 4)
    assert drifting == pytest.approx(0.75 * Naive().predict(PANEL, 4) + 0.25 * Drift().predict(PANEL, 4))


def test_members_are_fitted() -> None:
    """A fitted mixture forecasts with fitted members: half statistics and half trees is the default."""
    fitted = Combination().fit(PANEL, 4)
    assert isinstance(fitted, Combination)
    assert isinstance(fitted.members[0], Statistical)
    parts = [member.predict(PANEL, 4) for member in fitted.members]
    assert np.isfinite(parts).all()
    assert fitted.predict(PANEL, 4) == pytest.approx((parts[0] + parts[1]) / 2)
    assert fitted.description == "0.50 Statistical + 0.50 Regression"


@pytest.mark.parametrize("season", [1, 4, 7, 12, 24, 52, 365])
def test_fixed_weights_are_parts_of_one(season: int) -> None:
    """For every season the members have names of their own, and weights that make up one; windows hold two seasons."""
    members, weights = families(season)
    assert len({member.name for member in members}) == len(members) == len(weights)
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()
    adjusted, raw = views(season)
    assert all(length <= mixture.LONGEST for length in (*adjusted, *raw))
    assert all(length > season for length in raw)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that take no time."""
    monkeypatch.setattr(mixture, "families", lambda season: ([Naive(), Drift(), SeasonalNaive()], np.full(3, 1 / 3)))


@pytest.mark.usefixtures("quick")
def test_weights_are_learned_from_the_last_periods() -> None:
    """The member that forecast the last periods best weighs more, yet every one keeps its fixed half."""
    fitted = Accurate().fit(PANEL, 6)
    assert isinstance(fitted, Accurate)
    weights = np.array(fitted.weights)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 1 / 6 - 1e-9).all()
    assert weights.argmax() == 2
    assert fitted.predict(PANEL, 6) == pytest.approx(
        np.tensordot(weights, np.stack([member.predict(PANEL, 6) for member in fitted.members]), 1)
    )


@pytest.mark.usefixtures("quick")
def test_of_few_series_no_weights_are_learned() -> None:
    """Where there are few series, or none was long enough to be tried, the weights are the fixed ones."""
    for panel in (PANEL.take(np.arange(5)), side_by_side(np.arange(9.0), seasons=(12,))):
        assert Accurate().fit(panel, 6).weights == pytest.approx([1 / 3] * 3)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("quick")
def test_what_is_tried_is_what_would_have_been_forecast() -> None:
    """A rehearsal gives the forecasts that members fitted on each past make with the weights of the first trial."""
    tried = trials(PANEL, 4, [4, 6], 27)
    fitted, made = Accurate().rehearse(PANEL, tried, 4)
    weights = np.array(fitted.weights)  # type: ignore[attr-defined]
    for trial, found in zip(tried, made, strict=True):
        parts = [member.predict(trial.past, 4) for member in (Naive(), Drift(), SeasonalNaive())]
        assert found == pytest.approx(np.tensordot(weights, np.stack(parts), 1))


@given(st.integers(0, 99), st.integers(2, 6), st.integers(1, 5))
def test_learned_weights_are_parts_of_one(seed: int, members: int, horizon: int) -> None:
    """Weights are none negative and of sum 1, the same for series in other units, and no worse than the best member."""
    draw = np.random.default_rng(seed)
    actual = draw.uniform(50, 150, (horizon, 40))
    forecasts = actual * (1 + draw.normal(0, draw.uniform(0.02, 0.4, (members, 1, 1)), (members, horizon, 40)))
    weights = learn_weights(forecasts, actual, np.full(members, 1 / members))
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    units = 2.0 ** draw.integers(-20, 20, 40)
    again = learn_weights(forecasts * units, actual * units, np.full(members, 1 / members))
    assert again == pytest.approx(weights, abs=1e-9)
    errors = [np.abs(each / actual - 1).mean() for each in forecasts]
    assert np.abs(np.tensordot(weights, forecasts, 1) / actual - 1).mean() < 1.1 * min(errors)


def two_seasons() -> Panel:
    """Series with zeros, of both signs, short and long, in units far apart."""
    draw = np.random.default_rng(0)
    series = [10.0 ** draw.uniform(-6, 6) * wave(30 + 3 * n, 4, seed=n) for n in range(30)]
    counts = [draw.poisson(0.5, 40).astype(float) for _ in range(10)]
    return side_by_side(*series, *counts, *(draw.normal(0, 3, 40) for _ in range(10)), np.zeros(30), seasons=(4,))


@pytest.mark.slow
def test_accurate_forecasts_are_the_same_in_any_company() -> None:
    """With all its networks and trees a forecast is sane, and the same to the last bit alone, shuffled and padded."""
    panel = two_seasons()
    fitted = Accurate().fit(panel, 4)
    together = fitted.predict(panel, 4)
    low, high = np.fmin.reduce(panel.values), np.fmax.reduce(panel.values)
    assert (together <= high + 2 * (high - low)).all()
    assert (together >= low - 2 * (high - low)).all()
    order = np.random.default_rng(0).permutation(len(panel.ids))
    assert fitted.predict(panel.take(order), 4).tobytes() == together[:, order].tobytes()
    columns = [panel.values[np.isfinite(panel.values[:, n]), n] for n in range(len(panel.ids))]
    assert fitted.predict(side_by_side(*columns, seasons=(4,), before=7), 4).tobytes() == together.tobytes()
    for number in range(0, len(columns), 5):
        alone = fitted.predict(side_by_side(columns[number], seasons=(4,)), 4)
        assert alone[:, 0].tobytes() == together[:, number].tobytes()
    again = Accurate().fit(panel, 4).predict(panel, 4)
    assert again.tobytes() == together.tobytes()
