"""The panel: many series of one frequency side by side, as models see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.frequency import Frequency

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """Series side by side: a column each, time downwards, all ending in the last row.

    >>> import numpy as np
    >>> values = np.array([[np.nan, 1], [5, 2], [6, 3.0]])
    >>> panel = Panel(np.array(["a", "b"]), values, np.array([9, 9]), Frequency("MS"))
    >>> panel.lengths.tolist(), panel.cut(1).values.tolist()
    ([2, 3], [[nan, 1.0], [5.0, 2.0]])

    Args:
        ids: the series' names, shape (series,).
        values: the target, shape (time, series): NaN before a series begins, and nowhere else.
        ends: the number of each series' last period, as its frequency counts them, shape (series,).
        frequency: the periods.
        seasons: lengths of the seasons in periods, the shortest first; empty for none.
        features: what is known ahead, shape (time + horizon, series, features); None for nothing.
        filled: which values lie in gaps, on a line to what came after them, shape (time, series); None for none.
    """

    ids: NDArray[np.object_]
    values: Floats
    ends: NDArray[np.int64]
    frequency: Frequency
    seasons: tuple[int, ...] = ()
    features: Floats | None = None
    filled: NDArray[np.bool_] | None = None

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many values each series has, shape (series,)."""
        lengths: NDArray[np.int64] = np.isfinite(self.values).sum(axis=0)
        return lengths

    @property
    def season_length(self) -> int:
        """The shortest season in periods; 1 for none."""
        return self.seasons[0] if self.seasons else 1

    def cut(self, periods: int) -> Panel:
        """Return the panel as it was some periods ago: in a gap that lasted then, the last value goes on."""
        if not periods:
            return self
        values, ends = self.values[:-periods], self.ends - periods
        features = None if self.features is None else self.features[:-periods]
        if self.filled is None:
            return replace(self, values=values, ends=ends, features=features)
        filled = self.filled[:-periods]
        return replace(self, values=_carried(values, filled), ends=ends, features=features, filled=filled)

    def take(self, series: NDArray[np.int64] | NDArray[np.bool_]) -> Panel:
        """Return some of the series, without the rows before the first of them begins."""
        values = self.values[:, series]
        begin = len(values) - int(np.isfinite(values).sum(axis=0).max(initial=0))
        ids, ends = self.ids[series], self.ends[series]
        features = None if self.features is None else self.features[begin:, series]
        filled = None if self.filled is None else self.filled[begin:, series]
        return replace(self, ids=ids, values=values[begin:], ends=ends, features=features, filled=filled)


def beside(panels: Sequence[Panel]) -> Panel:
    """Return series that were taken from one panel at different times side by side.

    >>> old = Panel(np.array(["a"]), np.array([[1.0]]), np.array([8]), Frequency("MS"))
    >>> new = Panel(np.array(["b"]), np.array([[2.0], [3.0]]), np.array([9]), Frequency("MS"))
    >>> beside([old, new]).values.tolist(), beside([old, new]).ends.tolist()
    ([[nan, 2.0], [1.0, 3.0]], [8, 9])
    """
    rows = max(len(panel.values) for panel in panels)

    def joined(name: str) -> Any:
        parts = [(getattr(panel, name), rows - len(panel.values)) for panel in panels]
        return None if parts[0][0] is None else np.concatenate([_lower(*part) for part in parts], axis=1)

    ids, ends = (np.concatenate([getattr(panel, name) for panel in panels]) for name in ("ids", "ends"))
    features, filled = joined("features"), joined("filled")
    return replace(panels[0], ids=ids, ends=ends, values=joined("values"), features=features, filled=filled)


def _lower(table: Any, rows: int) -> Any:
    """Return a table with so many rows above it in which nothing is known."""
    nothing = np.full((rows, *table.shape[1:]), False if table.dtype == np.bool_ else np.nan)
    return np.concatenate([nothing, table])


def _carried(values: Floats, filled: NDArray[np.bool_]) -> Floats:
    """Return values whose last gap, if it lasts to the end, holds the value before it."""
    rows = np.arange(len(values))[:, None]
    last = np.where(filled, -1, rows).max(axis=0, initial=0)
    return np.where(rows > last, values[last, np.arange(values.shape[1])], values) if len(values) else values
