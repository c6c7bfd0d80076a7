"""Models of intermittent demand: how much is wanted, when anything is, and how often that is.

J. D. Croston: Forecasting and stock control for intermittent demands, Operational Research Quarterly 23 (1972).
A. A. Syntetos, J. E. Boylan: The accuracy of intermittent demand estimates, International Journal of Forecasting 21
(2005).
R. H. Teunter, A. A. Syntetos, M. Z. Babai: Intermittent demand: linking forecasting to inventory obsolescence, European
Journal of Operational Research 214 (2011).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.arrays import total
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.search import Axis, Block, Mask, State, by_length, grid, search
from kedro_faucet.nodes.forecast.panel import Floats, Panel

INTERVAL = 4 / 3  # periods from one demand to the next, from which on a demand is intermittent
SMOOTHING = Axis((0.02, 0.05, 0.1, 0.2, 0.3), 0.02, 0.3)


def is_intermittent(block: Block) -> Mask:
    """Tell which series are never negative, and zero in more than a quarter of their periods.

    A. A. Syntetos, J. E. Boylan, J. D. Croston: On the categorization of demand patterns (2005).

    >>> is_intermittent(Block.of(np.array([[0.0, 1], [0, 2], [3, 0], [0, 1], [0, 5]]))).tolist()
    [True, False]
    """
    demands = total((block.values != 0).astype(float))
    intermittent: Mask = (block.values.min(axis=0) >= 0) & (block.lengths > INTERVAL * demands)
    return intermittent


class IntermittentModel(Model):
    """A model of demands, the same at each step ahead."""

    @property
    def is_demand(self) -> bool:
        """Whether it forecasts how much is in demand now and then."""
        return True

    @abstractmethod
    def level(self, block: Block) -> Floats:
        """Return each series' demand a period, shape (series,)."""

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series)."""
        forecasts = np.full((horizon, len(panel.lengths)), np.nan)
        for series in by_length(panel.lengths):
            block = Block.of(panel.values[-int(panel.lengths[series[0]]) :, series])
            forecasts[:, series] = self.level(block) * block.scale
        return forecasts


@dataclass(frozen=True)
class Croston(IntermittentModel):
    """Croston's method: the smoothed demand over the smoothed interval from one demand to the next.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[0.0], [6.0], [0.0], [6.0]]), np.array([9]), Frequency("MS"))
    >>> Croston().predict(panel, 2).tolist()
    [[3.0], [3.0]]
    """

    def level(self, block: Block) -> Floats:
        """Return each series' demand a period, shape (series,)."""
        return _smoothed(block, _Intervals, (SMOOTHING,))


@dataclass(frozen=True)
class SBA(IntermittentModel):
    """Croston's method less its bias, as Syntetos and Boylan have it.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[0.0], [6.0], [0.0], [6.0]]), np.array([9]), Frequency("MS"))
    >>> SBA().predict(panel, 2).round(2).tolist()
    [[2.97], [2.97]]
    """

    def level(self, block: Block) -> Floats:
        """Return each series' demand a period, shape (series,)."""
        return _smoothed(block, _UnbiasedIntervals, (SMOOTHING,))


@dataclass(frozen=True)
class TSB(IntermittentModel):
    """Teunter, Syntetos and Babai's method: the smoothed demand times its smoothed probability, which can fade away.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[0.0], [6.0], [0.0], [0.0]]), np.array([9]), Frequency("MS"))
    >>> TSB().predict(panel, 2).round(2).tolist()
    [[1.5], [1.5]]
    """

    def level(self, block: Block) -> Floats:
        """Return each series' demand a period, shape (series,)."""
        return _smoothed(block, _Probabilities, (SMOOTHING, SMOOTHING))


