"""Mixtures: weighted means of models, which are more often right than any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kedro_faucet.nodes.forecast.learned.regression import Regression
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.statistical import Statistical
from kedro_faucet.nodes.forecast.panel import Floats, Panel


@dataclass(frozen=True)
class Mixture(Model):
    """The weighted mean of models; a series that one of them cannot forecast is left to the others.

    J. Bates, C. Granger: The Combination of Forecasts (1969).

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.models.naive import Drift, Naive
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [3]]), np.array([9]), Frequency("MS"))
    >>> Mixture([Naive(), Drift()], weights=[1, 3]).predict(panel, 1).tolist()
    [[4.5]]

    Args:
        members: the models.
        weights: one a model, of any sum; default: equal ones.
        column: the name of its column.
    """

    members: Sequence[Model]
    weights: Sequence[float] | None = None
    column: str = "Mixture"

    @property
    def name(self) -> str:
        """The name of its column."""
        return self.column

    @property
    def description(self) -> str:
        """The members and what part of it they are."""
        weights = np.ones(len(self.members)) if self.weights is None else np.array(self.weights)
        parts = zip(weights / weights.sum(), self.members, strict=True)
        return " + ".join(f"{part:.2f} {member.name}" for part, member in parts)

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Return the mixture of the fitted models."""
        return replace(self, members=[member.fit(panel, horizon) for member in self.members])

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series)."""
        forecasts = np.stack([member.predict(panel, horizon) for member in self.members])
        return weighted(forecasts, np.ones(len(self.members)) if self.weights is None else np.array(self.weights))


def weighted(forecasts: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of the members' forecasts where they are not NaN, added in order.

    >>> weighted(np.array([[[1.0, 1]], [[2, np.nan]]]), np.array([1.0, 1])).tolist()
    [[1.5, 1.0]]

    Args:
        forecasts: shape (members, horizon, series).
        weights: shape (members,).
    """
    known = np.isfinite(forecasts)
    parts, shares = np.where(known, forecasts, 0.0), np.where(known, weights[:, None, None], 0.0)
    sums, share = np.zeros(forecasts.shape[1:]), np.zeros(forecasts.shape[1:])
    for part, each in zip(parts, shares, strict=True):
        sums += part * each
        share += each
    means: Floats = np.divide(sums, share, out=np.full(sums.shape, np.nan), where=share > 0)
    return means


@dataclass(frozen=True)
class Combination(Mixture):
    """Half the statistical models, half boosted trees that learn from all series: accurate and fast."""

    members: Sequence[Model] = (Statistical(), Regression())
    column: str = "Combination"
