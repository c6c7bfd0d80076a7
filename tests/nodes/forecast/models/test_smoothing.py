from __future__ import annotations

import numpy as np
import pytest
from panels import side_by_side, wave
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from kedro_faucet.nodes.forecast.models.search import Block
from kedro_faucet.nodes.forecast.models.smoothing import DAMPED, DampedTrend, Holt, SimpleSmoothing, extrapolate, fit


def test_a_fixed_smoothing_follows_the_formula() -> None:
    """Level and trend move from error to error as Gardner writes it, computed by hand beside a longer series."""
    y, alpha, share, phi = np.array([3.0, 5, 4, 8]), 0.4, 0.3, 0.9
    level, trend = 3.0, 5 / 3
    for value in y[1:]:
        error = value - (level + phi * trend)
        level, trend = level + phi * trend + alpha * error, phi * trend + alpha * share * error
    block = Block.of(side_by_side(np.arange(9.0), y).values)
    ahead = extrapolate(block, np.full((3, 1, 2), [[[alpha]], [[share]], [[phi]]]), 2)[:, 1] * block.scale[1]
    assert ahead.tolist() == pytest.approx([level + phi * trend, level + phi * trend + phi**2 * trend])


def test_simple_smoothing_agrees_with_statsmodels() -> None:
    """With the same start, the optimised level is statsmodels' to a percent of the series' spread."""
    y = np.cumsum(np.random.default_rng(3).normal(0, 1, 80)) + np.random.default_rng(4).normal(0, 2, 80)
    theirs = SimpleExpSmoothing(y, initialization_method="known", initial_level=y[0]).fit().forecast(1)
    assert SimpleSmoothing().predict(side_by_side(y), 1)[0] == pytest.approx(theirs, abs=0.01 * np.ptp(y))


def test_a_trend_goes_on_a_damped_one_fades() -> None:
    """Holt continues a line for ever, the damped trend ever more slowly, simple smoothing not at all."""
    panel = side_by_side(np.arange(20.0))
    holt, damped, simple = (model.predict(panel, 30)[:, 0] for model in (Holt(), DampedTrend(), SimpleSmoothing()))
    assert holt == pytest.approx(np.arange(20.0, 50))
    steps = np.diff(damped)
    assert (np.diff(steps) < 0).all()
    assert steps[0] > 0.8
    assert np.ptp(simple) == 0


def test_parameters_stay_within_their_bounds() -> None:
    """Whatever the series, no parameter leaves its bounds."""
    block = Block.of(side_by_side(*(wave(40, 7, noise=noise) for noise in (0, 1, 5, 20))).values)
    best = fit(block, DAMPED)[:, 0]
    for axis, values in zip(DAMPED, best, strict=True):
        assert axis.lower <= values.min()
        assert values.max() <= axis.upper
