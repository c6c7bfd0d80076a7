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
    """The mean of DynamicTheta, Theta and HoltWinters; of an intermittent series without season, TSB is a half.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> from kedro_faucet.nodes.forecast.panel import Panel
    >>> values = np.array([[1.0, 0], [2, 0], [3, 6], [4, 0], [5, 0], [6, 6]])
    >>> panel = Panel(np.array(["a", "b"]), values, np.array([9, 9]), Frequency("MS"))
    >>> Statistical().predict(panel, 2).round(1).tolist()
    [[6.8, 2.4], [7.6, 2.4]]
    """

    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""
        forecasts = _mean(adjusted, horizon)
        intermittent = is_intermittent(adjusted.block) & ~adjusted.seasonal
        if intermittent.any():
            demand = TSB().level(adjusted.block.take(intermittent))
            forecasts[:, intermittent] = (forecasts[:, intermittent] + demand) / 2
        return forecasts


def _mean(adjusted: Adjusted, horizon: int) -> Floats:
    """Return the mean of the members' forecasts, none of them negative where the series never was."""
    first, *others = (np.maximum(member.ahead(adjusted, horizon), adjusted.floor) for member in MEMBERS)
    mean: Floats = sum(others, first) / len(MEMBERS)
    return mean