def _smoothed(block: Block, kind: type[_Demands], axes: tuple[Axis, ...]) -> Floats:
    """Return each series' demand a period with the smoothing that had the least squared error."""
    demands = _History.of(block)
    best = search(lambda parameters: _smooth(demands, kind, parameters).loss, axes, grid(axes), rounds=0)
    demand: Floats = _smooth(demands, kind, best[:, None]).demand()[0]
    return demand


@dataclass(frozen=True)
class _History:
    """Values, whether there was a demand, and periods since the one before it, shape (time, series)."""

    block: Block
    hits: Floats
    gaps: Floats

    @classmethod
    def of(cls, block: Block) -> _History:
        """Return the history of a block."""
        hits = (block.values != 0).astype(float)
        rows = np.arange(len(hits))[:, None]
        last = np.maximum.accumulate(np.where(hits > 0, rows, block.begins - 1), axis=0)
        before = np.concatenate([block.begins[None] - 1, last[:-1]])
        return cls(block, hits, (rows - before).astype(float))

    def means(self) -> tuple[Floats, Floats]:
        """Return each series' mean demand, when there is one, and how often there is one."""
        count = total(self.hits)
        return total(self.block.values) / np.maximum(count, 1), count / self.block.lengths


@dataclass
class _Demands(State):
    """The size of demands, how often there is one, and the sum of squared errors so far. How often, its kinds say."""

    alpha: Floats
    beta: Floats
    size: Floats
    often: Floats
    loss: Floats
    scratch: Floats

    def demand(self) -> Floats:
        """Return the demand a period."""
        raise NotImplementedError

    def count(self, hit: Floats, gap: Floats) -> None:
        """Correct how often there is a demand."""
        raise NotImplementedError

    def correct(self, value: Floats, hit: Floats, gap: Floats) -> None:
        """Correct by a value."""
        error = np.subtract(value, self.demand(), out=self.scratch)
        self.loss += np.multiply(error, error, out=error)
        np.subtract(value, self.size, out=self.scratch)
        self.scratch *= hit
        self.scratch *= self.alpha
        self.size += self.scratch
        self.count(hit, gap)


class _Intervals(_Demands):
    """How often: the interval from one demand to the next."""

    def demand(self) -> Floats:
        """Return the size over the interval."""
        return np.divide(self.size, self.often, out=self.scratch)

    def count(self, hit: Floats, gap: Floats) -> None:
        """Correct the interval when there is a demand."""
        np.subtract(gap, self.often, out=self.scratch)
        self.scratch *= hit
        self.scratch *= self.beta
        self.often += self.scratch


class _UnbiasedIntervals(_Intervals):
    """How often: the interval from one demand to the next, corrected for the bias of dividing by it."""

    def demand(self) -> Floats:
        """Return the size over the interval, less the bias."""
        demand = super().demand()
        demand *= 1 - self.beta / 2
        return demand


class _Probabilities(_Demands):
    """How often: the probability of a demand in a period."""

    def demand(self) -> Floats:
        """Return the size times the probability."""
        return np.multiply(self.size, self.often, out=self.scratch)

    def count(self, hit: Floats, gap: Floats) -> None:
        """Correct the probability each period."""
        np.subtract(hit, self.often, out=self.scratch)
        self.scratch *= self.beta
        self.often += self.scratch


def _smooth(history: _History, kind: type[_Demands], parameters: Floats) -> _Demands:
    """Smooth each series with each alpha and, where they differ, beta: shape (1 or 2, grid, series or 1)."""
    block = history.block
    shape = (parameters.shape[1], len(block.lengths))
    size, share = history.means()
    often = share if kind is _Probabilities else 1 / np.maximum(share, 1 / block.lengths)
    arrays = (np.broadcast_to(array, shape).copy() for array in (parameters[0], parameters[-1], size, often))
    state = kind(*arrays, *np.zeros((2, *shape)))
    for rows, live, _ in block.spans():
        begun = state.head(live)
        for row in rows:
            begun.correct(block.values[row, :live], history.hits[row, :live], history.gaps[row, :live])
    return state
