"""The season of each series: whether it has one, and the series without it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.search import Block, Mask, by_length, total
from kedro_faucet.nodes.forecast.panel import Floats, Panel

CYCLES = 3  # a season is looked for in series of at least so many
SMALLEST = 0.01  # an index nearer to zero than this part of the mean is none to divide by


@dataclass(frozen=True)
class Adjusted:
    """Series without their seasons, and what gives the seasons back to forecasts.

    Args:
        block: the series without their seasons.
        factors: what the forecasts get multiplied by, shape (horizon, series).
        terms: what is added to them.
        season: the shortest season's length; 1 for none.
        seasonal: which series had a season.
        multiplicative: which of them had the shortest season, taken out as factors.
        additive: which of them had the shortest season, taken out as terms.
    """

    block: Block
    factors: Floats
    terms: Floats
    season: int
    seasonal: Mask
    multiplicative: Mask
    additive: Mask

    def take(self, series: Mask) -> Adjusted:
        """Return some of the series."""
        masks = (mask[series] for mask in (self.seasonal, self.multiplicative, self.additive))
        return Adjusted(self.block.take(series), self.factors[:, series], self.terms[:, series], self.season, *masks)

    def restore(self, forecasts: Floats) -> Floats:
        """Return forecasts of the block with the seasons, in the size of the series."""
        return (forecasts * self.factors + self.terms) * self.block.scale


class SeasonalModel(Model):
    """A model of series without their seasons; its forecasts get them back."""

    @abstractmethod
    def ahead(self, adjusted: Adjusted, horizon: int) -> Floats:
        """Return the forecasts of the adjusted series, shape (horizon, series)."""

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series)."""
        forecasts = np.full((horizon, len(panel.lengths)), np.nan)
        for series in by_length(panel.lengths):
            rows = int(panel.lengths[series[0]])
            adjusted = adjust(Block.of(panel.values[-rows:, series]), panel.seasons, horizon)
            forecasts[:, series] = adjusted.restore(self.ahead(adjusted, horizon))
        return forecasts


def adjust(block: Block, seasons: Sequence[int], horizon: int) -> Adjusted:
    """Take the seasons out of series, the shortest first, where they have them.

    >>> values = np.array([[10.0, 20.0, 30.0] * 4]).T
    >>> adjusted = adjust(Block.of(values), (3,), 2)
    >>> adjusted.block.values[-2:].ravel().round(2).tolist(), adjusted.factors.ravel().tolist()
    ([0.67, 0.67], [0.5, 1.0])

    Args:
        block: the series.
        seasons: lengths of the seasons, the shortest first.
        horizon: how far the seasons are carried on.
    """
    size = (horizon, len(block.lengths))
    none = np.zeros(size[1], dtype=bool)
    adjusted = Adjusted(block, np.ones(size), np.zeros(size), min(seasons, default=1), none, none, none)
    for season in seasons:
        adjusted = _without(adjusted, season, horizon)
    return adjusted


def _without(adjusted: Adjusted, season: int, horizon: int) -> Adjusted:
    """Take one more season out of the series that have it."""
    block = adjusted.block
    seasonal = has_season(block, season)
    if not seasonal.any():
        return adjusted
    factors, terms = _patterns(block, season, seasonal)
    shortest = season == adjusted.season
    rows, ahead = np.arange(-len(block.values), 0) % season, np.arange(horizon) % season
    values = (block.values / factors[rows] - terms[rows]) * block.known
    return Adjusted(
        replace(block, values=values),
        adjusted.factors * factors[ahead],
        adjusted.terms + adjusted.factors * terms[ahead],
        adjusted.season,
        adjusted.seasonal | seasonal,
        adjusted.multiplicative | (shortest & (factors != 1).any(axis=0)),
        adjusted.additive | (shortest & (terms != 0).any(axis=0)),
    )


