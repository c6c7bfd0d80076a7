"""Exponential smoothing of the level, and of a trend.

E. S. Gardner: Exponential smoothing: the state of the art, part II, International Journal of Forecasting 22 (2006).
In the form that corrects by errors, one step after the other:

    forecast = level + phi * trend        level = forecast + alpha * error        trend = phi * trend + beta * error

with ``beta = alpha * share``. The level starts with the first value, the trend with the mean of the first differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.models.search import Axis, Block, State, grid, search
from kedro_faucet.nodes.forecast.models.season import Adjusted, SeasonalModel
from kedro_faucet.nodes.forecast.panel import Floats

FIRST = 5  # differences that the trend starts with
ROUNDS = 3
NONE, WHOLE = Axis((0.0,), 0.0, 0.0), Axis((1.0,), 1.0, 1.0)
LEVEL = (Axis((0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95), 0.02, 0.99), NONE, NONE)
TREND = (Axis((0.05, 0.2, 0.4, 0.6, 0.8, 0.95), 0.02, 0.99), Axis((0.05, 0.3), 0.0, 0.98), WHOLE)
DAMPED = (*TREND[:2], Axis((0.85, 0.97), 0.8, 0.98))


@dataclass(frozen=True)
class SimpleSmoothing(SeasonalModel):
    """Simple exponential smoothing of the seasonally adjusted series: of the level alone.

    >>> import numpy as np
    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> panel = Panel(np.array(["a"]), np.array([[3.0], [3.0], [3.0], [3.0]]), np.array([9]), Frequency("MS"))
    >>> SimpleSmoothing().predict(panel, 2).tolist()
    [[3.0], [3.0]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        return extrapolate(adjusted.block, fit(adjusted.block, LEVEL), horizon)


@dataclass(frozen=True)
class Holt(SeasonalModel):
    """Holt's smoothing of level and trend of the seasonally adjusted series.

    C. C. Holt: Forecasting seasonals and trends by exponentially weighted moving averages (1957).

    >>> import numpy as np
    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([9]), Frequency("MS"))
    >>> Holt().predict(panel, 2).tolist()
    [[5.0], [6.0]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        return extrapolate(adjusted.block, fit(adjusted.block, TREND), horizon)


@dataclass(frozen=True)
class DampedTrend(SeasonalModel):
    """Smoothing of level and damped trend of the seasonally adjusted series.

    E. S. Gardner, E. McKenzie: Forecasting trends in time series (1985).

    >>> import numpy as np
    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([9]), Frequency("MS"))
    >>> DampedTrend().predict(panel, 2).round(2).tolist()
    [[4.95], [5.89]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        return extrapolate(adjusted.block, fit(adjusted.block, DAMPED), horizon)


def fit(block: Block, axes: Sequence[Axis]) -> Floats:
    """Return each series' best alpha, share and phi, shape (3, 1, series)."""
    return search(lambda parameters: _smooth(block, parameters).loss, axes, grid(axes), ROUNDS)[:, None]


def extrapolate(block: Block, parameters: Floats, horizon: int) -> Floats:
    """Return the forecasts with each series' alpha, share and phi, shape (3, 1, series)."""
    state = _smooth(block, parameters)
    forecasts = np.empty((horizon, len(block.lengths)))
    for step in range(horizon):
        state.move()
        forecasts[step] = state.level[0]
    return forecasts + block.first


@dataclass
class _State(State):
    """Level and trend, from the first value; the sum of squared errors so far."""

    alpha: Floats
    beta: Floats
    phi: Floats
    trend: Floats
    level: Floats
    error: Floats
    loss: Floats
    scratch: Floats

    def move(self) -> None:
        """Let the trend move the level: it is the next forecast then."""
        self.trend *= self.phi
        self.level += self.trend

    def correct(self, values: Floats) -> None:
        """Correct level and trend by the error."""
        np.subtract(values, self.level, out=self.error)
        self.loss += np.multiply(self.error, self.error, out=self.scratch)
        self.level += np.multiply(self.alpha, self.error, out=self.scratch)
        self.trend += np.multiply(self.beta, self.error, out=self.scratch)


def _smooth(block: Block, parameters: Floats) -> _State:
    """Smooth each series with each alpha, share and phi, shape (3, grid, series or 1)."""
    size = (parameters.shape[1], len(block.lengths))
    alpha, share, phi = (np.broadcast_to(parameter, size).copy() for parameter in parameters)
    trend = np.broadcast_to(start(block), size).copy()
    state = _State(alpha, alpha * share, phi, trend, *np.zeros((4, *size)))
    for rows, _, live in block.spans(skip=1):
        begun = state.head(live)
        for row in rows:
            begun.move()
            begun.correct(block.values[row, :live] - block.first[:live])
    return state


def start(block: Block) -> Floats:
    """Return the mean of each series' first differences."""
    steps = np.minimum(block.lengths - 1, FIRST)
    return (block.at(steps) - block.first) / np.maximum(steps, 1)
