"""One regression for all series and all steps: any regressor of scikit-learn, boosted trees if none is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.engines.conversion import require
from kedro_faucet.nodes.forecast.arrays import mean
from kedro_faucet.nodes.forecast.global_models.windows import Windows, window_length
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.threads import one_thread
from kedro_faucet.nodes.forecast.trials import Trial, trials

ROWS = 40_000
BLOCK = 256


def boosted_trees() -> Any:
    """Return scikit-learn's boosted trees for absolute errors, small enough to learn from a few hundred windows."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=80, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=60,
        l2_regularization=1.0, early_stopping=False, random_state=0,
    )  # fmt: skip


@dataclass(frozen=True)
class Regression(Model):
    """A regression of what comes, step by step, on the window before it, learned from all series at once.

    P. Montero-Manso, R. Hyndman: Principles and algorithms for forecasting groups of time series (2021).

    >>> from sklearn.linear_model import Ridge
    >>> Regression(Ridge()).name
    'Ridge'

    Args:
        regressor: anything with ``fit`` and ``predict``; default: boosted trees for absolute errors.
        length: how many values a window has; default: a season and one more, within bounds.
        adjusted: whether seasons are taken off before.
        column: the name of its column; default: the regressor's class, or ``Regression``.
    """

    regressor: Any = None
    length: int | None = None
    adjusted: bool = True
    column: str | None = None
    _fitted: Any = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The name of its column."""
        return self.column or ("Regression" if self.regressor is None else type(self.regressor).__name__)

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Return the regression that was learned from all that came after earlier windows of the panel."""
        base = require("sklearn.base", "forecast")
        learned = examples(panel, horizon, self._length(panel), self.adjusted)
        if learned is None:
            return self
        inputs, targets = learned
        regressor = boosted_trees() if self.regressor is None else base.clone(self.regressor)
        # Several jobs at once would add their parts in the order in which they end.
        jobs = [name for name in regressor.get_params() if name.rpartition("__")[2] == "n_jobs"]
        regressor.set_params(**dict.fromkeys(jobs))
        with one_thread():
            return replace(self, _fitted=regressor.fit(inputs, np.clip(targets, *np.quantile(targets, [0.002, 0.998]))))

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts; NaN if there was nothing to learn from."""
        if self._fitted is None:
            return np.full((horizon, panel.values.shape[1]), np.nan)
        windows = Windows.of(panel, self._length(panel), horizon, self.adjusted)
        inputs = np.concatenate([rows(windows, panel, step) for step in range(horizon)])
        with one_thread():
            made = _rowwise(self._fitted)(inputs)
        return windows.forecasts(made.reshape(horizon, -1))

    def _length(self, panel: Panel) -> int:
        return self.length or window_length(panel.season_length)


def examples(panel: Panel, horizon: int, length: int, adjusted: bool) -> tuple[Floats, Floats] | None:
    """Return inputs and targets of at most 40,000 windows and steps, evenly drawn; nothing if series are too short."""
    past = earlier(panel, horizon, length)
    if not past:
        return None
    drawn = _draw(np.array([len(trial.series) for trial in past]) * horizon)
    made = [_examples(trial, chosen, horizon, length, adjusted) for trial, chosen in zip(past, drawn, strict=True)]
    return np.concatenate([inputs for inputs, _ in made]), np.concatenate([targets for _, targets in made])


def earlier(panel: Panel, horizon: int, length: int) -> list[Trial]:
    """Return what to learn from: every third of the last forty periods; of series without a season, the last twelve."""
    seasonal = panel.season_length > 1
    cuts = range(horizon, horizon + 40, 3) if seasonal else range(horizon, horizon + 12)
    return trials(panel, horizon, cuts, least=max(length, 2 * panel.season_length + 2, 7))


def _draw(counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return which examples of each trial to take."""
    total = int(counts.sum())
    chosen = np.arange(total)
    if total > ROWS:
        chosen = np.sort(np.random.default_rng(0).choice(total, ROWS, replace=False))
    ends = np.cumsum(counts)
    parts = np.split(chosen, np.searchsorted(chosen, ends[:-1]))
    return [part - begin for part, begin in zip(parts, ends - counts, strict=True)]


def _examples(
    trial: Trial, chosen: NDArray[np.int64], horizon: int, length: int, adjusted: bool
) -> tuple[Floats, Floats]:
    windows = Windows.of(trial.past, length, horizon, adjusted)
    targets = windows.targets(trial.actual)
    step, series = np.divmod(chosen, len(trial.series))
    every = np.concatenate([rows(windows, trial.past, each)[series[step == each]] for each in range(horizon)])
    return every, targets[step, series]


def rows(windows: Windows, panel: Panel, step: int) -> Floats:
    """Return the inputs of one step, a row a series: window, unrest, slope, the step, and what is known ahead."""
    recent = windows.recent - windows.level
    changes = np.diff(windows.recent, axis=0)
    unrest = np.sqrt(mean((changes - mean(changes)) ** 2))
    columns = [*recent[:-1], unrest, -recent[0], np.full(recent.shape[1], step + 1.0)]
    if panel.features is not None:
        columns.extend(panel.features[len(panel.values) + step, windows.order].T)
    return np.stack(columns, axis=1)


def _rowwise(regressor: Any) -> Callable[[Floats], Floats]:
    """Return its predictions in a way that a row's does not depend on the rows beside it, to the last bit.

    Products of matrices group their sums by the number of rows, so each has the same; trees have none.
    """
    if type(regressor).__name__ == "HistGradientBoostingRegressor":
        return lambda inputs: np.asarray(regressor.predict(inputs), dtype=np.float64)
    return lambda inputs: in_blocks(regressor.predict, inputs)


def in_blocks(predict: Callable[[Floats], Any], inputs: Floats) -> Floats:
    """Return predictions that are made in blocks of exactly 256 rows.

    >>> in_blocks(lambda block: block[:, 0] * len(block), np.ones((3, 1))).tolist()
    [256.0, 256.0, 256.0]
    """
    padded = np.zeros((-(-len(inputs) // BLOCK) * BLOCK, inputs.shape[1]), dtype=inputs.dtype)
    padded[: len(inputs)] = inputs
    made = [np.asarray(predict(padded[begin : begin + BLOCK])) for begin in range(0, len(padded), BLOCK)]
    return np.concatenate(made)[: len(inputs)]
