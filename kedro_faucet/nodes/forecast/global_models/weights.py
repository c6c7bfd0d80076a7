"""Weights of a mixture, learned from what its members forecast in a trial."""

from __future__ import annotations

import numpy as np

from kedro_faucet.nodes.forecast.panel import Floats
from kedro_faucet.nodes.forecast.threads import one_thread

STEPS = 600
RATE = 10.0
NEAR = 0.02
"""Relative errors smaller than this count less."""


def learn_weights(forecasts: Floats, actual: Floats, first: Floats) -> Floats:
    """Return the weights, none negative and of sum 1, whose mixture errs least: by the relative absolute error.

    By exponentiated gradient descent from the first weights, which a few bad members lose soon and many good ones
    hardly; the mean over the second half of its steps. J. Kivinen, M. Warmuth: Exponentiated Gradient versus Gradient
    Descent for Linear Predictors (1997).

    >>> forecasts = np.array([[[9.0, 9]], [[5, 5]], [[4, 5]]])
    >>> learn_weights(forecasts, np.array([[5.0, 5]]), np.full(3, 1 / 3)).round(1).tolist()
    [0.0, 1.0, 0.0]

    Args:
        forecasts: shape (members, horizon, series), no NaN.
        actual: what came, shape (horizon, series).
        first: the weights to begin with, of sum 1, shape (members,).
    """
    with one_thread():
        size = (np.abs(actual) + np.abs(np.tensordot(first, forecasts, 1))) / 2
        size = np.where(size > 0, size, 1.0)
        return _descended((forecasts / size).reshape(len(first), -1), (actual / size).ravel(), first)


def _descended(relative: Floats, target: Floats, first: Floats) -> Floats:
    """Return the mean of the weights over the second half of the descent."""
    weights, summed = first.copy(), np.zeros(len(first))
    for step in range(STEPS):
        gradient = (relative * np.clip((weights @ relative - target) / NEAR, -1, 1)).mean(axis=1)
        weights = weights * np.exp((weights @ gradient - gradient) * RATE / (1 + step / 30))
        weights = np.maximum(weights / weights.sum(), 1e-6)
        weights /= weights.sum()
        summed += weights if step >= STEPS // 2 else 0
    learned: Floats = summed / summed.sum()
    return learned
