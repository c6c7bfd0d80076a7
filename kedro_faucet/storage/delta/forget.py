"""Rows that are to be forgotten: gone from a Delta table, from its older versions and from its log."""

from __future__ import annotations

from collections.abc import Callable

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
