"""The theta method: simple exponential smoothing, and a part of the line through the values so far.

J. A. Fiorucci, T. R. Pellegrini, F. Louzada, F. Petropoulos, A. B. Koehler: Models for optimising the theta method and
their relationship to state space models, International Journal of Forecasting 32 (2016). One step ahead, with the line
``intercept + slope * t`` through the values so far, measured from the first value,

    forecast = level + weight * (fade * intercept + (1 - fade * (1 - alpha)) / alpha * slope)

where ``fade = (1 - alpha) ** t`` and ``weight = 1 - 1 / theta``. The forecast is linear in the weight: so its best
value is found in closed form for each alpha, and alpha alone is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.arrays import total
from kedro_faucet.nodes.forecast.models.search import Axis, Block, Ints, State, grid, search
from kedro_faucet.nodes.forecast.models.season import Adjusted, SeasonalModel
from kedro_faucet.nodes.forecast.panel import Floats

ALPHA = Axis((0.1, 0.27, 0.44, 0.61, 0.78, 0.95), 0.1, 0.99)
ROUNDS = 2
ROUNDING = 1e-12  # a loss below this part of the squared values is none: the line fits, whatever alpha


@dataclass(frozen=True)
class DynamicTheta(SeasonalModel):
    """The dynamic optimised theta model, on the seasonally adjusted series.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> panel = Panel(np.array(["a"]), np.arange(8.0)[:, None], np.array([9]), Frequency("MS"))
    >>> DynamicTheta().predict(panel, 2).round(2).tolist()
    [[8.0], [9.0]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        return _forecast(adjusted.block, horizon, lower=0.0, upper=1.0)


@dataclass(frozen=True)
class Theta(SeasonalModel):
    """The theta model with theta 2, its smoothing optimised, on the seasonally adjusted series.

    V. Assimakopoulos, K. Nikolopoulos: The theta model: a decomposition approach to forecasting (2000).

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> panel = Panel(np.array(["a"]), np.arange(8.0)[:, None], np.array([9]), Frequency("MS"))
    >>> Theta().predict(panel, 2).round(2).tolist()
    [[7.49], [7.98]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        return _forecast(adjusted.block, horizon, lower=0.5, upper=0.5)


def _forecast(block: Block, horizon: int, lower: float, upper: float) -> Floats:
    """Return the forecasts with the best alpha, and the best weight between two bounds."""
    history = _History.of(block)
    none = ROUNDING * total(history.values**2)

    def loss(parameters: Floats) -> Floats:
        loss: Floats = np.maximum(_weigh(_smooth(history, parameters[0]), lower, upper)[1], none)
        return loss

    alpha = search(loss, [ALPHA], grid([ALPHA]), ROUNDS)
    state = _smooth(history, alpha)
    weight, _ = _weigh(state, lower, upper)
    return _extrapolate(history, state, weight, horizon) + block.first


@dataclass(frozen=True)
class _History:
    """Series as they differ from their first values, with the line through the values so far: shape (time, series)."""

    block: Block
    values: Floats
    counts: Floats
    totals: Floats
    moments: Floats
    intercepts: Floats
    slopes: Floats

    @classmethod
    def of(cls, block: Block) -> _History:
        """Return the history of a block."""
        values = (block.values - block.first) * block.known
        counts = (np.arange(1, len(values) + 1)[:, None] - block.begins) * block.known
        totals, moments = np.cumsum(values, axis=0), np.cumsum(values * counts, axis=0)
        return cls(block, values, counts, totals, moments, *_line(counts, totals, moments))


def _line(count: Floats, summed: Floats, moment: Floats) -> tuple[Floats, Floats]:
    """Return intercept and slope of the line through values at times 1 to count, from the sums of y and of t * y."""
    count = np.maximum(count, 1)
    slope = 6 * (2 * moment - (count + 1) * summed) / np.maximum(count * (count * count - 1), 1)
    return summed / count - slope * (count + 1) / 2, slope


@dataclass
class _State(State):
    """The smoothed series, and sums over time that tell the loss for any weight of the line."""

    alpha: Floats
    keep: Floats
    ratio: Floats
    level: Floats
    fade: Floats
    error: Floats
    line: Floats
    scratch: Floats
    errors: Floats
    products: Floats
    lines: Floats

    def draw(self, intercept: Floats, slope: Floats) -> None:
        """Set the part of the line, of weight one, in the next forecast."""
        np.multiply(self.ratio, slope, out=self.line)
        np.subtract(intercept, self.line, out=self.scratch)
        self.scratch *= self.fade
        self.line += self.scratch
        self.line += slope

    def count(self) -> None:
        """Add to the sums."""
        for sums, one, other in (
            (self.errors, self.error, self.error),
            (self.products, self.error, self.line),
            (self.lines, self.line, self.line),
        ):
            sums += np.multiply(one, other, out=self.scratch)

    def update(self) -> None:
        """Move the level towards the last value."""
        self.level += np.multiply(self.alpha, self.error, out=self.scratch)
        self.fade *= self.keep


def _smooth(history: _History, alpha: Floats) -> _State:
    """Smooth each series with each alpha, shape (grid, series or 1)."""
    size = (len(alpha), history.values.shape[1])
    alpha = np.broadcast_to(alpha, size).copy()
    state = _State(alpha, 1 - alpha, (1 - alpha) / alpha, np.zeros(size), np.ones(size), *np.zeros((6, *size)))
    for rows, live, counts in history.block.spans(_skipped(history.block.lengths)):
        begun, counted = state.head(live), state.head(counts)
        for row in rows:
            np.subtract(history.values[row, :live], begun.level, out=begun.error)
            if counts:
                counted.draw(history.intercepts[row - 1, :counts], history.slopes[row - 1, :counts])
                counted.count()
            begun.update()
    return state


def _skipped(lengths: Ints) -> Ints:
    """Return how many first values do not count in the loss: the line through fewer than three is none."""
    return np.clip(lengths - 4, 1, 3)


def _weigh(state: _State, lower: float, upper: float) -> tuple[Floats, Floats]:
    """Return the best weight of the line between two bounds, and its loss: a parabola in the weight."""
    weight = np.divide(state.products, state.lines, out=np.zeros_like(state.lines), where=state.lines > 0)
    np.clip(weight, lower, upper, out=weight)
    return weight, state.errors - weight * (2 * state.products - weight * state.lines)


def _extrapolate(history: _History, state: _State, weight: Floats, horizon: int) -> Floats:
    """Return forecasts: each one is taken as if it had come, in the level and in the line."""
    count, summed, moment = history.counts[-1], history.totals[-1].copy(), history.moments[-1].copy()
    forecasts = np.empty((horizon, len(count)))
    for step in range(horizon):
        state.draw(*_line(count, summed, moment))
        np.multiply(state.line, weight, out=state.error)
        forecasts[step] = state.level[0] + state.error[0]
        state.update()
        count = count + 1
        summed += forecasts[step]
        moment += count * forecasts[step]
    return forecasts
