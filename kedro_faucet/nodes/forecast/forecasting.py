"""The brick: a panel in, forecasts with intervals out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from inspect import signature
from typing import Any

import numpy as np
import pyarrow as pa

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean
from kedro_faucet.nodes.forecast import intervals
from kedro_faucet.nodes.forecast.catalogue import models_of
from kedro_faucet.nodes.forecast.intervals import Fitted
from kedro_faucet.nodes.forecast.panel import Panel
from kedro_faucet.nodes.forecast.preparation import (
    Columns,
    Reading,
    check_columns,
    check_horizon,
    check_levels,
    check_max_filled,
    check_seasons,
)
from kedro_faucet.nodes.forecast.preparation.columns import word
from kedro_faucet.nodes.forecast.preparation.validation import log_filled, told
from kedro_faucet.nodes.forecast.tables import as_table, borrowed
from kedro_faucet.nodes.forecast.task import Task

LEVELS = (80, 95)
"""The usual levels of intervals, in per cent."""
SERIES = 5_000
"""From how many series models learn what series have in common, and how wide intervals must be."""
ROWS = 5_000_000
"""How many rows these have together; of longer series there are fewer."""
LIBRARIES = ("kedro-faucet", "numpy", "scikit-learn", "statsmodels", "statsforecast")


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
        versions: of the libraries that they were fitted with.
        filled: how many of the values lay in gaps, and were interpolated.
    """

    reading: Reading
    horizon: int
    models: tuple[Fitted, ...]
    series: int
    values: int
    ends: Any
    versions: tuple[str, ...] = ()
    filled: int = 0

    def forecast(self, panel: Any, *, on_error: str = "raise") -> Any:
        """Return the forecasts of each series of a panel, from its last value on: what ``forecast`` returns."""
        check_on_error(on_error)
        with borrowed(panel) as (table, back):
            _check_table(table, self.reading)
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
        on_error: ``raise``, or ``skip``: then a series that cannot be forecast, by one model or all of them, has a row
            more that tells why in the column ``error``, which is NULL in all other rows.
        options: of ``fit``.

    Raises:
        ConfigError: if what is asked for cannot be.
        DataError: if the panel is none, or a series cannot be forecast.
    """
    check_on_error(on_error)
    return fit(panel, horizon, models, **options).forecast(panel, on_error=on_error)


def fit(
    panel: Any, horizon: int, models: Any = "combination", *, levels: Sequence[float] = LEVELS, **reading: Any
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
    check_options(reading)
    table, _ = as_table(panel)
    levels = check_levels(levels)
    reader, sample = read(table, horizon, **reading)
    chosen = models_of(models)
    check_result(reader.columns, [name for model in chosen for name in intervals.columns_of(model, levels)])
    fitted = tuple(intervals.fit(model, sample, horizon, levels) for model in chosen)
    ends = reader.times(sample.ends[[sample.ends.argmax()]])[0].as_py()
    facts = len(sample.ids), int(sample.lengths.sum()), ends
    return Forecaster(reader, horizon, fitted, *facts, versions=_versions(), filled=log_filled(sample))


@cache
def _versions() -> tuple[str, ...]:
    """Return the versions of the libraries that models are made with, as far as they are installed."""
    versions = []
    for library in LIBRARIES:
        with suppress(PackageNotFoundError):
            versions.append(f"{library} {version(library)}")
    return tuple(versions)


def read(
    table: Table,
    horizon: int,
    *,
    season_length: int | Sequence[int] | None = None,
    freq: str | int | None = None,
    fill: str | float = "interpolate",
    max_filled: float = 0.2,
    unique_id: str = "unique_id",
    ds: str = "ds",
    y: str = "y",
    features: Sequence[str] = (),
    ahead: bool = True,
) -> tuple[Reading, Panel]:
    """Return how to read a table, and the panel of the series that models are fitted on.

    Args:
        table: a row for each series and period.
        horizon: how many periods ahead features must be known.
        season_length: how many periods a season has, or several such; default: the frequency's usual ones.
        freq: the frequency, by pandas' name; default: the one that most distances of most series have.
        fill: how gaps are filled: ``interpolate``, or a number, such as 0 where no row means that nothing happened.
        max_filled: what part of a series may be interpolated; a series that lacks more cannot be forecast.
        unique_id: the column that tells series apart.
        ds: the column of the times.
        y: the column of the values.
        features: columns of numbers that are known ahead, for models that take them.
        ahead: whether they must be known beyond the last value.

    Raises:
        ConfigError: if what is asked for cannot be.
        DataError: if there are no such columns, nothing to forecast, no frequency, or no two seasons of it.
    """
    check_horizon(horizon)
    columns = Columns(unique_id, ds, y, (features,) if isinstance(features, str) else tuple(features))
    sample = _sample(table, columns)
    reading = Reading.of(sample, columns, freq=freq, season_length=season_length, fill=fill)
    reading = replace(reading, ahead=ahead, max_filled=check_max_filled(max_filled))
    panel, faults = reading.panel(sample, horizon)
    if not len(panel.ids):
        raise DataError(told([(len(faults), *fault) for fault in list(faults.items())[:3]], others=False))
    if season_length is not None:
        check_seasons(reading.seasons, panel)
    return reading, panel.take(np.argsort(panel.ids.astype(str), kind="stable"))


def check_options(options: Iterable[str]) -> None:
    """Refuse what is no option of ``forecast``.

    >>> check_options(["level"])
    Traceback (most recent call last):
    kedro_faucet.exceptions.ConfigError: There is no option 'level'. Did you mean 'levels'? There are levels, ...

    Raises:
        ConfigError: naming the one that is near.
    """
    known = ["levels", *(name for name, kind in signature(read).parameters.items() if kind.kind is kind.KEYWORD_ONLY)]
    known.remove("ahead")
    for name in options:
        if name not in known:
            raise ConfigError(f"There is no option '{name}'.{did_you_mean(name, known)} There are {', '.join(known)}.")


def _sample(table: Table, columns: Columns) -> Any:
    """Return the rows of some series, those whose names have the smallest hashes: the same whatever their order."""
    engine, series = engine_of(table), quote(columns.unique_id)
    check_columns(_schema(table), columns)
    names = ", ".join(map(quote, columns.names))
    named = engine.sql(f"select {names} from panel where {series} is not null", panel=table)
    [(count, rows)] = engine.rows(engine.sql(f"select count(distinct {series}), count(*) from named", named=named))
    limit = max(1, min(SERIES, ROWS * count // max(rows, 1)))
    sample = engine.to_arrow(named if count <= limit else _drawn(named, series, limit))
    return sample.sort_by([(columns.unique_id, "ascending"), (columns.ds, "ascending")])


def _drawn(table: Table, series: str, limit: int) -> Table:
    """Return the rows of so many series."""
    text = f"""
        with names as (select distinct {series} as series from panel),
            drawn as (select series from names order by surrogate_key(series), series limit {limit})
        select panel.* from panel join drawn on panel.{series} = drawn.series
    """
    return engine_of(table).sql(text, panel=table)


def run(table: Table, task: Task, on_error: str) -> Table:
    """Return what a task makes of a table.

    Raises:
        DataError: naming the series that cannot be forecast, and why, unless they are to be skipped.
    """
    engine, columns = engine_of(table), task.reading.columns
    made = engine.persist(engine.stream(table, task, task.types, by=[columns.unique_id, columns.ds]))
    if on_error == "skip":
        return made
    series = quote(columns.unique_id)
    text = f"select count(*) over () as faults, {series}, error from made where error is not null order by 2 limit 3"
    if found := engine.rows(engine.sql(text, made=made)):
        raise DataError(told(found))
    return engine.sql("select * exclude (error) from made", made=made)


def check_on_error(on_error: Any) -> None:
    """Refuse what cannot be done about an error."""
    choices = ["raise", "skip"]
    if on_error not in choices:
        raise ConfigError(f"on_error is 'raise' or 'skip', not {on_error!r}.{did_you_mean(str(on_error), choices)}")


def check_result(columns: Columns, models: Sequence[str], others: Sequence[str] = ()) -> None:
    """Refuse names of columns of which the result would have two, where capitals make no difference."""
    names = [columns.unique_id, columns.ds, "error", *others, *models]
    lower = [name.lower() for name in names]
    for number, name in enumerate(names):
        if lower.index(name.lower()) < number:
            raise ConfigError(
                f"The result would have two columns '{name}': call the panel's column or the model otherwise, as in "
                "models={'Mine': 'naive'}."
            )


def _schema(table: Table) -> pa.Schema:
    engine = engine_of(table)
    return engine.to_arrow(engine.sql("select * from panel limit 0", panel=table)).schema


def _check_table(table: Table, reading: Reading) -> None:
    """Refuse a table that is not of the columns and types that models were fitted on."""
    schema, columns = _schema(table), reading.columns
    check_columns(schema, columns)
    for name, fitted in zip((columns.unique_id, columns.ds), reading.types, strict=True):
        if (kind := word(schema.field(name).type)) != fitted:
            raise DataError(f"The column '{name}' is of type {kind}, but the models were fitted on {fitted}: cast it.")