def _patterns(block: Block, season: int, seasonal: Mask) -> tuple[Floats, Floats]:
    """Return a season's factors and terms, shape (season, series): factors where they are possible, otherwise terms."""
    factors, terms = np.ones((season, len(seasonal))), np.zeros((season, len(seasonal)))
    positive = np.where(block.known > 0, block.values, np.inf).min(axis=0) > 0
    series = np.flatnonzero(seasonal & positive)
    pattern = indices(block.take(series), season, multiplicative=True)
    possible = pattern.min(axis=0) > SMALLEST
    factors[:, series[possible]] = pattern[:, possible]
    series = np.setdiff1d(np.flatnonzero(seasonal), series[possible])
    terms[:, series] = indices(block.take(series), season, multiplicative=False)
    return factors, terms


def has_season(block: Block, season: int) -> Mask:
    """Test which series have a season: the M competitions' test of the autocorrelation at its length, at 90 %.

    S. Makridakis, M. Hibon: The M3-Competition: results, conclusions and implications (2000).

    >>> has_season(Block.of(np.array([[1.0, 2, 3] * 4, [5.0, 1, 4, 2, 8, 6, 9, 1, 2, 6, 5, 3]]).T), 3).tolist()
    [True, False]
    """
    enough = (block.lengths >= CYCLES * season) & (season > 1)
    if not enough.any():
        return enough
    autocorrelations = _autocorrelations(block, season)
    limit = 1.645 * np.sqrt((1 + 2 * total(autocorrelations[:-1] ** 2)) / block.lengths)
    seasonal: Mask = enough & (np.abs(autocorrelations[-1]) > limit)
    return seasonal


def _autocorrelations(block: Block, lags: int) -> Floats:
    """Return the autocorrelations at lags 1 to ``lags``, shape (lags, series); zero for a constant series."""
    deviations = (block.values - total(block.values) / block.lengths) * block.known
    padded = np.concatenate([np.zeros((lags, deviations.shape[1])), deviations])
    sums = np.zeros((lags, deviations.shape[1]))
    products = np.empty_like(sums)
    for row, deviation in enumerate(deviations):
        np.multiply(padded[row : row + lags], deviation, out=products)
        sums += products
    variances = total(deviations**2)
    return sums[::-1] / np.where(variances > 0, variances, 1.0)


def indices(block: Block, season: int, multiplicative: bool) -> Floats:
    """Return the seasonal indices by classical decomposition, shape (season, series), the last for the last row.

    M. Kendall, A. Stuart: The Advanced Theory of Statistics, volume 3 (1983).

    >>> indices(Block.of(np.array([[10.0, 20.0, 30.0] * 4]).T), 3, multiplicative=True).T.tolist()
    [[0.5, 1.0, 1.5]]
    """
    if not len(block.lengths):
        return np.zeros((season, 0))
    margin = season // 2
    rows = slice(margin, len(block.values) - margin)
    trend, detrended, whole = _moving_average(block.values, season), block.values * 0, block.values * 0
    whole[rows] = block.known[: len(trend)]
    if multiplicative:
        np.divide(block.values[rows], trend, out=detrended[rows], where=whole[rows] > 0)
    else:
        np.multiply(block.values[rows] - trend, whole[rows], out=detrended[rows])
    means = total(_cycles(detrended, season)) / np.maximum(total(_cycles(whole, season)), 1.0)
    mean = total(means) / season
    return means / mean if multiplicative else means - mean


def _moving_average(values: Floats, season: int) -> Floats:
    """Return the centred moving average over one season; of an even one, the first and last value count by half."""
    margin = season // 2
    size = len(values) - 2 * margin
    average = np.zeros((size, values.shape[1]))
    for shift in range(2 * margin + 1):
        weight = 0.5 if season % 2 == 0 and shift in (0, 2 * margin) else 1.0
        average += values[shift : shift + size] * weight
    average /= season
    return average


def _cycles(rows: Floats, season: int) -> Floats:
    """Return rows cut into whole seasons, the last of which ends with the last row: shape (cycles, season, series)."""
    filling = np.zeros((-len(rows) % season, rows.shape[1]))
    return np.concatenate([filling, rows]).reshape(-1, season, rows.shape[1])
