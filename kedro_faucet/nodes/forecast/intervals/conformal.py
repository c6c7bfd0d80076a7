"""Intervals from the errors that a model made: conformal over the panel, for any model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from statistics import NormalDist

import numpy as np

from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import ConfigError, DataError, FaucetError
from kedro_faucet.nodes.forecast.intervals.demand import Demand, without_demand
from kedro_faucet.nodes.forecast.intervals.spread import Spread
from kedro_faucet.nodes.forecast.models.base import Model, fitted, told
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial, recent_trial, trials

ENOUGH = 200
"""How many errors are enough to tell a step's interval: where there are fewer, those of the steps around it help."""
MOST = 6
"""From how many earlier times a panel of few series is tried."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model, and how wide its intervals are.

    Args:
        model: the fitted model.
        widths: for each level the half width of each step's interval, by a series' spread, shape (horizon,).
        spread: what tells it.
        first: what tells that of the first step; None for the same.
        demand: how high they reach for intermittent series, if the model forecasts demand.
    """

    model: Model
    widths: dict[float, Floats]
    spread: Spread
    first: Spread | None = None
    demand: Demand | None = None

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return columns_of(self.model, list(self.widths))

    def predict(self, panel: Panel, horizon: int) -> dict[str, Floats]:
        """Return the columns of a forecast, each of shape (horizon, series): no less than 0 where history is not."""
        floor = np.where(np.fmin.reduce(panel.values, axis=0) >= 0, 0.0, -np.inf)
        made = [self._point(panel, horizon)]
        spreads = self._spreads(panel, horizon)
        for level, width in self.widths.items():
            half = width[:horizon, None] * spreads
            made += self._bounds(panel, level, made[0], np.maximum(half, half[:1]))
        return {name: np.maximum(column, floor) for name, column in zip(self.columns, made, strict=True)}

    def _spreads(self, panel: Panel, horizon: int) -> Floats:
        """Return the spread of each step and series."""
        spreads = np.tile(self.spread.of(panel), (horizon, 1))
        if self.first is not None:
            spreads[0] = self.first.of(panel)
        return spreads

    def _bounds(self, panel: Panel, level: float, point: Floats, half: Floats) -> tuple[Floats, Floats]:
        bounds = point - half, point + half
        return self.demand.bounds(panel, level, point, bounds) if self.demand else bounds

    def _point(self, panel: Panel, horizon: int) -> Floats:
        with _working(self.model):
            point = self.model.predict(panel, horizon)
        if np.shape(point) != (size := (horizon, len(panel.ids))):
            raise ConfigError(
                f"The model {self.model.name} returns forecasts of shape {np.shape(point)}, not {size}: a row for each "
                "step, a column for each series."
            )
        return point


def columns_of(model: Model, levels: Sequence[float]) -> list[str]:
    """Return the names of a model's columns.

    >>> from kedro_faucet.nodes.forecast.models.naive import Naive
    >>> columns_of(Naive(), [80, 97.5])
    ['Naive', 'Naive-lo-80', 'Naive-hi-80', 'Naive-lo-97.5', 'Naive-hi-97.5']
    """
    return [model.name, *(f"{model.name}-{side}-{level:g}" for level in levels for side in ("lo", "hi"))]


@contextmanager
def _working(model: Model) -> Iterator[None]:
    """Say which model it is that fails."""
    try:
        yield
    except FaucetError:
        raise
    except Exception as error:  # whatever it is, it is the model's
        raise DataError(f"The model {model.name} fails: {told(error)}") from error


def fit(model: Model, panel: Panel, horizon: int, levels: Sequence[float]) -> Fitted:
    """Fit a model, and learn from trials of it how wide its intervals must be.

    Split conformal prediction, a panel's errors pooled by step, each by the spread of its series. J. Lei et al.:
    Distribution-Free Predictive Inference for Regression (2018).

    Raises:
        DataError: if every series is too short to try the model on its last periods, or the model fails.
    """
    if not levels:
        with _working(model):
            return Fitted(fitted(model, panel, horizon), {}, Spread.plain())
    tried = _trials(panel, horizon)
    with _working(model):
        known, forecasts = model.rehearse(panel, tried, horizon)
        while not (able := any(np.isfinite(forecast).any() for forecast in forecasts[1:])) and len(tried) > 2:
            tried = tried[:-1]  # it was fitted on the earliest: too little for it
            known, forecasts = model.rehearse(panel, tried, horizon)
    if not able:
        raise DataError(
            f"The model {model.name} gives no forecast of what came last, which its intervals are made of: its "
            f"forecasts are NaN, or the {panel.lengths.max()} values of the longest series are too few for it. Give "
            "levels=() or another model."
        )
    first = 0 if np.isfinite(forecasts[0][:1]).any() else 1
    tried = [replace(tried[first], actual=tried[first].actual[:1]), *tried[1:]]
    return _fitted(known, tried, [forecasts[first][:1], *forecasts[1:]], levels)


