"""Trials: what was known some periods ago, and what came then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.panel import Floats, Panel, beside


@dataclass(frozen=True)
class Trial:
    """The panel as it was, and what came.

    Args:
        past: what was known.
        actual: what came next, shape (horizon, series); no NaN.
        series: which of the panel's series these are, shape (series,).
    """

    past: Panel
    actual: Floats
    series: NDArray[np.int64]


def trials(panel: Panel, horizon: int, cuts: Iterable[int], least: int) -> list[Trial]:
    """Return a trial for each cut that leaves some series enough values.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> values = np.array([[1, np.nan], [2, np.nan], [3, 8], [4, 9.0]])
    >>> panel = Panel(np.array(["a", "b"]), values, np.array([9, 9]), Frequency("MS"))
    >>> [(trial.past.ids.tolist(), trial.actual.tolist()) for trial in trials(panel, 1, [1, 2, 4], least=1)]
    [(['a', 'b'], [[4.0, 9.0]]), (['a'], [[3.0]])]

    Args:
        panel: what is known now.
        horizon: how many periods came, at least 1.
        cuts: how many periods ago, each no less than the horizon.
        least: how many values a series must have had then.
    """
    made = []
    for cut in cuts:
        series = np.flatnonzero(panel.lengths - cut >= least)
        if len(series):
            begin = len(panel.values) - cut
            actual = panel.values[begin : begin + horizon, series]
            made.append(Trial(panel.cut(cut).take(series), actual, series))
    return made


def recent_trial(panel: Panel, cuts: int, enough: int, least: int) -> Trial:
    """Return a trial of one step from the last few periods, which of them differing from series to series.

    So what was special about one period hardly counts, and each series is forecast once, or a few times where there
    are few of them.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> values = np.array([[1, 5], [2, 6], [3, 7], [4, 8.0]])
    >>> panel = Panel(np.array(["a", "b"]), values, np.array([9, 9]), Frequency("MS"))
    >>> trial = recent_trial(panel, cuts=2, enough=2, least=1)
    >>> trial.past.ids.tolist(), trial.past.ends.tolist(), trial.actual.tolist()
    (['b', 'a'], [8, 7], [[8.0, 3.0]])

    Args:
        panel: what is known now.
        cuts: the last so many periods are forecast.
        enough: how many forecasts are enough.
        least: how many values a series must have had before them.
    """
    able = np.flatnonzero(panel.lengths - cuts >= least)
    chosen = able[:: max(1, len(able) // enough)]
    copies = min(cuts, -(-enough // max(1, len(chosen))))
    parts = []
    for cut in range(1, cuts + 1):
        series = chosen[(np.arange(len(chosen)) + cut) % cuts < copies]
        parts.append(Trial(panel.cut(cut).take(series), panel.values[-cut:][:1, series], series))
    series = np.concatenate([part.series for part in parts])
    return Trial(beside([part.past for part in parts]), np.concatenate([part.actual for part in parts], axis=1), series)
