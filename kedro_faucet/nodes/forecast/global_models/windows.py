"""Windows: the last values of a series, without season, size and level, so that series can learn from each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.arrays import mean
from kedro_faucet.nodes.forecast.models.search import Block
from kedro_faucet.nodes.forecast.models.season import Adjusted, adjust
from kedro_faucet.nodes.forecast.panel import Floats, Panel

SMALL = 1e-3
"""What part of a series' size counts as nothing where logarithms are taken."""


@dataclass(frozen=True)
class Relative:
    """Values in relative units: logarithms of a positive series, else parts of its mean size; after zeros come zeros.

    >>> relative = Relative.of(np.array([[1.0, -2], [1, 2]]))
    >>> relative.apply(np.array([[1.0, 1]])).tolist(), relative.undo(np.array([[0.0, 0.5]])).tolist()
    ([[0.0, 0.5]], [[1.0, 1.0]])

    Args:
        positive: which series are, shape (series,).
        size: their mean sizes, shape (series,).
    """

    positive: NDArray[np.bool_]
    size: Floats

    @classmethod
    def of(cls, values: Floats) -> Relative:
        """Return the units of series, shape (time, series)."""
        return cls(np.fmin.reduce(values, axis=0) > 0, mean(np.abs(values)))

    def apply(self, values: Floats) -> Floats:
        """Return values in these units, shape (time, series)."""
        logs = np.log(np.where(self.positive, np.maximum(values, SMALL * self.size), 1.0))
        parts = np.divide(values, self.size, out=np.zeros(np.shape(values)), where=self.size > 0)
        return np.where(self.positive, logs, parts)

    def undo(self, values: Floats) -> Floats:
        """Return values in their own units, shape (time, series)."""
        with np.errstate(over="ignore"):
            powers = np.exp(values)
        return np.where(self.positive, powers, values * self.size)


@dataclass(frozen=True)
class Windows:
    """The last values of each series, adjusted for seasons or not, in relative units, the longest series first.

    Args:
        recent: shape (length, series); before a series begins, its mean.
        relative: the units.
        season: the seasons that were taken off.
        order: where in the panel each series stands.
    """

    recent: Floats
    relative: Relative
    season: Adjusted
    order: NDArray[np.int64]

    @classmethod
    def of(cls, panel: Panel, length: int, horizon: int, adjusted: bool = True) -> Windows:
        """Return the windows at the ends of a panel's series, with or without their seasons taken off."""
        order = np.argsort(-panel.lengths, kind="stable")
        season = adjust(Block.of(panel.values[:, order]), panel.seasons if adjusted else (), horizon)
        begun = np.arange(len(panel.values))[:, None] >= season.block.begins
        values = np.where(begun, season.block.values, np.nan)
        relative = Relative.of(values)
        # What is positive because a season was added to it need not stay so: it has no logarithm.
        relative = replace(relative, positive=relative.positive & ~season.terms.any(axis=0))
        return cls(_recent(relative.apply(values), length), relative, season, order)

    @property
    def level(self) -> Floats:
        """The last value, shape (series,)."""
        last: Floats = self.recent[-1]
        return last

    def targets(self, actual: Floats) -> Floats:
        """Return what came, as differences to the level, shape (horizon, series), from the panel's order."""
        scaled = actual[:, self.order] / self.season.block.scale
        return self.relative.apply((scaled - self.season.terms) / self.season.factors) - self.level

    def forecasts(self, differences: Floats) -> Floats:
        """Return forecasts of differences to the level, shape (horizon, series), in the panel's order and units."""
        made = self.season.restore(self.relative.undo(differences + self.level))
        return made[:, np.argsort(self.order)]


def _recent(values: Floats, length: int) -> Floats:
    """Return the last rows, and the mean where a series has not begun."""
    missing = np.full((max(0, length - len(values)), values.shape[1]), np.nan)
    recent = np.concatenate([missing, values[-length:]])
    return np.where(np.isfinite(recent), recent, mean(values))


def window_length(season_length: int) -> int:
    """Return how many values a window has: a season and the value before it, at least six, at most 26.

    >>> [window_length(season) for season in (1, 4, 7, 12, 52)]
    [6, 8, 8, 13, 26]
    """
    return max(6, min(2 * season_length, 8), min(season_length + 1, 26))
