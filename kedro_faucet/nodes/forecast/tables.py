"""Frames in, the same kind out: what the forecasting bricks take and give back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import pyarrow as pa

from kedro_faucet.engines import Engine, Table, connect, engine_of, find_engine
from kedro_faucet.engines.conversion import arrow_table
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast.zones import in_zones, local_days


def as_table(value: Any, engine: Engine | None = None) -> tuple[Table, Callable[[Table], Any]]:
    """Return a table over a frame, and what turns a result into the kind that was given.

    >>> import pyarrow as pa
    >>> table, back = as_table(pa.table({"unique_id": ["JFK"], "y": [1.5]}))
    >>> back(engine_of(table).sql("select unique_id, 2 * y as y from given", given=table)).to_pylist()
    [{'unique_id': 'JFK', 'y': 3.0}]

    Args:
        value: a table of an engine, which stays as it is, or a pandas, polars or Arrow table.
        engine: where a frame goes; default: the embedded engine.

    Raises:
        EngineError: if the value is neither.
    """
    if find_engine(value):
        return value, lambda result: result
    local, zones = local_days(arrow_table(_dated(value)))
    table = (engine or connect()).from_frame(local)
    return table, lambda result: _frame(_zoned(result, zones), value)


@contextmanager
def borrowed(value: Any) -> Iterator[tuple[Table, Callable[[Table], Any]]]:
    """Do as ``as_table`` does; of a frame, the engine keeps nothing that is persisted meanwhile."""
    table, back = as_table(value)
    with nullcontext() if table is value else engine_of(table).scratch():
        yield table, back


def _zoned(table: Table, zones: Mapping[str, str]) -> Table:
    """Return a table in UTC, as ``_frame`` wants it."""
    if not zones:
        return table
    engine = engine_of(table)
    return engine.from_frame(in_zones(engine.to_arrow(table), zones))


def _dated(value: Any) -> Any:
    """Return a frame whose periods, which pandas has, are dated by their begin."""
    if type(value).__module__.split(".")[0] == "pandas":
        periods = {name: _periods(column) for name, column in value.items()}
        dated = {name: column.to_timestamp() for name, column in periods.items() if column is not None}
        return value.assign(**dated) if dated else value
    for field in value.schema if isinstance(value, pa.Table) else []:
        if getattr(field.type, "extension_name", "") == "pandas.period":
            raise DataError(f"The column '{field.name}' holds pandas' periods: make them a DATE or a TIMESTAMP.")
    return value


def _periods(column: Any) -> Any:
    """Return a column's periods, also where they are plain objects; nothing if it holds none."""
    import pandas

    if column.dtype == object and any(isinstance(value, pandas.Period) for value in column.head(100)):
        return pandas.PeriodIndex(column)
    return pandas.PeriodIndex(column) if _is_period(column.dtype) else None


def _is_period(kind: Any) -> bool:
    return type(kind).__name__ == "PeriodDtype"


def _frame(table: Table, given: Any) -> Any:
    """Return a frame of the kind that was given, with the units and zones that its times had."""
    engine, package = engine_of(table), type(given).__module__.split(".")[0]
    if package == "polars":
        polars = engine.to_polars(table)
        return polars.cast(
            {name: kind for name, kind in _common(given.schema, polars.columns) if hasattr(kind, "time_unit")}
        )
    if package == "pandas":
        pandas = engine.to_pandas(table)
        for name, kind in _common(given.dtypes, pandas.columns.tolist()):
            if kind.kind == "M":
                times = pandas[name].dt.tz_localize("UTC") if hasattr(kind, "tz") else pandas[name]
                pandas[name] = times.astype(kind)
            elif _is_period(kind):
                pandas[name] = pandas[name].dt.to_period(kind.freq)
        return pandas
    arrow = engine.to_arrow(table)
    kinds = dict(_common({field.name: field.type for field in given.schema}, arrow.column_names))
    fields = [
        field.with_type(kinds[field.name]) if pa.types.is_timestamp(kinds.get(field.name, pa.null())) else field
        for field in arrow.schema
    ]
    return arrow.cast(pa.schema(fields))


def _common(kinds: Any, names: Sequence[str]) -> list[tuple[str, Any]]:
    return [(name, kind) for name, kind in kinds.items() if name in names]
