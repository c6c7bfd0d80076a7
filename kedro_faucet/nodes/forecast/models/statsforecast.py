"""Models of Nixtla's StatsForecast."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from kedro_faucet.engines.conversion import require
from kedro_faucet.nodes.forecast.models.base import Series, SeriesModel
from kedro_faucet.nodes.forecast.panel import Floats


@dataclass(frozen=True)
class StatsForecast(SeriesModel):
    """A model of StatsForecast, a series at a time; its alias is the name of its column.

    A class in place of an object is made with the panel's own season. Models that take regressors get the features
    known ahead.

    >>> from statsforecast.models import Theta
    >>> StatsForecast(Theta(season_length=12, alias="NixtlaTheta")).name, StatsForecast(Theta).name
    ('NixtlaTheta', 'Theta')

    Args:
        model: an object of ``statsforecast.models``, or one of its classes.

    Raises:
        MissingExtraError: if statsforecast is not installed.
    """

    model: Any

    def __post_init__(self) -> None:
        """Say which extra is missing before anything is computed."""
        require("statsforecast", "statsforecast")

    @property
    def name(self) -> str:
        """The name of its column."""
        return str(self.model.__name__ if isinstance(self.model, type) else self.model.alias)

    def forecast(self, series: Series, horizon: int) -> Floats:
        """Return the forecast of one series."""
        model = self._made(series.seasons)
        known = {"X": series.past, "X_future": series.future} if getattr(model, "uses_exog", False) else {}
        return np.asarray(model.forecast(y=series.y, h=horizon, **known)["mean"])

    def _made(self, seasons: tuple[int, ...]) -> Any:
        if not isinstance(self.model, type):
            return self.model
        takes = signature(self.model).parameters
        return self.model(season_length=seasons[0] if seasons else 1) if "season_length" in takes else self.model()
