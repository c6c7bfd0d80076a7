"""Weights of a mixture, learned from what its members forecast in a trial."""

from __future__ import annotations

import numpy as np

from kedro_faucet.nodes.forecast.panel import Floats

STEPS = 400
RATE = 20.0


def learn_weights(forecasts: Floats, actual: Floats) -> Floats:
    """Return the weights, none negative and of sum 1, whose mixture errs least: by the relative absolute error.

    By exponentiated gradient descent from equal weights, which a few bad members leave soon and many good ones hardly.
    J. Kivinen, M. Warmuth: Exponentiated Gradient versus Gradient Descent for Linear Predictors (1997).

    >>> learn_weights(np.array([[[9.0, 9]], [[5, 5]], [[4, 5]]]), np.array([[5.0, 5]])).round(1).tolist()
    [0.0, 1.0, 0.0]

    Args:
        forecasts: shape (members, horizon, series), no NaN.
        actual: what came, shape (horizon, series).
    """
    count = len(forecasts)
    size = (np.abs(actual) + np.abs(forecasts.mean(axis=0))) / 2
    relative = forecasts / np.where(size > 0, size, 1.0)
    target = actual / np.where(size > 0, size, 1.0)
    weights = np.full(count, 1 / count)
    for step in range(STEPS):
        signs = np.sign(np.tensordot(weights, relative, 1) - target)
        gradient = (signs * relative).reshape(count, -1).mean(axis=1)
        weights = weights * np.exp((gradient.mean() - gradient) * RATE / (1 + step / 50))
        weights /= weights.sum()
    return weights
