"""Mixtures: weighted means of models, which are more often right than any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kedro_faucet.nodes.forecast.global_models.direct import Linear, Network
from kedro_faucet.nodes.forecast.global_models.regression import Regression
from kedro_faucet.nodes.forecast.global_models.weights import learn_weights
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.holt_winters import HoltWinters
from kedro_faucet.nodes.forecast.models.statistical import Statistical
from kedro_faucet.nodes.forecast.models.theta import DynamicTheta, Theta
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial, trials


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


LONGEST = 61
"""Windows have at most so many values."""
LEARNED = 0.5
"""What part of the weights is learned; the rest is fixed."""
FEWEST = 20
"""From how many series weights can be learned."""


@dataclass(frozen=True)
class Accurate(Mixture):
    """Statistical models, boosted trees, linear models and small networks, with weights learned from a trial.

    Half the weights is learned from a forecast of the last periods by models that knew nothing of them; the other half
    is fixed: 0.35 for the statistical models, 0.5 for the networks, 0.075 for the trees and for the linear models.
    """

    members: Sequence[Model] = ()
    column: str = "Accurate"

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Return the mixture of the fitted models, with weights from a trial of the last periods."""
        tried = trials(panel, horizon, [horizon], max(8, 2 * panel.season_length + 3))
        return self.rehearse(panel, tried, horizon)[0]

    def rehearse(self, panel: Panel, trials: Sequence[Trial], horizon: int) -> tuple[Model, list[Floats]]:
        """Return the fitted mixture, and what it forecasts in each trial; the latest of all steps tells the weights."""
        members, fixed = families(panel.season_length)
        then = [member.fit(trials[-1].past, horizon) for member in members] if trials else []
        past = [np.stack([member.predict(trial.past, horizon) for member in then]) for trial in trials]
        whole = [number for number, trial in enumerate(trials) if len(trial.actual) == horizon]
        weights = _weights(past[whole[0]], trials[whole[0]].actual, fixed) if whole else fixed
        fitted = [member.fit(panel, horizon) for member in members]
        return replace(self, members=fitted, weights=weights.tolist()), [weighted(each, weights) for each in past]


def families(season_length: int) -> tuple[list[Model], Floats]:
    """Return the members for series of a season, and their fixed weights.

    >>> members, weights = families(12)
    >>> for member, weight in zip(members, weights): print(f"{weight:.3f} {member.name}")
    0.117 DynamicTheta
    0.117 Theta
    0.117 HoltWinters
    0.075 Trees
    0.037 Linear
    0.037 Linear, with season
    0.250 Networks
    0.250 Networks, with season
    """
    adjusted, raw = views(season_length)
    trees = [
        Regression(length=adjusted[season_length == 1]),
        *(Regression(length=raw[0], adjusted=False) for _ in raw[:1]),
    ]
    members: list[Model] = [DynamicTheta(), Theta(), HoltWinters(), Mixture(trees, column="Trees")]
    members += _kinds(Linear, "Linear", adjusted, raw) + _kinds(Network, "Networks", adjusted, raw)
    half = 1 + bool(raw)
    fixed = [0.35 / 3] * 3 + [0.075] + [0.075 / half] * half + [0.5 / half] * half
    return members, np.array(fixed)


def views(season_length: int) -> tuple[list[int], list[int]]:
    """Return the lengths of the windows of series without their season, and of those with it.

    >>> views(1), views(4), views(12), views(52)
    (([5, 6, 8], []), ([8, 12, 16], [9, 13]), ([13, 25, 37], [25, 37]), ([53], []))
    """
    if season_length == 1:
        return [5, 6, 8], []
    more = season_length > 6
    adjusted = [count * season_length + more for count in ((1, 2, 3) if more else (2, 3, 4))]
    raw = [count * season_length + 1 for count in (2, 3)]
    return [length for length in adjusted if length <= LONGEST] or [26], [length for length in raw if length <= LONGEST]


def _kinds(kind: Callable[..., Model], column: str, adjusted: Sequence[int], raw: Sequence[int]) -> list[Model]:
    """Return the mean of the models on windows without season, and that of those on windows with it."""
    members: list[Model] = [Mixture([kind(length) for length in adjusted], column=column)]
    if raw:
        members.append(Mixture([kind(length, adjusted=False) for length in raw], column=f"{column}, with season"))
    return members


def _weights(forecasts: Floats, actual: Floats, fixed: Floats) -> Floats:
    """Return the members' weights; one that forecasts nothing keeps its fixed one."""
    able = np.isfinite(forecasts).all(axis=(1, 2))
    if actual.shape[1] < FEWEST or not able.any():
        return fixed
    share, weights = fixed[able].sum(), fixed.copy()
    learned = learn_weights(forecasts[able], actual, fixed[able] / share) * share
    weights[able] = LEARNED * learned + (1 - LEARNED) * fixed[able]
    return weights
