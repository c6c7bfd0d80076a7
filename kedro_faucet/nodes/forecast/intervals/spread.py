"""Spread: how large the errors of a series' forecasts tend to be, learned from what its past looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.arrays import mean, seasonal_changes, seasonal_differences, total
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.threads import one_thread
from kedro_faucet.nodes.forecast.trials import Trial

SHRINKAGE = 20
"""So many errors are needed before what was learned counts for half."""
FARTHEST = 3.0
"""How many standard deviations from the usual a sign may count."""


@dataclass(frozen=True)
class Spread:
    """A series' mean absolute seasonal difference, times what other signs of unrest say.

    The weights are those of a ridge regression of the logarithms of the errors. To scale errors by a model of their
    size: J. Lei et al.: Distribution-Free Predictive Inference for Regression (2018), section 5.2.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [3], [7]]), np.array([9]), Frequency("MS"))
    >>> Spread.plain().of(panel).tolist()
    [3.0]

    Args:
        centre: the usual value of each sign, shape (signs,).
        deviation: its standard deviation.
        weights: its weight.
        usual: what part of a series' size its differences usually are: for a series of one value, which has none.
    """

    centre: Floats
    deviation: Floats
    weights: Floats
    usual: float = 0.0

    @classmethod
    def plain(cls) -> Spread:
        """Return the spread that nothing was learned about."""
        return cls(np.zeros(0), np.ones(0), np.zeros(0))

    @classmethod
    def learn(cls, trials: Sequence[Trial], forecasts: Sequence[Floats]) -> Spread:
        """Return the spread that is learned from what was forecast in trials."""
        seen = np.concatenate([signs(trial.past) for trial in trials], axis=1)
        pairs = zip(trials, forecasts, strict=True)
        errors = np.concatenate(
            [np.abs(trial.actual - made) / differences(trial.past) for trial, made in pairs], axis=1
        )
        known = np.isfinite(errors).all(axis=0) & np.isfinite(seen).all(axis=0)
        errors, seen = errors[:, known], seen[:, known]
        usual = errors.mean(axis=1, keepdims=True) if known.any() else np.zeros(1)
        if not (usual > 0).all():
            return cls.plain()
        target = np.log(np.maximum((errors / usual).mean(axis=0), 0.05))
        centre, deviation = seen.mean(axis=1), seen.std(axis=1) + 1e-9
        inputs = (seen - centre[:, None]) / deviation[:, None]
        with one_thread():
            products = inputs @ inputs.T + SHRINKAGE * np.eye(len(inputs))
            weights = np.linalg.solve(products, inputs @ (target - target.mean()))
        return cls(centre, deviation, weights, _usual(trials[0].past))

    def of(self, panel: Panel) -> Floats:
        """Return each series' spread, shape (series,)."""
        known = differences(panel)
        spread = np.where(panel.lengths > 1, known, np.fmax(known, self.usual * _level(panel)))
        if len(self.weights):
            away = (signs(panel) - self.centre[:, None]) / self.deviation[:, None]
            spread = spread * np.exp(total(np.clip(away, -FARTHEST, FARTHEST) * self.weights[:, None]))
        return spread


def differences(panel: Panel) -> Floats:
    """Return each series' mean absolute seasonal difference, or next to nothing of its size."""
    size, known = _level(panel), seasonal_differences(panel.values, panel.season_length)[0]
    return np.fmax(known, 1e-9 * np.where(size > 0, size, 1.0))


def signs(panel: Panel) -> Floats:
    """Return signs of a series' unrest, logarithms of parts of its mean absolute seasonal difference.

    Args:
        panel: the series.

    Returns:
        Shape (signs, series): of the mean absolute change from value to value, of the change of these, of how seasonal
        differences vary, each in all and of late, of the series' size and last value; and its length.
    """
    values, changes = panel.values, seasonal_changes(panel.values, panel.season_length)
    steps, late = np.diff(values, axis=0), changes[-max(6, panel.season_length) :]
    sizes = [
        steps, changes - mean(changes), np.diff(steps, axis=0), late, late - mean(late), values, values[-1:],
        steps[-len(late) :],
    ]  # fmt: skip
    whole = differences(panel)
    parts = [_size(rows, whole) / whole for rows in sizes]
    return np.log(np.stack([*parts, panel.lengths.astype(np.float64)]))


def _level(panel: Panel) -> Floats:
    return mean(np.abs(panel.values))


def _usual(panel: Panel) -> float:
    """Return the median of the series' differences as parts of their sizes."""
    size = _level(panel)
    return float(np.median(differences(panel) / np.where(size > 0, size, 1.0)))


def _size(rows: Floats, whole: Floats) -> Floats:
    """Return the mean size of what is known, next to nothing at least; the whole where nothing is."""
    size = mean(np.abs(rows)) if len(rows) else whole
    return np.where(np.isnan(size), whole, np.fmax(size, 1e-6 * whole))