def _fitted(model: Model, tried: Sequence[Trial], forecasts: Sequence[Floats], levels: Sequence[float]) -> Fitted:
    """Return a model with the intervals that its forecasts in trials, the first of them of one step, ask for."""
    first, spread = Spread.learn(tried[:1], forecasts[:1]), Spread.learn(tried[1:], forecasts[1:])
    spreads = [first, *[spread] * (len(tried) - 1)]
    triples = zip(tried, forecasts, spreads, strict=True)
    errors = [(trial.actual - forecast) / own.of(trial.past) for trial, forecast, own in triples]
    if not model.is_demand:
        return Fitted(model, widths_by_step(errors, levels), spread, first)
    demand = Demand.learn(tried, levels, widths)
    return Fitted(model, widths_by_step(without_demand(errors, tried), levels), spread, first, demand)


def widths_by_step(errors: Sequence[Floats], levels: Sequence[float]) -> dict[float, Floats]:
    """Return the half width of each step's interval, that of the first step from its own errors alone.

    So it is the same however many steps follow.

    Args:
        errors: those of trials; the first array has one row, for the first step.
        levels: in per cent.
    """
    first, later = widths(errors[0], levels), widths(np.concatenate(errors[1:], axis=1), levels)
    return {level: np.append(first[level], later[level][1:]) for level in levels}


def widths(errors: Floats, levels: Sequence[float]) -> dict[float, Floats]:
    """Return the half width of each step's interval for each level; a later step's is never the narrower.

    Steps whose errors were larger than those of later ones are averaged with them (isotonic regression).

    >>> errors = np.arange(1.0, 100).reshape(1, -1)
    >>> widths(errors, [80])[80].tolist()
    [80.0]

    Args:
        errors: shape (horizon, errors), by the spread of their series; NaN where there is none.
        levels: in per cent.
    """
    rows = [np.sort(around[np.isfinite(around)]) for around in _pooled(np.abs(errors))]
    rising = require("scipy.optimize", "forecast").isotonic_regression
    return {level: rising([_quantile(row, level) for row in rows]).x for level in levels}


def _pooled(errors: Floats) -> list[Floats]:
    """Return each step's errors, with those of as many steps around it as are needed."""
    steps, count = errors.shape
    aside = min(steps, ceil(ENOUGH / max(count, 1))) // 2
    return [errors[max(0, step - aside) : step + aside + 1] for step in range(steps)]


def _quantile(ordered: Floats, level: float) -> float:
    """Return what a new error exceeds in no more cases than the level allows; by the normal law where few are known."""
    rank = ceil((len(ordered) + 1) * level / 100)
    if rank <= len(ordered):
        return float(ordered[rank - 1])
    largest = ordered[-1] if len(ordered) else np.nan
    normal = NormalDist().inv_cdf(0.5 + level / 200) * np.sqrt(np.mean(ordered**2))
    return float(max(largest, normal))


def _trials(panel: Panel, horizon: int) -> list[Trial]:
    """Return a trial of the first step, and the latest trials of all steps that give enough errors."""
    most = min(MOST, ceil(ENOUGH / len(panel.ids)))
    recent = max(1, min(max(panel.season_length, 4), 12, int(np.median(panel.lengths)) // 4))
    nearest = max(horizon, recent)
    cuts = [nearest + number * max(1, horizon // 2) for number in range(most)]
    for least in (max(8, panel.season_length + 3), 2):
        if made := trials(panel, horizon, cuts, least):
            return [recent_trial(panel, recent, ENOUGH, least), *made]
    longest = int(panel.lengths.max())
    raise DataError(
        f"Intervals need a series of at least {horizon + 2} values, to see how wrong a forecast of {horizon} periods "
        f"is; the longest, '{panel.ids[panel.lengths.argmax()]}', has {longest}. Give levels=() or a shorter horizon."
    )
