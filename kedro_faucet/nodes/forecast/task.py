"""What forecasts a stream of series: the same in one process and in each task of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from kedro_faucet.nodes.forecast.arrays import seasonal_differences
from kedro_faucet.nodes.forecast.intervals import Fitted
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.preparation import Reading
from kedro_faucet.nodes.forecast.preparation.columns import arrow_type
from kedro_faucet.nodes.forecast.trials import Trial, trials

SERIES = 2048
"""How many series are forecast at a time: what bounds the memory."""
Faults = Mapping[Any, str]


@dataclass(frozen=True)
class Task:
    """Forecasts every series of a stream of Arrow batches that are ordered by series and time.

    Args:
        reading: how rows become panels.
        horizon: how many periods ahead.
        windows: for each number of periods to go back, the models fitted on what was known then.
        proof: whether to tell what came, and each series' scale: for a backtest.
    """

    reading: Reading
    horizon: int
    windows: Mapping[int, tuple[Fitted, ...]]
    proof: bool = False

    @property
    def types(self) -> dict[str, str]:
        """The columns that it makes, in DuckDB's words."""
        columns, (series, time) = self.reading.columns, self.reading.types
        models = {name: "DOUBLE" for fitted in next(iter(self.windows.values())) for name in fitted.columns}
        if not self.proof:
            return {columns.unique_id: series, columns.ds: time, **models, "error": "VARCHAR"}
        proof = {"step": "INTEGER", columns.y: "DOUBLE", "scale": "DOUBLE", "scale_squared": "DOUBLE"}
        return {columns.unique_id: series, "cutoff": time, columns.ds: time, **proof, **models, "error": "VARCHAR"}

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the forecasts, and a row with an error for each series that has none."""
        for panel, faults in self.reading.panels(batches, SERIES, self.horizon):
            told = dict(faults)
            for cut, fitted in self.windows.items():
                for trial in self._trials(panel, cut):
                    columns = _merged(each.predict(trial.past, self.horizon) for each in fitted)
                    told = {**_missing(trial.past, columns), **told}
                    yield self._rows(trial, columns).filter(self._made(columns))
            if told:
                yield self._faulty(told)

    def _trials(self, panel: Panel, cut: int) -> list[Trial]:
        """Return the panel as it was; for a forecast, as it is."""
        if cut:
            return [_came(panel, trial, cut) for trial in trials(panel, self.horizon, [cut], least=2)]
        nothing = np.empty((0, len(panel.ids)))
        return [Trial(panel, nothing, np.arange(len(panel.ids)))] if len(panel.ids) else []

    def _made(self, columns: Mapping[str, Floats]) -> pa.Array:
        """Return which rows are of series that a model forecasts."""
        made = np.any([np.isfinite(column).all(axis=0) for column in columns.values()], axis=0)
        return pa.array(np.repeat(made, self.horizon))

    def _rows(self, trial: Trial, columns: Mapping[str, Floats]) -> pa.RecordBatch:
        panel, own = trial.past, self.reading.columns
        series, times = self.reading.future(panel, self.horizon)
        made: dict[str, Any] = {own.unique_id: series, own.ds: times, **{name: _flat(c) for name, c in columns.items()}}
        if self.proof:
            ends = np.repeat(panel.ends, self.horizon)
            steps = np.tile(np.arange(1, self.horizon + 1, dtype=np.int32), len(panel.ids))
            made |= {"cutoff": self.reading.times(ends), "step": pa.array(steps), own.y: _flat(trial.actual)}
            scales = seasonal_differences(panel.values, panel.season_length)
            for name, scale in zip(("scale", "scale_squared"), scales, strict=True):
                made[name] = _flat(np.tile(np.where(scale > 0, scale, np.nan), (self.horizon, 1)))
        return self._batch(made, len(series))

    def _faulty(self, faults: Faults) -> pa.RecordBatch:
        errors = pa.array(list(faults.values()), pa.string())
        return self._batch({self.reading.columns.unique_id: self.reading.names(faults), "error": errors}, len(faults))

    def _batch(self, made: Mapping[str, Any], rows: int) -> pa.RecordBatch:
        """Return a batch of all columns, in order, with NULL where nothing was made."""
        schema = pa.schema([(name, arrow_type(kind)) for name, kind in self.types.items()])
        arrays = [made[field.name] if field.name in made else pa.nulls(rows, field.type) for field in schema]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _came(panel: Panel, trial: Trial, cut: int) -> Trial:
    """Return a trial with NaN where nothing came: where a gap was filled."""
    if panel.filled is None:
        return trial
    begin = len(panel.values) - cut
    filled = panel.filled[begin : begin + len(trial.actual), trial.series]
    return replace(trial, actual=np.where(filled, np.nan, trial.actual))


def _merged(parts: Iterator[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: column for part in parts for name, column in part.items()}


def _missing(panel: Panel, columns: Mapping[str, Floats]) -> Faults:
    """Return the series for which a model gave no forecast."""
    faults: dict[Any, str] = {}
    for name, column in columns.items():
        for series in np.flatnonzero(~np.isfinite(column).all(axis=0)):
            count = panel.lengths[series]
            faults.setdefault(panel.ids[series], f"{name} gives no forecast of it ({count} values)")
    return faults


def _flat(column: Floats) -> pa.Array:
    """Return the values series by series, NULL for NaN."""
    return pa.array(column.T.reshape(-1), from_pandas=True)
