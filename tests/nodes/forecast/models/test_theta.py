from __future__ import annotations

import numpy as np
import pytest
from panels import side_by_side

from kedro_faucet.nodes.forecast.models.theta import DynamicTheta, Theta
from kedro_faucet.nodes.forecast.panel import Floats

Fitted = tuple[float, list[float]]


def by_the_paper(y: Floats, alpha: float, weight: float, horizon: int) -> Fitted:
    """Return loss and forecasts of the dynamic theta model, a step at a time and the line by least squares."""
    seen, level, loss, forecasts = [0.0], 0.0, 0.0, []
    for t in range(1, len(y) + horizon):
        slope, intercept = np.polyfit(np.arange(1, t + 1), seen, 1) if t > 1 else (0.0, 0.0)
        fade = (1 - alpha) ** t
        forecast = level + weight * (fade * intercept + (1 - fade * (1 - alpha)) / alpha * slope)
        value = y[t] - y[0] if t < len(y) else forecast
        loss += (value - forecast) ** 2 if 3 <= t < len(y) else 0
        level += alpha * (value - level)
        seen.append(value)
        if t >= len(y):
            forecasts.append(forecast + y[0])
    return loss, forecasts


def best_by_the_paper(y: Floats, weights: Floats, horizon: int) -> Fitted:
    """Return the least loss over a fine grid, and its forecasts."""
    return min(by_the_paper(y, alpha, weight, horizon) for alpha in np.linspace(0.1, 0.99, 60) for weight in weights)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("model", "weights"), [(Theta(), [0.5]), (DynamicTheta(), np.linspace(0, 1, 41))])
def test_forecasts_are_those_of_the_paper(model: Theta | DynamicTheta, weights: Floats, seed: int) -> None:
    """The forecasts are those of the model written out for one series and fitted on a fine grid."""
    draw = np.random.default_rng(seed)
    y = 50 + np.cumsum(draw.normal(0.5, 1, 25)) + draw.normal(0, 1, 25)
    forecasts = model.predict(side_by_side(np.arange(40.0), y), 5)[:, 1]
    assert forecasts == pytest.approx(best_by_the_paper(y, weights, 5)[1], abs=0.05 * np.ptp(y))


def test_a_line_goes_on_with_half_or_all_of_its_slope() -> None:
    """Theta 2 continues a line with about half its slope, the optimised theta with all of it."""
    panel = side_by_side(3 + 2 * np.arange(30.0))
    assert DynamicTheta().predict(panel, 3)[:, 0] == pytest.approx([63, 65, 67])
    assert np.diff(Theta().predict(panel, 3)[:, 0]) == pytest.approx([1, 1], abs=0.05)


def test_the_model_agrees_with_statsforecast() -> None:
    """On a noisy trend, forecasts lie within a few percent of the spread from StatsForecast's of the same model."""
    y = 100 + np.arange(60.0) + np.random.default_rng(2).normal(0, 4, 60)
    models = pytest.importorskip("statsforecast.models")
    theirs = models.DynamicOptimizedTheta(season_length=1).forecast(y=y, h=6)["mean"]
    assert DynamicTheta().predict(side_by_side(y), 6)[:, 0] == pytest.approx(theirs, abs=0.05 * np.ptp(y))
