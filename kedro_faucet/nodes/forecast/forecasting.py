"""The brick: a panel in, forecasts with intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean
from kedro_faucet.nodes.forecast import intervals
from kedro_faucet.nodes.forecast.intervals import Fitted
from kedro_faucet.nodes.forecast.models.catalogue import models_of
from kedro_faucet.nodes.forecast.panel import Panel
from kedro_faucet.nodes.forecast.reading import (
    Columns,
    Reading,
    check_columns,
    check_horizon,
    check_levels,
    check_seasons,
)
from kedro_faucet.nodes.forecast.tables import as_table
from kedro_faucet.nodes.forecast.task import Task

SERIES = 5_000
"""From how many series models learn what series have in common, and how wide intervals must be."""
ROWS = 5_000_000
"""How many rows these have together; of longer series there are fewer."""


@dataclass(frozen=True)
class Forecaster:
    """Fitted models: they can be pickled, and forecast again when more is known.

    Args:
        reading: how rows become panels.
        horizon: how many periods ahead they forecast.
        models: the fitted models.
        series: how many series they were fitted on.
        values: how many values these have.
        ends: the last time among them.
    """

    reading: Reading
    horizon: int
    models: tuple[Fitted, ...]
    series: int
    values: int
    ends: Any

    def forecast(self, panel: Any, *, on_error: str = "raise") -> Any:
        """Return the forecasts of each series of a panel, from its last value on: what ``forecast`` returns."""
        table, back = as_table(panel)
        return back(run(table, Task(self.reading, self.horizon, {0: self.models}), on_error))


def forecast(panel: Any, horizon: int, models: Any = "combination", *, on_error: str = "raise", **options: Any) -> Any:
    """Return forecasts of each series of a panel, with intervals that hold as often as they say.

    >>> import pyarrow as pa
    >>> days = range(1, 29)
    >>> sales = pa.table({"unique_id": ["shop"] * 28, "ds": days, "y": [float(day % 7) for day in days]})
    >>> made = forecast(sales, 2, ["seasonal_naive", "drift"], levels=[80], season_length=7)
    >>> made.column_names[:5]
    ['unique_id', 'ds', 'SeasonalNaive', 'SeasonalNaive-lo-80', 'SeasonalNaive-hi-80']
    >>> made.select(["unique_id", "ds", "SeasonalNaive"]).to_pylist()
    [{'unique_id': 'shop', 'ds': 29, 'SeasonalNaive': 1.0}, {'unique_id': 'shop', 'ds': 30, 'SeasonalNaive': 2.0}]

    Args:
        panel: a table of either engine, or a pandas, polars or Arrow table: a row for each series and period. The
            result is of the same kind. Rows after a series' last value hold what is known ahead.
        horizon: how many periods ahead, at least 1.
        models: a model or several: names, objects of ours, of scikit-learn or StatsForecast, or functions; see
            ``models_of``.
        on_error: ``raise``, or ``skip``: then series that cannot be forecast have one row that tells why in the
            column ``error``, which is NULL for the others.
        options: of ``fit``.

    Raises:
        ConfigError: if what is asked for cannot be.
        DataError: if the panel is none, or a series cannot be forecast.
    """
    return fit(panel, horizon, models, **options).forecast(panel, on_error=on_error)


def fit(
    panel: Any, horizon: int, models: Any = "combination", *, levels: Sequence[float] = (80, 95), **reading: Any
) -> Forecaster:
    """Return models fitted on a panel: on all its series, or on 5,000 that are drawn by their names if it has more.

    >>> import pyarrow as pa
    >>> days = range(1, 29)
    >>> sales = pa.table({"unique_id": ["shop"] * 28, "ds": days, "y": [float(day % 7) for day in days]})
    >>> fit(sales, 7, "naive").forecast(sales).num_rows
    7

    Args:
        panel: as for ``forecast``.
        horizon: as for ``forecast``.
        models: as for ``forecast``.
        levels: the intervals' levels in per cent; none for no intervals.
        reading: how to read the panel, see ``read``.

    Raises:
        ConfigError: if what is asked for cannot be.
        DataError: if the panel is none, or its series are too short.
    """
    table, _ = as_table(panel)
    levels = check_levels(levels)
    reader, sample = read(table, horizon, **reading)
    fitted = tuple(intervals.fit(model, sample, horizon, levels) for model in models_of(models))
    ends = reader.times(sample.ends[[sample.ends.argmax()]])[0].as_py()
    return Forecaster(reader, horizon, fitted, len(sample.ids), int(sample.lengths.sum()), ends)


def read(
    table: Table,
    horizon: int,
    *,
    season_length: int | Sequence[int] | None = None,
    freq: str | int | None = None,
    fill: str | float = "interpolate",
    unique_id: str = "unique_id",
    ds: str = "ds",
    y: str = "y",
    features: Sequence[str] = (),
) -> tuple[Reading, Panel]:
    """Return how to read a table, and the panel of the series that models are fitted on.

    Args:
        table: a row for each series and period.
        horizon: how many periods ahead features must be known.
        season_length: how many periods a season has, or several such; default: the frequency's usual ones.
        freq: the frequency, by pandas' name; default: the one that most series have.
        fill: how gaps are filled: ``interpolate``, or a number, such as 0 where no row means that nothing happened.
        unique_id: the column that tells series apart.
        ds: the column of the times.
        y: the column of the values.
        features: columns of numbers that are known ahead, for models that take them.

    Raises:
        ConfigError: if what is asked for cannot be.
        DataError: if there are no such columns, nothing to forecast, no frequency, or no two seasons of it.
    """
    check_horizon(horizon)
    columns = Columns(unique_id, ds, y, tuple(features))
    sample = _sample(table, columns)
    reading = Reading.of(sample, columns, freq=freq, season_length=season_length, fill=fill)
    panel, faults = reading.panel(sample, horizon)
    if not len(panel.ids):
        raise DataError(told([(len(faults), *fault) for fault in list(faults.items())[:3]]))
    if season_length is not None:
        check_seasons(reading.seasons, panel)
    return reading, panel.take(np.argsort(panel.ids.astype(str), kind="stable"))


def _sample(table: Table, columns: Columns) -> Any:
    """Return the rows of some series, those whose names have the smallest hashes: the same whatever their order."""
    engine = engine_of(table)
    check_columns(engine.to_arrow(engine.sql("select * from panel limit 0", panel=table)).schema, columns)
    series, names = quote(columns.unique_id), ", ".join(f"panel.{quote(name)}" for name in columns.names)
    [(rows, count)] = engine.rows(engine.sql(f"select count(*), count(distinct {series}) from panel", panel=table))
    text = f"""
