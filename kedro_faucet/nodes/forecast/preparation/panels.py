"""Rows made a panel: the late start left out, gaps filled, what is known ahead put beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.frequency import Frequency, Times
from kedro_faucet.nodes.forecast.frequency.frequency import instants_of
from kedro_faucet.nodes.forecast.frequency.inference import show
from kedro_faucet.nodes.forecast.frequency.periods import DAY, Integers
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.preparation.columns import Columns
from kedro_faucet.nodes.forecast.preparation.rows import Rows, rows_of
from kedro_faucet.nodes.forecast.preparation.validation import examples, looks_like, row_faults

SPARSEST = 100
"""A series may have this many times more periods than values, and a thousand: else a time of it is wrong."""

LATEST = np.datetime64("10000-01-01", "us")
GENERATIONS = 50 * 365 * DAY
WRONG = "; correct its times"
FEWER = "; give fill=0 if nothing happened then, another freq=, or aggregate to one row a period"


def read_panel(
    chunk: pa.Table,
    columns: Columns,
    frequency: Frequency,
    *,
    seasons: tuple[int, ...] = (),
    horizon: int = 0,
    fill: str | float = "interpolate",
    ahead: bool = True,
    max_filled: float = 1.0,
) -> tuple[Panel, dict[Any, str]]:
    """Return the panel of the series that can be forecast, and why each of the others cannot.

    A series begins with its first value and ends with its last one; rows after that, without a value, hold what is
    known ahead. What lacks between is filled.

    >>> rows = pa.table({"unique_id": ["a"] * 3 + ["b"] * 2, "ds": [1, 2, 4, 3, 3], "y": [None, 5, 7, 1, 2]})
    >>> panel, faults = read_panel(rows, Columns(), Frequency("1"))
    >>> panel.ids.tolist(), panel.values.tolist(), panel.ends.tolist(), faults
    (['a'], [[5.0], [6.0], [7.0]], [4], {'b': 'more than one row for 3'})

    Args:
        chunk: rows of whole series, ordered by series and time.
        columns: what the columns are called.
        frequency: the periods.
        seasons: their lengths, the shortest first.
        horizon: how many periods ahead the features must be known.
        fill: ``interpolate``, along a straight line, or the value that stands for nothing.
        ahead: whether they must be.
        max_filled: what part of a series may be interpolated.
    """
    rows = rows_of(chunk, columns)
    numbers = frequency.numbers(rows.times)
    faults = row_faults(rows, frequency, numbers)
    layout = _layout(rows, frequency, numbers, faults, max_filled if isinstance(fill, str) else 1.0)
    faults |= _beyond(layout, frequency, horizon if ahead else 0)
    values, filled = layout.values(rows.y, fill)
    features = layout.features(rows, horizon, columns.features, frequency, faults, ahead) if columns.features else None
    panel = Panel(rows.ids[layout.kept], values, layout.ends[layout.kept], frequency, seasons, features, filled)
    told = {rows.ids[series]: faults[series] for series in sorted(faults)}
    if told.keys() & set(panel.ids):
        panel = panel.take(np.array([name not in told for name in panel.ids]))
    return panel, told


@dataclass(frozen=True)
class _Layout:
    """Where rows lie in a panel: a line a series, the last values below each other at the right.

    Args:
        kept: the series that are in it.
        ends: the last period of each series, kept or not.
        lengths: how many periods each series has; 0 for one that is not kept.
        places: the column of each row; the last value's is ``periods`` - 1.
        lines: the line of each row's series; -1 where it is not kept.
        valued: the rows that have values and are kept.
    """

    kept: Integers
    ends: Integers
    lengths: Integers
    places: Integers
    lines: Integers
    valued: Integers

    @property
    def periods(self) -> int:
        return int(self.lengths.max(initial=0))

    @property
    def begins(self) -> Integers:
        """The column of each line's first value, shape (line, 1)."""
        return (self.periods - self.lengths[self.kept])[:, None]

    def values(self, y: Floats, fill: str | float) -> tuple[Floats, NDArray[np.bool_] | None]:
        """Return the values, time downwards, without gaps, and which of them are interpolated, if any."""
        table = np.full((len(self.kept), self.periods), np.nan)
        flat, known = table.reshape(-1), self.lines[self.valued] * self.periods + self.places[self.valued]
        flat[known] = y[self.valued]
        if len(known) == self.lengths.sum():
            return np.ascontiguousarray(table.T), None
        gaps = np.isnan(table) & (np.arange(self.periods) >= self.begins)
        places = np.flatnonzero(gaps)
        flat[places] = _between(flat, known, places) if isinstance(fill, str) else fill
        return np.ascontiguousarray(table.T), np.ascontiguousarray(gaps.T) if isinstance(fill, str) else None

    def features(
        self,
        rows: Rows,
        horizon: int,
        names: tuple[str, ...],
        frequency: Frequency,
        faults: dict[int, str],
        ahead: bool,
    ) -> Floats:
        """Return the features, time downwards, and note the series that lack one."""
        width = self.periods + horizon
        begun = self.places >= self.begins[self.lines, 0] if len(self.kept) else False  # never what padding would hold
        inside = np.flatnonzero((self.lines >= 0) & rows.dated & begun & (self.places < width))
        table = np.full((width, len(self.kept), len(names)), np.nan)
        for feature, name in enumerate(names):
            table[self.places[inside], self.lines[inside], feature] = rows.features[feature][inside]
            lacking = ~np.isfinite(table[:, :, feature]) & (np.arange(width)[:, None] >= self.begins.T)
            lacking[width if ahead else self.periods :] = False
            for line in np.flatnonzero(lacking.any(axis=0)):
                series = int(self.kept[line])
                times = frequency.times(self.ends[series] - self.periods + 1 + np.flatnonzero(lacking[:, line]))
                faults.setdefault(series, f"the feature '{name}' is not known for {examples(times)}")
        return table


