"""Backtest: what the models would have forecast at earlier times, beside what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.forecast import intervals
from kedro_faucet.nodes.forecast.catalogue import models_of
from kedro_faucet.nodes.forecast.evaluation.metrics import BASELINE
from kedro_faucet.nodes.forecast.forecasting import LEVELS, check_on_error, check_options, check_result, read, run
from kedro_faucet.nodes.forecast.models.naive import SeasonalNaive
from kedro_faucet.nodes.forecast.panel import Panel
from kedro_faucet.nodes.forecast.preparation import check_levels
from kedro_faucet.nodes.forecast.tables import borrowed
from kedro_faucet.nodes.forecast.task import Task
from kedro_faucet.nodes.forecast.trials import Trial, trials

LEAST = 2
"""How many values a series must have had to be forecast then."""


def backtest(
    panel: Any,
    horizon: int,
    models: Any = "combination",
    *,
    windows: int = 3,
    step: int | None = None,
    levels: Sequence[float] = LEVELS,
    on_error: str = "raise",
    **reading: Any,
) -> Any:
    """Return forecasts from several earlier times (rolling origin), fitted on what was known then, beside what came.

    >>> import pyarrow as pa
    >>> days = range(1, 41)
    >>> panel = pa.table({"unique_id": ["a"] * 40, "ds": days, "y": [float(day % 7) for day in days]})
    >>> proof = backtest(panel, 7, ["naive"], windows=2, levels=(), season_length=7)
    >>> proof.column_names
    ['unique_id', 'cutoff', 'ds', 'step', 'y', 'scale', 'scale_squared', 'Naive', 'SeasonalNaive']
    >>> proof.select(["cutoff", "ds", "y", "Naive", "SeasonalNaive"]).to_pylist()[0]
    {'cutoff': 26, 'ds': 27, 'y': 6.0, 'Naive': 5.0, 'SeasonalNaive': 6.0}

    In gaps that are filled by interpolation nothing came, so y is NULL there.

    Args:
        panel: as for ``forecast``, except that features need not be known beyond the last value.
        horizon: how many periods ahead.
        models: as for ``forecast``; the seasonal naive is added as the baseline.
        windows: from how many earlier times; the last is a horizon before the end. A series that had less than two
            values at a time is not forecast from it.
        step: how many periods lie between two of them; default: a horizon.
        levels: the intervals' levels in per cent.
        on_error: as for ``forecast``.
        reading: as for ``forecast``: ``season_length``, ``freq``, the columns' names and so on.

    Raises:
        ConfigError: if windows or step is no number from 1 up.
        DataError: as for ``forecast``; and if no series is long enough.
    """
    check_windows(windows, step)
    check_on_error(on_error)
    check_options(reading)
    levels = check_levels(levels)
    chosen = models_of(models)
    if all(model.name != BASELINE for model in chosen):
        chosen = [*chosen, SeasonalNaive()]
    with borrowed(panel) as (table, back):
        reader, sample = read(table, horizon, ahead=False, **reading)
        names = [name for model in chosen for name in intervals.columns_of(model, levels)]
        check_result(reader.columns, names, ["cutoff", "step", reader.columns.y, "scale", "scale_squared"])
        cuts = [horizon + number * (step or horizon) for number in range(windows)]
        fitted = {}
        for trial, cut in _pasts(sample, horizon, cuts):
            fitted[cut] = tuple(intervals.fit(model, trial.past, horizon, levels) for model in chosen)
        return back(run(table, Task(reader, horizon, fitted, proof=True), on_error))


def check_windows(windows: Any, step: Any = None) -> None:
    """Refuse what is no number of windows, or no step from one to the next."""
    for name, value in (("windows", windows), ("step", 1 if step is None else step)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ConfigError(f"{name}={value!r}: a backtest needs a whole number from 1 up.")


def _pasts(sample: Panel, horizon: int, cuts: Sequence[int]) -> Iterator[tuple[Trial, int]]:
    """Yield what was known at each cut, the earliest first, as far as series are long enough to be fitted then."""
    pasts = [(trial, cut) for cut in sorted(cuts, reverse=True) for trial in trials(sample, horizon, [cut], LEAST)]
    pasts = [(trial, cut) for trial, cut in pasts if trial.past.lengths.max() > horizon + 1]
    if not pasts:
        longest = int(sample.lengths.argmax())
        raise DataError(
            f"A backtest of {horizon} periods needs a series of at least {2 * horizon + 2} values; the longest, "
            f"'{sample.ids[longest]}', has {sample.lengths[longest]}. Give a shorter horizon."
        )
    yield from pasts
