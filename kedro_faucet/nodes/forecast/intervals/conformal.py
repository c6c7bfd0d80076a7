"""Intervals from the errors that a model made: conformal over the panel, for any model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

import numpy as np

from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import ConfigError, DataError, FaucetError
from kedro_faucet.nodes.forecast.intervals.spread import Spread
from kedro_faucet.nodes.forecast.models.base import Model, fitted, told
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial, trials

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
    """

    model: Model
    widths: dict[float, Floats]
    spread: Spread

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return columns_of(self.model, list(self.widths))

    def predict(self, panel: Panel, horizon: int) -> dict[str, Floats]:
        """Return the columns of a forecast, each of shape (horizon, series): no less than 0 where history is not."""
        floor = np.where(np.fmin.reduce(panel.values, axis=0) >= 0, 0.0, -np.inf)
        point = self._point(panel, horizon)
        halves = [width[:horizon, None] * self.spread.of(panel) for width in self.widths.values()]
        made = [point, *(bound for half in halves for bound in (point - half, point + half))]
        return {name: np.maximum(column, floor) for name, column in zip(self.columns, made, strict=True)}

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
        while not (able := any(np.isfinite(forecast).any() for forecast in forecasts)) and len(tried) > 1:
            tried = tried[:-1]  # it was fitted on the earliest: too little for it
            known, forecasts = model.rehearse(panel, tried, horizon)
    if not able:
        raise DataError(
            f"The model {model.name} gives no forecast of what came last, which its intervals are made of: its "
            f"forecasts are NaN, or the {panel.lengths.max()} values of the longest series are too few for it. Give "
            "levels=() or another model."
        )
    spread = Spread.learn(tried, forecasts)
    pairs = zip(tried, forecasts, strict=True)
    errors = [(trial.actual - forecast) / spread.of(trial.past) for trial, forecast in pairs]
    return Fitted(known, widths(np.concatenate(errors, axis=1), levels), spread)


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
    """Return the latest trials that give enough errors."""
    most = min(MOST, ceil(ENOUGH / len(panel.ids)))
    cuts = [horizon + number * max(1, horizon // 2) for number in range(most)]
    for least in (max(8, panel.season_length + 3), 2):
        if made := trials(panel, horizon, cuts, least):
            return made
    longest = int(panel.lengths.max())
    raise DataError(
        f"Intervals need a series of at least {horizon + 2} values, to see how wrong a forecast of {horizon} periods "
        f"is; the longest, '{panel.ids[panel.lengths.argmax()]}', has {longest}. Give levels=() or a shorter horizon."
    )
