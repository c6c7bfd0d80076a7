"""Rows that are to be forgotten: gone from a Delta table, from its older versions and from its log."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from deltalake import CommitProperties

from kedro_faucet.engines import Table
from kedro_faucet.engines.delta import committing, open_table, told
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.delta.store import DeltaStore
from kedro_faucet.storage.modes import Change

STATISTICS = "delta.dataSkippingStatsColumns"


def forget(store: DeltaStore, kept: Callable[[Table], Table]) -> None:
    """Write a table anew with the rows that are kept, and remove all files that have others.

    No older version can be read afterwards; a reader that is at one stops.

    Args:
        store: the table.
        kept: gives the rows to keep of all that there are.

    Raises:
        ResourceError: if there is no table, or its log keeps values of its rows.
        ConflictError: if others write again and again meanwhile.
    """
    table = open_table(store.uri)
    if table is None:
        raise ResourceError(f"There is no Delta table at {store.uri}.")
    if STATISTICS not in table.metadata().configuration:
        raise ResourceError(
            f"The log of the Delta table {store.uri} keeps least and greatest values of its columns, which cannot be "
            "taken out: save its rows into a table of another path, and remove this one."
        )
    store.update(lambda rows: None if rows is None else Change("overwrite", kept(rows)))
    remove_others(store.uri)


def finish(uri: str) -> None:
    """Remove the files that a process was about to remove when it was killed."""
    table = open_table(uri)
    removals = (each for each in (table.history() if table else ()) if each["operation"].startswith("VACUUM"))
    if _is_removal(next(removals, {})):
        remove_others(uri)


def unfinished(store: DeltaStore) -> Iterator[Table]:
    """Yield the table as it was each time before it was written anew, newest first, since all other files were removed.

    In one of them is what a process was to forget that was killed before it removed files.
    """
    table = open_table(store.uri)
    for entry in itertools.takewhile(lambda each: not _is_removal(each), table.history() if table else ()):
        if entry.get("operationParameters", {}).get("mode") == "Overwrite" and entry["version"]:
            with suppress(ResourceError):
                yield store.read(entry["version"] - 1)


def _is_removal(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry of a log is the beginning of a removal of all that its newest version does not have."""
    said = entry.get("operationParameters", {})
    return bool(entry.get("operation") == "VACUUM START" and said.get("specifiedRetentionMillis") == "0")


def remove_others(uri: str) -> None:
    """Remove at once every file below a table that its newest version does not have."""
    version = getattr(open_table(uri), "version", lambda: None)()
    with committing(uri, version) as commit, told(uri, "vacuum"):
        assert commit.table is not None
        once = CommitProperties(max_commit_retries=0)
        commit.table.vacuum(
            retention_hours=0, dry_run=False, enforce_retention_duration=False, commit_properties=once, full=True
        )
        commit.table.create_checkpoint()
