"""Holt and Winters' exponential smoothing of level, damped trend and season.

P. R. Winters: Forecasting sales by exponentially weighted moving averages, Management Science 6 (1960); damped as in
J. W. Taylor: Exponential smoothing with a damped multiplicative trend, International Journal of Forecasting 19 (2003).
The series come seasonally adjusted, so the season starts with ones (factors) or zeros (terms) and says how the season
has changed since; where it does not change, the model is the damped trend's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.models.search import Axis, Block, State, search
from kedro_faucet.nodes.forecast.models.season import Adjusted, SeasonalModel
from kedro_faucet.nodes.forecast.models.smoothing import DAMPED, extrapolate, fit, start
from kedro_faucet.nodes.forecast.panel import Floats

SEASON = Axis((0.0, 0.1, 0.3), 0.0, 0.9)
AXES = (*DAMPED, SEASON)
ROUNDS = 2
LEAST = 0.02  # no level or factor below this, in parts of the series' largest value, is divided by


@dataclass(frozen=True)
class HoltWinters(SeasonalModel):
    """Smoothing of level, damped trend and season; of level and damped trend where a series is short or has no season.

    >>> import numpy as np
    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> values = np.array([[10.0], [30.0]] * 10)
    >>> HoltWinters().predict(Panel(np.array(["a"]), values, np.array([9]), Frequency("MS"), (2,)), 3).round(2).tolist()
    [[10.0], [30.0], [10.0]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        block, season = adjusted.block, adjusted.season
        damped = fit(block, DAMPED)
        forecasts = np.empty((horizon, len(block.lengths)))
        factors, terms = (
            mask & (block.lengths >= 3 * season + 2) for mask in (adjusted.multiplicative, adjusted.additive)
        )
        neither = ~(factors | terms)
        if neither.any():
            forecasts[:, neither] = extrapolate(block.take(neither), damped[:, :, neither], horizon)
        for kind, series in ((_Factors, factors), (_Terms, terms)):
            if series.any():
                part = block.take(series), damped[:, :, series]
                forecasts[:, series] = _forecast(kind, *part, season, horizon)
        return forecasts


def _forecast(kind: type[_State], block: Block, damped: Floats, season: int, horizon: int) -> Floats:
    """Return the forecasts with the best parameters, looked for from the damped trend's."""
    size = (1, len(SEASON.points), len(block.lengths))
    changes = np.array(SEASON.points)[:, None]
    points = np.concatenate([np.broadcast_to(damped, (3, *size[1:])), np.broadcast_to(changes, size)])
    best = search(lambda parameters: _smooth(kind, block, season, parameters).loss, AXES, points, ROUNDS)
    state = _smooth(kind, block, season, best[:, None])
    forecasts = np.empty((horizon, size[2]))
    for step in range(horizon):
        state.move()
        forecasts[step] = state.forecast(state.season[(len(block.values) + step) % season])[0]
    return forecasts


@dataclass
class _State(State):
    """Level, trend and season; the sum of squared errors so far. How the season acts, its kinds say."""

    season: Floats
    alpha: Floats
    beta: Floats
    gamma: Floats
    phi: Floats
    trend: Floats
    level: Floats
    loss: Floats
    error: Floats
    scratch: Floats

    def move(self) -> None:
        """Let the trend move the level."""
        self.trend *= self.phi
        self.level += self.trend

    def forecast(self, season: Floats) -> Floats:
        """Return the level with the season."""
        raise NotImplementedError

    def correct(self, values: Floats, season: Floats) -> None:
        """Correct level, trend and season by the error."""
        np.subtract(values, self.forecast(season), out=self.error)
        self.loss += np.multiply(self.error, self.error, out=self.scratch)
        self._share(season)

    def _shift(self, error: Floats) -> None:
        """Correct level and trend."""
        self.trend += np.multiply(self.beta, error, out=self.scratch)
        self.level += np.multiply(self.alpha, error, out=self.scratch)

    def _share(self, season: Floats) -> None:
        """Share out the error."""
        raise NotImplementedError


class _Factors(_State):
    """The season as factors."""

    def forecast(self, season: Floats) -> Floats:
        """Return the level times the season."""
        return np.multiply(self.level, season, out=self.scratch)

    def _share(self, season: Floats) -> None:
        """Correct the season in parts of the level, the level in parts of the season."""
        by_season = self.error / np.maximum(season, LEAST)
        np.maximum(np.abs(self.level, out=self.scratch), LEAST, out=self.scratch)
        self.error /= self.scratch
        season += np.multiply(self.gamma, self.error, out=self.scratch)
        self._shift(by_season)


class _Terms(_State):
    """The season as terms."""

    def forecast(self, season: Floats) -> Floats:
        """Return the level plus the season."""
        return np.add(self.level, season, out=self.scratch)

    def _share(self, season: Floats) -> None:
        """Correct all by the same error."""
        season += np.multiply(self.gamma, self.error, out=self.scratch)
        self._shift(self.error)


def _smooth(kind: type[_State], block: Block, season: int, parameters: Floats) -> _State:
    """Smooth each series with each alpha, share, phi and change of season, shape (4, grid, series)."""
    alpha, share, phi, change = parameters
    size = alpha.shape
    neutral = np.full((season, *size), 1.0 if kind is _Factors else 0.0)
    trend, level = (np.broadcast_to(value, size).copy() for value in (start(block), block.first))
    state = kind(neutral, alpha, alpha * share, (1 - alpha) * change, phi, trend, level, *np.zeros((3, *size)))
    for rows, _, live in block.spans(skip=1):
        begun = state.head(live)
        for row in rows:
            begun.move()
            begun.correct(block.values[row, :live], begun.season[row % season])
    return state
