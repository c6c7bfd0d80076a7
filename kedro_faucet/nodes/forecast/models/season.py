"""The seasons of each series: whether it has them, and the series without them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kedro_faucet.nodes.forecast.arrays import total
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.search import Block, Mask, by_length
from kedro_faucet.nodes.forecast.panel import Floats, Panel

LONG = 25  # a season of so many periods is long: there are few of them, so the indices of neighbours must help
CYCLES, LONG_CYCLES = 3, 2  # a season, a long season is looked for in series of at least so many
REPETITION = 0.5  # a long season is one where more than this part of the variance comes back each time
SMALLEST = 0.01  # an index nearer to zero than this part of the mean is none to divide by


@dataclass(frozen=True)
class Adjusted:
    """Series without their seasons, and what gives the seasons back to forecasts.

    Args:
        block: the series without their seasons.
        factors: what the forecasts get multiplied by, shape (horizon, series).
        terms: what is added to them.
        season: the shortest season's length; 1 for none.
        nonnegative: which series have no negative value.
        seasonal: which series had a season.
        multiplicative: which of them had the shortest season, taken out as factors.
        additive: which of them had the shortest season, taken out as terms.
    """

    block: Block
    factors: Floats
    terms: Floats
    season: int
    nonnegative: Mask
    seasonal: Mask
    multiplicative: Mask
    additive: Mask

    @property
    def floor(self) -> Floats:
        """The least that forecasts may be: what gives zero with the seasons back, where no value was negative."""
        return np.where(self.nonnegative, -self.terms / self.factors, -np.inf)

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
    nonnegative, none = block.values.min(axis=0) >= 0, np.zeros(size[1], dtype=bool)
    adjusted = Adjusted(block, np.ones(size), np.zeros(size), min(seasons, default=1), nonnegative, none, none, none)
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
    return replace(
        adjusted,
        block=replace(block, values=values),
        factors=adjusted.factors * factors[ahead],
        terms=adjusted.terms + adjusted.factors * terms[ahead],
        seasonal=adjusted.seasonal | seasonal,
        multiplicative=adjusted.multiplicative | (shortest & (factors != 1).any(axis=0)),
        additive=adjusted.additive | (shortest & (terms != 0).any(axis=0)),
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
    """Test which series have a season.

    Of a short one, the M competitions' test of the autocorrelation at its length, at 90 % (S. Makridakis, M. Hibon: The
    M3-Competition: results, conclusions and implications, 2000), which a long one seldom passes in two or three cycles.

    >>> has_season(Block.of(np.array([[1.0, 2, 3] * 4, [5.0, 1, 4, 2, 8, 6, 9, 1, 2, 6, 5, 3]]).T), 3).tolist()
    [True, False]
    """
    enough: Mask = (block.lengths >= (CYCLES if season < LONG else LONG_CYCLES) * season) & (season > 1)
    if not enough.any():
        return enough
    if season >= LONG:
        return enough & (_repetition(block, season) > REPETITION)
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


def _repetition(block: Block, season: int) -> Floats:
    """Return the intraclass correlation of the cycles, smoothed, around a line: 1 where each is like the others."""
    detrended, known = _around_line(block, multiplicative=False)
    width = season // (LONG - 1)
    margin = np.zeros((width, detrended.shape[1]))
    smooth = _moving_sum(np.concatenate([margin, detrended, margin]), width) * known
    counts = total(_cycles(known, season))
    means = total(_cycles(smooth, season)) / np.maximum(counts, 1.0)
    between, all_in_all = total(counts * means**2), total(smooth**2)
    cycles = np.maximum(block.lengths / season, LONG_CYCLES)
    strength = between / np.where(all_in_all > 0, all_in_all, 1.0)
    repetition: Floats = (cycles * strength - 1) / (cycles - 1)
    return repetition


def indices(block: Block, season: int, multiplicative: bool) -> Floats:
    """Return the seasonal indices by classical decomposition, shape (season, series), the last for the last row.

    M. Kendall, A. Stuart: The Advanced Theory of Statistics, volume 3 (1983); a long season is measured around a line
    instead of the moving average, which would cost a cycle.

    >>> indices(Block.of(np.array([[10.0, 20.0, 30.0] * 4]).T), 3, multiplicative=True).T.tolist()
    [[0.5, 1.0, 1.5]]
    """
    if not len(block.lengths):
        return np.zeros((season, 0))
    if season < LONG:
        detrended, known = _around_average(block, season, multiplicative)
    else:
        detrended, known = _around_line(block, multiplicative)
    pattern = _pattern(_cycles(detrended, season), _cycles(known, season), 1.0 if multiplicative else 0.0)
    mean = total(pattern) / season
    return pattern / mean if multiplicative else pattern - mean


def _pattern(cycles: Floats, known: Floats, neutral: float) -> Floats:
    """Return the means over cycles, shape (season, series), drawn as far to smoother ones as chance parts them.

    D. M. Miller, D. Williams: Shrinkage estimators of time series seasonal factors and their effect on forecasting
    accuracy, International Journal of Forecasting 19 (2003): after James and Stein.
    """
    counts = np.maximum(total(known), 1.0)
    means = total(cycles) / counts
    smooth = _smooth(means, neutral)
    freedom = total(counts) - len(means)
    noise = total(total((cycles - means) ** 2 * known)) / np.maximum(freedom, 1.0) * total(1 / counts)
    signal = total((means - smooth) ** 2)
    chance = np.where(freedom > 0, np.minimum(noise / np.where(signal > 0, signal, 1.0), 1.0), 1.0)
    return means + chance * (smooth - means)


def _smooth(means: Floats, neutral: float) -> Floats:
    """Return the means of neighbours around the circle of a season of many periods; of few, no season at all."""
    width = len(means) // (LONG - 1)
    if not width:
        return np.full_like(means, neutral)
    return _moving_sum(np.concatenate([means[-width:], means, means[:width]]), width) / (2 * width + 1)


def _around_average(block: Block, season: int, multiplicative: bool) -> tuple[Floats, Floats]:
    """Return the series around their centred moving average over a season, and ones where that is known."""
    margin = season // 2
    rows = slice(margin, len(block.values) - margin)
    average = _moving_sum(block.values, margin)
    if season % 2 == 0:
        average -= (block.values[: len(average)] + block.values[2 * margin :]) / 2
    average /= season
    detrended, known = np.zeros_like(block.values), np.zeros_like(block.values)
    known[rows] = block.known[: len(average)]
    if multiplicative:
        np.divide(block.values[rows], average, out=detrended[rows], where=known[rows] > 0)
    else:
        np.multiply(block.values[rows] - average, known[rows], out=detrended[rows])
    return detrended, known


def _around_line(block: Block, multiplicative: bool) -> tuple[Floats, Floats]:
    """Return the series around their straight line, and ones where they have begun."""
    count = block.lengths
    mean = total(block.values) / count
    times = np.arange(len(block.values))[:, None] - block.begins - (count - 1) / 2
    moment = total(block.values * times)
    line = mean + times * (moment * 12 / np.maximum(count * (count * count - 1.0), 1.0))
    detrended = block.values / np.maximum(line, mean / 10) if multiplicative else block.values - line
    return detrended * block.known, block.known


def _moving_sum(rows: Floats, width: int) -> Floats:
    """Return the sums of each row and those next to it, so many before and after; fewer rows, by as many."""
    size = len(rows) - 2 * width
    sums = rows[:size].copy()
    for shift in range(1, 2 * width + 1):
        sums += rows[shift : shift + size]
    return sums


def _cycles(rows: Floats, season: int) -> Floats:
    """Return rows cut into whole seasons, the last of which ends with the last row: shape (cycles, season, series)."""
    filling = np.zeros((-len(rows) % season, rows.shape[1]))
    return np.concatenate([filling, rows]).reshape(-1, season, rows.shape[1])
