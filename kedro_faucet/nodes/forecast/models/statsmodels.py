"""Models that statsmodels fits, a series at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import wraps
from itertools import product
from typing import Any

import numpy as np

from kedro_faucet.engines.conversion import require
from kedro_faucet.nodes.forecast.models.base import Series, SeriesModel
from kedro_faucet.nodes.forecast.panel import Floats

SHORT = 5  # fewer values than these are too few to estimate anything: the last value goes on

LONG = 24  # a season of as many periods has too many states to estimate each
WAVES = 10  # how many pairs of waves a long season gets in their place, if that many times 20 values are known

Forecast = Callable[[Any, Series, int], Floats]


def _scaled(forecast: Forecast) -> Forecast:
    """Fit near one, where optimisers are at home (a power of two changes no digit); constants stay as they are."""

    @wraps(forecast)
    def wrapped(self: Any, series: Series, horizon: int) -> Floats:
        y = series.y
        if len(y) < SHORT or not np.ptp(y):
            return np.repeat(y[-1:], horizon)
        scale = 2.0 ** np.frexp(np.abs(y).max())[1]
        scaled: Floats = scale * forecast(self, replace(series, y=y / scale), horizon)
        return scaled

    return wrapped


def _season(series: Series) -> int:
    """Return the shortest season; 1 for none."""
    return series.seasons[0] if series.seasons else 1


def _logs(y: Floats) -> Floats:
    """Return logarithms; fail where there are none, for statsmodels would take them for missing values."""
    with np.errstate(divide="raise", invalid="raise"):
        logs: Floats = np.log(y)
    return logs


@dataclass(frozen=True)
class ETS(SeriesModel):
    """Exponential smoothing by statsmodels' ``ETSModel``, the form chosen by AICc for each series.

    It tries the errors A, and M where all values are positive; the trends N, A and Ad; no season, A, and M where all
    values are positive and the errors are M: 15 forms at most, and of these the ones that have fewer parameters than
    the series has values. Seasons need two whole ones; of one of 24 periods or more, the start is not estimated but
    taken from the first ones. A constant series, or one of less than five values, keeps its last value.

    >>> from kedro_faucet.nodes.forecast.models.statsmodels import ETS
    >>> ETS().name
    'ETS'

    Raises:
        MissingExtraError: if statsmodels is not installed.
    """

    @_scaled
    def forecast(self, series: Series, horizon: int) -> Floats:
        """Return the forecast of one series."""
        fits = [fit for form in _forms(series.y, _season(series)) if (fit := _fitted(series.y, form)) is not None]
        best = min(fits, key=lambda fit: float(fit.aicc))
        return np.asarray(best.forecast(horizon))


def _forms(y: Floats, season: int) -> Iterator[dict[str, Any]]:
    """Yield the forms of exponential smoothing that make sense for a series."""
    positive, seasonal = y.min() > 0, 1 < season <= len(y) // 2
    errors = ["add", "mul"] if positive else ["add"]
    trends = [(None, False), ("add", False), ("add", True)]
    seasons = [None, "add", "mul"] if seasonal else [None]
    start = "heuristic" if seasonal and season >= LONG else "estimated"
    for error, (trend, damped), kind in product(errors, trends, seasons):
        parameters = 3 + 2 * bool(trend) + damped + (season if kind else 0)
        if parameters + 1 < len(y) and not (kind == "mul" and error == "add"):
            form = {"error": error, "trend": trend, "damped_trend": damped, "initialization_method": start}
            yield form if kind is None else {**form, "seasonal": kind, "seasonal_periods": season}


def _fitted(y: Floats, form: dict[str, Any]) -> Any:
    """Return a fit of one form; None for one that fails, so that the others are still there to choose from."""
    smoothing = require("statsmodels.tsa.exponential_smoothing.ets", "forecast")
    try:
        fit = smoothing.ETSModel(y, **form).fit(disp=False, maxiter=200)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None
    return fit if np.isfinite(fit.aicc) and np.isfinite(fit.forecast(1)).all() else None


@dataclass(frozen=True)
class SARIMAX(SeriesModel):
    """Seasonal ARIMA by statsmodels, with the features known ahead as regressors; by default the airline model.

    A season of 24 periods or more, and all but the shortest, are regressed on six pairs of waves instead, as Hyndman
    and Athanasopoulos advise for them. A series too short for the seasonal part is fitted without it, one too short for
    its features without them. Once differenced or not at all, it has a constant (a drift). Features that never change
    in a series' past say nothing about it and are left out.

    >>> SARIMAX(order=(1, 1, 1), log=False)
    SARIMAX(order=(1, 1, 1), seasonal_order=(0, 1, 1), log=False)

    Args:
        order: autoregressive terms, differences, moving average terms.
        seasonal_order: the same at the season's lag.
        log: fit the logarithms; None for where a season is fitted and all values are positive.

    Raises:
        MissingExtraError: if statsmodels is not installed.
    """

    order: tuple[int, int, int] = (0, 1, 1)
    seasonal_order: tuple[int, int, int] = (0, 1, 1)
    log: bool | None = None

    @_scaled
    def forecast(self, series: Series, horizon: int) -> Floats:
        """Return the forecast of one series."""
        library = require("statsmodels.tsa.statespace.sarimax", "forecast")
        orders = self._orders(len(series.y), _season(series))
        past, future = _regressors(series, horizon, sum(orders["order"]) + sum(orders["seasonal_order"]))
        log = self._logged(series, bool(any(orders["seasonal_order"])))
        differences = orders["order"][1] + orders["seasonal_order"][1]
        model = library.SARIMAX(
            _logs(series.y) if log else series.y, exog=past, trend="c" if differences < 2 else None, **orders
        )
        forecast = np.asarray(model.fit(disp=False, maxiter=200).forecast(horizon, exog=future))
        return np.exp(forecast) if log else forecast

    def _logged(self, series: Series, seasonal: bool) -> bool:
        fitted = seasonal or bool(_long_seasons(series))
        return bool(fitted and series.y.min() > 0) if self.log is None else self.log

    def _orders(self, length: int, season: int) -> dict[str, tuple[int, ...]]:
        """Return the orders that a series of some length can bear."""
        (p, d, q), (sp, sd, sq) = self.order, self.seasonal_order
        if 1 < season < LONG and length >= season * (sd + max(sp, sq)) + d + max(p, q) + SHORT - 1:
            return {"order": self.order, "seasonal_order": (*self.seasonal_order, season)}
        order = self.order if length >= d + max(p, q) + SHORT else (0, 1, 0)
        return {"order": order, "seasonal_order": (0, 0, 0, 0)}


def _regressors(series: Series, horizon: int, used: int) -> tuple[Floats | None, Floats | None]:
    """Return the waves of long seasons and the features that a series' past tells something about, then and ahead."""
    known = [_waves(series, horizon)]
    if series.past is not None and series.future is not None:
        telling = np.ptp(series.past, axis=0) > 0
        if len(series.y) >= 2 * (int(telling.sum()) + known[0].shape[1]) + used + SHORT:
            known.append(np.concatenate([series.past, series.future])[:, telling])
    columns = np.concatenate(known, axis=1)
    return (columns[:-horizon], columns[-horizon:]) if columns.shape[1] else (None, None)


