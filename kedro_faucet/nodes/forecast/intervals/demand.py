"""Intervals of intermittent demand: from nothing to what was rarely exceeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.models.intermittent import is_intermittent
from kedro_faucet.nodes.forecast.models.search import Block
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial

Widths = Callable[[Floats, Sequence[float]], dict[float, Floats]]


@dataclass(frozen=True)
class Demand:
    """How high the intervals of intermittent series reach: to the value of some rank among their own.

    An interval of 80 % cannot leave out the zeros, which are more than a quarter, so it begins with them; it ends with
    a value that the series has had, so that counts stay whole. Which rank that is, is conformal over the panel.
    V. Chernozhukov, K. Wüthrich, Y. Zhu: Distributional conformal prediction (2021).

    Args:
        ranks: for each level and step, what share of a series' values lies below the bound, shape (horizon,); beyond 1
            it is 1 and how many times its largest value the bound is.
        usual: the size of a demand, for a series that had none.
    """

    ranks: Mapping[float, Floats]
    usual: float

    @classmethod
    def learn(cls, trials: Sequence[Trial], levels: Sequence[float], widths: Widths) -> Demand | None:
        """Return what trials tell, the first of them of one step; nothing if no series was intermittent."""
        values = trials[-1].past.values
        usual = float(np.median(values[values > 0])) if (values > 0).any() else 0.0
        ranks = [np.where(sparse(trial.past), ranks_of(trial, usual), np.nan) for trial in trials]
        if not _known(ranks):
            return None
        first, all_steps = ranks[0], np.concatenate([rank.reshape(1, -1) for rank in ranks[1:]], axis=1)
        near, far = widths(first, levels), widths(all_steps, levels)  # a forecast is the same at each step
        steps = len(trials[-1].actual) - 1
        return cls({level: np.append(near[level], np.repeat(far[level], steps)) for level in levels}, usual)

    def bounds(self, panel: Panel, level: float, point: Floats, others: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """Return bounds for each step and series: those of others where a series is not intermittent."""
        demand = sparse(panel)
        if not demand.any():
            return others
        ranks = self.ranks[level][: len(point), None]
        high = np.maximum(self._high(panel.take(demand), np.maximum(ranks, ranks[0])), point[:, demand])
        others[0][:, demand], others[1][:, demand] = 0.0, high
        return others

    def _high(self, panel: Panel, ranks: Floats) -> Floats:
        places = np.minimum(np.minimum(ranks, 1) * panel.lengths + 1e-9, panel.lengths - 1).astype(np.int64)
        high: Floats = np.take_along_axis(np.sort(panel.values, axis=0), places, axis=0)
        return np.where(ranks > 1, np.maximum(high, (ranks - 1) * largest(panel, self.usual)), high)


def sparse(panel: Panel) -> NDArray[np.bool_]:
    """Tell which series are intermittent."""
    return is_intermittent(Block.of(panel.values))


def ranks_of(trial: Trial, usual: float) -> Floats:
    """Return what share of each series' past was less than what came, shape (horizon, series).

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[0.0], [0], [0], [5]]), np.array([9]), Frequency("D"))
    >>> ranks_of(Trial(panel, np.array([[0.0], [3], [5], [10]]), np.array([0])), 1.0).tolist()
    [[0.0], [0.75], [0.75], [3.0]]
    """
    past = trial.past
    below = np.stack([(past.values < came).sum(axis=0) for came in trial.actual]) / past.lengths
    return np.where(below < 1, below, 1 + trial.actual / largest(past, usual))


def largest(panel: Panel, usual: float) -> Floats:
    """Return each series' largest value; of one that had no demand, the usual one."""
    most = np.fmax.reduce(panel.values, axis=0)
    return np.where(most > 0, most, usual or 1.0)


def without_demand(errors: Sequence[Floats], trials: Sequence[Trial]) -> Sequence[Floats]:
    """Return errors, NaN where a series was intermittent, if others are left."""
    others = [np.where(sparse(trial.past), np.nan, error) for trial, error in zip(trials, errors, strict=True)]
    return others if _known(others) else errors


def _known(errors: Sequence[Floats]) -> bool:
    """Tell whether something is known of the first step, and of all steps."""
    first, *later = errors
    return bool(np.isfinite(first).any() and np.isfinite(np.concatenate(later, axis=1)).any())
