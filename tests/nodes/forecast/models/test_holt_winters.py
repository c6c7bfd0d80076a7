from __future__ import annotations

import numpy as np
from panels import side_by_side, wave

from kedro_faucet.nodes.forecast.models.holt_winters import HoltWinters
from kedro_faucet.nodes.forecast.models.smoothing import DampedTrend
from kedro_faucet.nodes.forecast.panel import Floats


def changing(level: float, years: int = 12) -> Floats:
    """Return quarters whose pattern turns round in the course of the years."""
    share = np.linspace(1, -1, years)[:, None]
    return (level + share * np.array([6.0, 2, -2, -6])).ravel() + np.random.default_rng(0).normal(0, 0.3, years * 4)


def error(model: HoltWinters | DampedTrend, y: Floats) -> float:
    """Return the mean absolute error of the last year, forecast from the years before."""
    forecasts = model.predict(side_by_side(y[:-4], seasons=(4,)), 4)[:, 0]
    return float(np.abs(forecasts - y[-4:]).mean())


def growing() -> Floats:
    """Return quarters whose season grows with the level."""
    return np.linspace(20, 100, 48) * np.tile([0.8, 1.0, 1.3, 0.9], 12)


def test_a_season_that_changes_is_followed() -> None:
    """Where the pattern changes, as factors or as terms, the error is less than half that of a fixed season."""
    for level in (20.0, 0.0):
        y = np.r_[np.tile([6.0, 2, -2, -6], 8), changing(0)] + level
        assert error(HoltWinters(), y) < error(DampedTrend(), y) / 2


def test_factors_grow_with_the_level() -> None:
    """The swing of a positive series grows on with it."""
    y = growing()
    forecasts = HoltWinters().predict(side_by_side(y[:-4], seasons=(4,)), 4)[:, 0]
    assert np.abs(forecasts / y[-4:] - 1).max() < 0.04


def test_without_a_season_the_trend_is_damped() -> None:
    """A short series, and one that has no season, get the damped trend's forecasts, beside one that has a season."""
    short, none = wave(10, 4), np.random.default_rng(0).normal(0, 1, 40).cumsum()
    panel = side_by_side(wave(60, 4, size=9), short, none, seasons=(4,))
    ours, damped = HoltWinters().predict(panel, 6), DampedTrend().predict(panel, 6)
    assert ours[:, 1:].tolist() == damped[:, 1:].tolist()
    assert ours[:, 0].tolist() != damped[:, 0].tolist()
