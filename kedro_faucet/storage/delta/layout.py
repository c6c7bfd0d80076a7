"""The layout of a Delta table to which little is added again and again: its newest rows lie together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from kedro_faucet.engines import Table
from kedro_faucet.engines.delta import latest_version, rearrange
from kedro_faucet.engines.delta.files import DeltaFiles
from kedro_faucet.engines.delta_log import NEWEST
from kedro_faucet.storage.delta.maintenance import clear, spared
from kedro_faucet.storage.delta.store import DeltaStore

FILES = 16
"""Saves before a table is laid out anew."""
ROWS = 100_000
"""Rows that are added before it, where they are half of the newest ones."""


def tend_layout(store: DeltaStore, apart: Callable[[Table], Mapping[str, Table]], keep: timedelta) -> None:
    """Lay a table out anew where much was added.

    Args:
        store: the table.
        apart: gives its rows, without those of the closed files, by what the names of their files are to begin
            with; nothing of a table that is to stay as it is.
        keep: how long versions can still be read.
    """
    with spared(store.uri):
        version = latest_version(store.uri)
        if version is None or not is_due(DeltaFiles.at(store.uri, version)):
            return
        with store.engine.scratch():
            log = store.read(version)
            if (tables := apart(log)) and rearrange(store.engine, log, tables):
                clear(store.uri, keep)


def is_due(found: DeltaFiles) -> bool:
    """Tell whether a table has many files, or many rows, since its newest rows were put together."""
    if not found.has_places:
        return False
    files = [(each["path"], each.get("num_records") or 0) for each in map(found.log.get, found.near) if each]
    together = [rows for path, rows in files if path.startswith(NEWEST)]
    others = [rows for path, rows in files if not path.startswith(NEWEST)]
    saves = {path.partition("/")[0] for path, _ in files if not path.startswith(NEWEST)}  # Spark's: a folder each
    base = sum(together) or max(others, default=0)
    added = sum(together) + sum(others) - base
    return len(saves) > FILES or added > max(ROWS, base / 2)
