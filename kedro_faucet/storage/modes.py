"""Write modes: functions from the table as it is and the incoming rows to the change that is to be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.storage.change import Change as Change
from kedro_faucet.storage.merge import Merge
from kedro_faucet.storage.schema import conform, settled, together

EXISTS = "It exists already, and mode: error replaces nothing; use overwrite, append or merge."
"""What mode: error says of a table that there is."""


Writer: TypeAlias = Callable[[Engine, Table | None, Table], Change | None]
"""From an engine, the old table (or nothing) and the incoming one to a change (or none)."""


def writer(
    mode: str = "overwrite", key: Sequence[str] = (), order_by: str | None = None, delete_by: str | None = None
) -> Writer:
    """Return the function of a write mode.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> change = writer("append")(engine, None, engine.sql("select 1 as n"))
    >>> change.mode
    'overwrite'

    Args:
        mode: ``overwrite``, ``append``, ``merge``, ``error`` or ``ignore``.
        key: for ``merge``: the columns that tell rows apart.
        order_by: for ``merge``: the column whose greater value is the newer row.
        delete_by: for ``merge``: a column of booleans, which is not kept; a row that says true deletes its key.

    Raises:
        ResourceError: if there is no such mode, or it lacks its key.
    """
    if mode not in MODES:
        raise ResourceError(f"Unknown mode '{mode}'; there are {', '.join(MODES)}.{did_you_mean(mode, MODES)}")
    if mode == "merge" and not key:
        raise ResourceError("mode: merge needs the columns that tell rows apart, as in key: [order_id].")
    if mode != "merge" and (key or order_by or delete_by):
        raise ResourceError(f"key, order_by and delete_by belong to mode: merge; mode: {mode} does not use them.")
    return Merge(list(key), order_by, delete_by) if mode == "merge" else MODES[mode]


def _overwrite(engine: Engine, old: Table | None, new: Table) -> Change | None:
    return Change("overwrite", new)


def _append(engine: Engine, old: Table | None, new: Table) -> Change | None:
    if old is None:
        return Change("overwrite", new)
    typed = settled(engine, old, new)
    rows = conform(engine, typed, new)
    return Change("append", rows) if typed is old else Change("overwrite", together(engine, typed, rows))


def _error(engine: Engine, old: Table | None, new: Table) -> Change | None:
    if old is not None:
        raise ResourceError(EXISTS)
    return Change("overwrite", new)


def _ignore(engine: Engine, old: Table | None, new: Table) -> Change | None:
    return None if old is not None else Change("overwrite", new)


MODES: dict[str, Writer] = {
    "overwrite": _overwrite,
    "append": _append,
    "merge": Merge(()),
    "error": _error,
    "ignore": _ignore,
}