def _waves(series: Series, horizon: int) -> Floats:
    """Return sines and cosines of the long seasons and their harmonics, counted from the end of the series."""
    length, short = len(series.y), _season(series)
    frequencies = {
        Fraction(harmonic, season)
        for season in _long_seasons(series)
        for harmonic in range(1, min(WAVES, length // 20, (season - 1) // 2) + 1)
        if short >= LONG or short * harmonic % season  # what the shortest season has already is left out
    }
    angles = 2 * np.pi * np.outer(np.arange(-length, horizon), np.array(sorted(frequencies), dtype=np.float64))
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def _long_seasons(series: Series) -> list[int]:
    """Return the seasons seen twice that are long, or longer than the shortest."""
    return [season for season in series.seasons if min(LONG - 1, _season(series)) < season <= len(series.y) // 2]


@dataclass(frozen=True)
class StatsmodelsTheta(SeriesModel):
    """The theta method by statsmodels' ``ThetaModel``: the season is tested for and taken out first.

    >>> StatsmodelsTheta().name
    'StatsmodelsTheta'

    Raises:
        MissingExtraError: if statsmodels is not installed.
    """

    @_scaled
    def forecast(self, series: Series, horizon: int) -> Floats:
        """Return the forecast of one series."""
        library = require("statsmodels.tsa.forecasting.theta", "forecast")
        season = _season(series)
        seasonal = 1 < season <= len(series.y) // 2
        model = library.ThetaModel(series.y, period=season, deseasonalize=seasonal)
        return np.asarray(model.fit().forecast(horizon))


@dataclass(frozen=True)
class STL(SeriesModel):
    """Seasons taken out by loess (statsmodels' ``MSTL``, any number of them), the rest smoothed with a damped trend.

    The last of each season goes on. Positive values are taken by their logarithms. Of the seasons, those count that a
    series has seen twice.

    >>> STL().name
    'STL'

    Raises:
        MissingExtraError: if statsmodels is not installed.
    """

    @_scaled
    def forecast(self, series: Series, horizon: int) -> Floats:
        """Return the forecast of one series."""
        log = bool(series.y.min() > 0)
        y = _logs(series.y) if log else series.y
        seasonal, ahead = _seasonal(y, [season for season in series.seasons if 1 < season < len(y) / 2], horizon)
        forecast = _damped(y - seasonal, horizon) + ahead
        return np.exp(forecast) if log else forecast


def _seasonal(y: Floats, seasons: list[int], horizon: int) -> tuple[Floats, Floats]:
    """Return the sum of all seasons, then and ahead."""
    if not seasons:
        return np.zeros(len(y)), np.zeros(horizon)
    library = require("statsmodels.tsa.seasonal", "forecast")
    parts = np.reshape(library.MSTL(y, periods=tuple(seasons)).fit().seasonal, (len(y), -1))
    ahead = [np.resize(part[-season:], horizon) for season, part in zip(seasons, parts.T, strict=True)]
    return parts.sum(axis=1), np.sum(ahead, axis=0)


def _damped(y: Floats, horizon: int) -> Floats:
    """Smooth exponentially: with a damped trend, or without one where the series is too short for it."""
    forms: tuple[dict[str, Any], ...] = ({"trend": "add", "damped_trend": True}, {})
    fits = (_fitted(y, form) for form in forms[len(y) < 2 * SHORT :])
    best = next((fit for fit in fits if fit is not None), None)
    return np.repeat(y[-1:], horizon) if best is None else np.asarray(best.forecast(horizon))
