"""One engine per process and configuration, and the way from a table back to its engine."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kedro_faucet.config import current
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Scopes, Table
from kedro_faucet.exceptions import EngineError, did_you_mean
from kedro_faucet.services import snapshots

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_KINDS = {"duckdb": "DuckDBEngine", "spark": "SparkEngine"}
_engines: dict[str, Engine] = {}
_lock = threading.Lock()


def connect(config: Mapping[str, Any] | None = None) -> Engine:
    """Return the engine of a configuration; the same configuration gives the same engine.

    >>> connect({"type": "duckdb"}) is connect()
    True

    Args:
        config: the mapping below ``engine:`` in a profile's ``engine.yml``; default: that of the project that this
            process runs or has opened, else the embedded engine.

    Raises:
        EngineError: if the type or a setting is unknown.
    """
    config = {"type": "duckdb", **(config or current.engine or {})}
    if config["type"] not in _KINDS:
        hint = did_you_mean(config["type"], _KINDS)
        raise EngineError(f"Unknown engine type '{config['type']}'; there are {', '.join(_KINDS)}.{hint}")
    identity = json.dumps(config, sort_keys=True, default=str)
    with _lock:
        if identity not in _engines or _engines[identity].closed:
            module = import_module(f"kedro_faucet.engines.{config['type']}")
            _engines[identity] = getattr(module, _KINDS[config["type"]])(config)
        return _engines[identity]


def engine_of(table: Table) -> Engine:
    """Return the engine that a table belongs to.

    Raises:
        EngineError: if it is not a table of an engine that this process connected.
    """
    if engine := find_engine(table):
        return engine
    raise EngineError(
        f"{type(table).__name__} is not a table of a connected engine. "
        "Make one from a frame with kedro_faucet.engines.connect().from_frame(frame)."
    )


def find_engine(value: Any) -> Engine | None:
    """Return the engine that a value is a table of; nothing for any other value.

    >>> find_engine(connect().sql("select 1 as n")).name, find_engine("select 1 as n")
    ('duckdb', None)
    """
    return next((engine for engine in list(_engines.values()) if not engine.closed and engine.owns(value)), None)


def progress() -> float | None:
    """Return how many percent are done of what the embedded engine computes, if it does, and knows.

    >>> progress()
    """
    found = [each.connection.query_progress() for each in _engines.values() if hasattr(each, "connection")]
    return max((percent for percent in found if percent > 0), default=None)


def can_fork() -> bool:
    """Tell whether a fork of this process can compute: neither an engine's threads nor those of delta-rs come along."""
    delta = sys.modules.get("kedro_faucet.engines.delta.table")
    return not (any(not each.closed for each in _engines.values()) or getattr(delta, "is_used", False))


def begin_run() -> None:
    """Note from now on what is persisted, for ``end_run`` to let go of it."""
    Scopes.in_run = True
    snapshots.begin()


def end_run(*, keep: bool = False) -> None:
    """Let go of what was persisted since the run began, on every engine.

    >>> engine = connect()
    >>> kept = engine.persist(engine.sql("select 1 as n"))
    >>> begin_run()
    >>> let_go = engine.persist(engine.sql("select 2 as n"))
    >>> end_run()
    >>> engine.rows(kept)
    [(1,)]

    Args:
        keep: leave it all where it is, for tables that are handed on and may read it.
    """
    Scopes.in_run = False
    snapshots.end(keep=keep)
    for engine in list(_engines.values()):
        with suppress(Exception):  # what was computed is saved: an engine that is gone is no reason to say otherwise
            engine.release(keep=keep or engine.closed)


def interrupt() -> None:
    """Stop what the engines of this process compute; who waits for it gets an error.

    >>> interrupt()
    """
    for engine in list(_engines.values()):
        if not engine.closed:
            engine.interrupt()


def sql(text: str, /, *, portable: bool = True, **tables: Table) -> Table:
    """Return the lazy result of one SELECT, on the engine of its tables.

    >>> numbers = connect().sql("select unnest([1, 2, 3]) as n", portable=False)
    >>> connect().rows(sql("select sum(n) as total from numbers", numbers=numbers))
    [(6,)]

    Args:
        text: a SELECT in DuckDB's dialect, within the subset that both engines understand alike.
        portable: False to write the whole SQL of the one engine that the project runs on.
        tables: the tables by the names that the text gives them; at least one.

    Raises:
        SqlError: if the text is wrong, or outside the subset.
        EngineError: if no table is given, or the tables belong to two engines.
    """
    if not tables:
        raise EngineError("sql() takes its engine from its tables: give at least one, or use an engine's own sql().")
    engines = {name: engine_of(table) for name, table in tables.items()}
    if len(set(map(id, engines.values()))) > 1:
        listed = ", ".join(f"{name} ({engine.name})" for name, engine in engines.items())
        raise EngineError(f"The tables belong to different engines: {listed}.")
    return next(iter(engines.values())).sql(text, portable=portable, **tables)


def to_arrow(table: Table) -> pa.Table:
    """Return all rows of a table as an Arrow table."""
    return engine_of(table).to_arrow(table)


def to_pandas(table: Table) -> pd.DataFrame:
    """Return all rows of a table as a pandas frame."""
    return engine_of(table).to_pandas(table)


def to_polars(table: Table) -> pl.DataFrame:
    """Return all rows of a table as a polars frame."""
    return engine_of(table).to_polars(table)