def _beyond(layout: _Layout, frequency: Frequency, horizon: int) -> dict[int, str]:
    """Return the series whose forecasts would be of times that no calendar of Python's has."""
    last = frequency.times(layout.ends[layout.kept] + horizon)
    late = last >= LATEST if last.dtype.kind == "M" else np.zeros(len(last), np.bool_)
    return {int(one): f"a forecast of {horizon} periods goes beyond the year 9999" for one in layout.kept[late]}


def _layout(rows: Rows, frequency: Frequency, numbers: Integers, faults: dict[int, str], max_filled: float) -> _Layout:
    """Lay out the series that have no fault, noting those that have no value or far too few."""
    valued = np.flatnonzero(rows.valued & rows.dated)
    ends, lengths = _spans(rows, frequency, numbers, valued, faults, max_filled)
    kept = np.flatnonzero(lengths)
    line = np.full(len(lengths), -1)
    line[kept] = np.arange(len(kept))
    places = numbers - ends[rows.series] + int(lengths.max(initial=0)) - 1
    lines = line[rows.series]
    return _Layout(kept, ends, lengths, places, lines, valued[lines[valued] >= 0])


def _spans(
    rows: Rows, frequency: Frequency, numbers: Integers, valued: Integers, faults: dict[int, str], max_filled: float
) -> tuple[Integers, Integers]:
    """Return each series' last period and how many periods it has, none if it is faulty."""
    counts = np.bincount(rows.series[valued], minlength=len(rows.starts))
    some, after = np.flatnonzero(counts), np.cumsum(counts)[counts > 0]
    first, last = np.zeros_like(counts), np.zeros_like(counts)
    first[some], last[some] = valued[after - counts[some]], valued[after - 1]
    ends = numbers[last]
    lengths = np.where(counts > 0, ends - numbers[first] + 1, 0)
    for one in np.flatnonzero(counts == 0).tolist():
        faults.setdefault(one, "it has no value")
    far = (lengths > SPARSEST * counts + 1000) | _torn(rows.times[valued], after - counts[some], some, len(counts))
    sparse = lengths - counts > max_filled * lengths
    for one in np.flatnonzero((far | sparse) & (counts > 0)).tolist():
        begin, end = show(rows.times[[first[one], last[one]]])
        told = f"it has {counts[one]} values in the {lengths[one]} periods from {begin} to {end}"
        hint = f", so more than max_filled={max_filled:g} of it would be interpolated" if sparse[one] else ""
        faults.setdefault(one, told + hint + looks_like(rows, one, frequency) + (FEWER if sparse[one] else WRONG))
    lengths[list(faults)] = 0
    return ends, lengths


def _torn(times: Times, starts: Integers, series: Integers, count: int) -> NDArray[np.bool_]:
    """Tell which series have a gap of generations that is longer than the rest of them: a time of theirs is wrong."""
    torn = np.zeros(count, np.bool_)
    if times.dtype.kind == "M" and len(starts):
        steps = np.diff(instants_of(times), append=0)
        steps[np.append(starts[1:], len(times)) - 1] = 0
        gaps = np.maximum.reduceat(steps, starts)
        torn[series] = (gaps > GENERATIONS) & (2 * gaps > np.add.reduceat(steps, starts))
    return torn


def _between(values: Floats, known: Integers, gaps: Integers) -> NDArray[np.float64]:
    """Return what lies in gaps on straight lines between the known values around them."""
    after = np.searchsorted(known, gaps)
    left, right = known[after - 1], known[after]
    return values[left] + (values[right] - values[left]) * ((gaps - left) / (right - left))
