"""Models of all steps at once: linear ones and small networks, on windows of many earlier times of all series."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from kedro_faucet.nodes.forecast.arrays import mean
from kedro_faucet.nodes.forecast.global_models.perceptron import BATCH, Perceptron
from kedro_faucet.nodes.forecast.global_models.regression import in_blocks
from kedro_faucet.nodes.forecast.global_models.windows import Windows
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.threads import one_thread
from kedro_faucet.nodes.forecast.trials import trials

ROWS = 100_000
"""From how many windows a model learns at most."""
PENALTY = 5.0
Self = TypeVar("Self", bound="Direct")


@dataclass(frozen=True)
class Direct(Model):
    """What models of all steps at once have in common.

    Args:
        length: how many values a window has.
        adjusted: whether seasons are taken off before.
    """

    length: int
    adjusted: bool = True
    _fitted: Any = field(default=None, repr=False)

    def fit(self: Self, panel: Panel, horizon: int) -> Self:
        """Return the model that was learned from what came after earlier windows of the panel."""
        learned = examples(panel, horizon, self.length, self.adjusted)
        if learned is None:
            return self
        recent, targets = learned
        size = unrest(recent)
        with one_thread():
            fitted = self._learn(scaled(recent, size), (targets / size).T, size)
        return replace(self, _fitted=fitted)

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts; NaN if there was too little to learn from."""
        if self._fitted is None:
            return np.full((horizon, len(panel.ids)), np.nan)
        windows = Windows.of(panel, self.length, horizon, self.adjusted)
        size = unrest(windows.recent)
        with one_thread():
            made = in_blocks(self._made, scaled(windows.recent, size))
        return windows.forecasts(made.T[:horizon] * size)

    @abstractmethod
    def _learn(self, inputs: Floats, targets: Floats, size: Floats) -> Any:
        """Return what is learned from inputs, shape (rows, inputs), and targets, (rows, horizon)."""

    @abstractmethod
    def _made(self, inputs: Floats) -> Floats:
        """Return the forecasts of some rows, shape (rows, horizon)."""


@dataclass(frozen=True)
class Linear(Direct):
    """A linear function of the window, by ridge regression reweighted towards absolute errors.

    P. Holland, R. Welsch: Robust Regression Using Iteratively Reweighted Least-Squares (1977).
    """

    def _learn(self, inputs: Floats, targets: Floats, size: Floats) -> Floats:
        rows, outcomes = _with_one(inputs), np.clip(targets, -15, 15)
        importance = np.ones(len(rows))
        for _ in range(4):
            weighed = (rows * importance[:, None]).T
            found = _solved(weighed @ rows + PENALTY * np.eye(rows.shape[1]), weighed @ outcomes)
            importance = 1 / np.maximum(np.abs(outcomes - rows @ found).mean(axis=1), 0.3)
        return found

    def _made(self, inputs: Floats) -> Floats:
        made: Floats = np.clip(_with_one(inputs) @ self._fitted, -15, 15)
        return made


@dataclass(frozen=True)
class Network(Direct):
    """The mean of three small networks."""

    def _learn(self, inputs: Floats, targets: Floats, size: Floats) -> Any:
        centre, deviation = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
        rows, importance = _standard(inputs, centre, deviation), np.sqrt(np.minimum(size, 0.5))
        steps = int(np.clip(15 * max(1, len(rows) // BATCH), 300, 1500))
        outcomes = np.clip(targets, -10, 10)
        return (
            centre,
            deviation,
            [Perceptron.fit(rows, outcomes, importance, steps=steps, seed=seed) for seed in range(3)],
        )

    def _made(self, inputs: Floats) -> Floats:
        centre, deviation, networks = self._fitted
        rows = _standard(inputs, centre, deviation)
        first, *others = (network.predict(rows).astype(np.float64) for network in networks)
        made: Floats = sum(others, first) / len(networks)
        return made


def examples(panel: Panel, horizon: int, length: int, adjusted: bool) -> tuple[Floats, Floats] | None:
    """Return windows, shape (length, rows), and what came after them, (horizon, rows); nothing if there are few."""
    season = panel.season_length
    span = 20 if season == 1 else min(90, 10 * season)
    least = max(length, 7) if season == 1 else 2 * season + 2
    past = trials(panel, horizon, range(horizon, horizon + span), least)
    every = -(-sum(len(trial.series) for trial in past) // ROWS)
    found = []
    for number, trial in enumerate(past):
        chosen = np.arange(number % every, len(trial.series), every)
        windows = Windows.of(trial.past.take(chosen), length, horizon, adjusted)
        found.append((windows.recent, windows.targets(trial.actual[:, chosen])))
    if sum(recent.shape[1] for recent, _ in found) < 300:
        return None
    return np.concatenate([one for one, _ in found], axis=1), np.concatenate([other for _, other in found], axis=1)


def unrest(recent: Floats) -> Floats:
    """Return the mean absolute change within windows, shape (rows,), and a bit more."""
    return mean(np.abs(np.diff(recent, axis=0))) + 0.01


def scaled(recent: Floats, size: Floats) -> Floats:
    """Return the inputs of windows, a row each: the differences to the last value by the unrest, and its logarithm."""
    return np.concatenate([(recent[:-1] - recent[-1]) / size, np.log(size)[None]]).T


def _solved(products: Floats, sums: Floats) -> Floats:
    return np.asarray(np.linalg.solve(products, sums), np.float64)


def _with_one(inputs: Floats) -> Floats:
    """Return the inputs with a constant."""
    return np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1)


def _standard(inputs: Floats, centre: Floats, deviation: Floats) -> Floats:
    return np.clip((inputs - centre) / deviation, -6, 6)
