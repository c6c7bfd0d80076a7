"""The statistical combination: the mean of models that err in different ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedro_faucet.nodes.forecast.models.holt_winters import HoltWinters
from kedro_faucet.nodes.forecast.models.intermittent import TSB, is_intermittent
from kedro_faucet.nodes.forecast.models.season import Adjusted, SeasonalModel
from kedro_faucet.nodes.forecast.models.theta import DynamicTheta, Theta
from kedro_faucet.nodes.forecast.panel import Floats

MEMBERS = (DynamicTheta(), Theta(), HoltWinters())


@dataclass(frozen=True)
class Statistical(SeasonalModel):
    """The mean of DynamicTheta, Theta and HoltWinters; of an intermittent series without season, TSB.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> values = np.array([[1.0, 0], [2, 0], [3, 6], [4, 0], [5, 0], [6, 6]])
    >>> panel = Panel(np.array(["a", "b"]), values, np.array([9, 9]), Frequency("MS"))
    >>> Statistical().predict(panel, 2).round(1).tolist()
    [[6.8, 2.0], [7.6, 2.0]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        intermittent = is_intermittent(adjusted.block) & ~adjusted.seasonal
        forecasts = np.empty((horizon, len(intermittent)))
        if intermittent.any():
            forecasts[:, intermittent] = TSB().level(adjusted.block.take(intermittent))
        if not intermittent.all():
            forecasts[:, ~intermittent] = _mean(adjusted.take(~intermittent), horizon)
        return forecasts


def _mean(adjusted: Adjusted, horizon: int) -> Floats:
    """Return the mean of the members' forecasts."""
    first, *others = (member.ahead(adjusted, horizon) for member in MEMBERS)
    mean: Floats = sum(others, first) / len(MEMBERS)
    return mean
