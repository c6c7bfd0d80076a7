"""The naive models, against which others are measured.

R. J. Hyndman, G. Athanasopoulos: Forecasting: Principles and Practice, third edition (2021), section 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.panel import Floats, Panel


@dataclass(frozen=True)
class Naive(Model):
    """The last value.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [2.0], [4.0]]), np.array([9]), Frequency("MS"))
    >>> Naive().predict(panel, 2).tolist()
    [[4.0], [4.0]]
    """

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series)."""
        return np.repeat(panel.values[-1:], horizon, axis=0)


@dataclass(frozen=True)
class SeasonalNaive(Model):
    """The value one season ago, of the shortest season; the last value where the series is shorter than that.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [2.0], [4.0]]), np.array([9]), Frequency("MS"), (2,))
    >>> SeasonalNaive().predict(panel, 3).tolist()
    [[2.0], [4.0], [2.0]]
    """

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series)."""
        season = panel.season_length
        if len(panel.values) < season:
            return Naive().predict(panel, horizon)
        last = panel.values[-season:]
        last = np.where(np.isfinite(last).all(axis=0), last, last[-1])
        return last[np.arange(horizon) % season]


@dataclass(frozen=True)
class Drift(Model):
    """The last value, and the mean difference at each step ahead: the line through the first and the last value.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [2.0], [5.0]]), np.array([9]), Frequency("MS"))
    >>> Drift().predict(panel, 2).tolist()
    [[7.0], [9.0]]
    """

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series)."""
        first = panel.values[len(panel.values) - np.maximum(panel.lengths, 1), np.arange(len(panel.lengths))]
        slope = (panel.values[-1] - first) / np.maximum(panel.lengths - 1, 1)
        steps = np.arange(1, horizon + 1)[:, None]
        drift: Floats = panel.values[-1] + slope * steps
        return drift