with drawn as (
    select {series} as series from (select distinct {series} from panel where {series} is not null) as every
    order by surrogate_key({series}), {series} limit {max(1, min(SERIES, ROWS * count // max(rows, 1)))}
)
select {names} from panel join drawn on panel.{series} = drawn.series
order by panel.{series}, panel.{quote(columns.ds)}"""
    return engine.to_arrow(engine.sql(text, panel=table))


def run(table: Table, task: Task, on_error: str) -> Table:
    """Return what a task makes of a table.

    Raises:
        DataError: naming the series that cannot be forecast, and why, unless they are to be skipped.
    """
    choices = ["raise", "skip"]
    if on_error not in choices:
        raise ConfigError(f"on_error is 'raise' or 'skip', not {on_error!r}.{did_you_mean(str(on_error), choices)}")
    engine, columns = engine_of(table), task.reading.columns
    made = engine.persist(engine.stream(table, task, task.types, by=[columns.unique_id, columns.ds]))
    if on_error == "skip":
        return made
    series = quote(columns.unique_id)
    text = f"select count(*) over () as faults, {series}, error from made where error is not null order by 2 limit 3"
    if found := engine.rows(engine.sql(text, made=made)):
        raise DataError(told(found))
    return engine.sql("select * exclude (error) from made", made=made)


def told(found: Sequence[tuple[Any, ...]]) -> str:
    """Return the message about series that cannot be forecast.

    >>> print(told([(5, "JFK", "no value"), (5, "LGA", "more than one row for 3")]))
    5 series cannot be forecast; on_error='skip' forecasts the others, and says which were not:
      JFK: no value
      LGA: more than one row for 3
      and 3 more

    Args:
        found: how many there are in all, the series, and why; for some of them.
    """
    count = found[0][0] if found else 0
    what = "A series" if count == 1 else f"{count} series"
    lines = [f"{what} cannot be forecast; on_error='skip' forecasts the others, and says which were not:"]
    lines += [f"  {series}: {error}" for _, series, error in found]
    return "\n".join(lines + ([f"  and {count - len(found)} more"] if count > len(found) else []))
