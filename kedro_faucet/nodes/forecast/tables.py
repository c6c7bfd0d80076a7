"""Frames in, the same kind out: what the forecasting bricks take and give back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from kedro_faucet.engines import Engine, Table, connect, engine_of
from kedro_faucet.exceptions import EngineError


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
    try:
        engine_of(value)
    except EngineError:
        table = (engine or connect()).from_frame(value)
        return table, lambda result: _frame(result, value)
    return value, lambda result: result


@contextmanager
def borrowed(value: Any) -> Iterator[tuple[Table, Callable[[Table], Any]]]:
    """Do as ``as_table`` does; of a frame, the engine keeps nothing that is persisted meanwhile."""
    table, back = as_table(value)
    with nullcontext() if table is value else engine_of(table).scratch():
        yield table, back


def _frame(table: Table, given: Any) -> Any:
    """Return a frame of the kind that was given, with the units that its times had."""
    engine, package = engine_of(table), type(given).__module__.split(".")[0]
    if package == "polars":
        return engine.to_polars(table)
    if package != "pandas":
        return engine.to_arrow(table)
    frame = engine.to_pandas(table)
    times = {name: kind for name, kind in given.dtypes.items() if kind.kind == "M" and not hasattr(kind, "tz")}
    return frame.astype({name: kind for name, kind in times.items() if name in frame})
