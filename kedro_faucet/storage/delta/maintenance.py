"""Delta tables, kept small: little files made one, and what no version needs any more removed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError

from kedro_faucet.engines.delta import conflict, open_table, told
from kedro_faucet.engines.delta.files import DeltaFiles
from kedro_faucet.engines.delta_log import NEWEST
from kedro_faucet.exceptions import FaucetError, ResourceError

SHORTEST = timedelta(days=7)
"""Readers and writers of this time may still need what they found."""
EVERY = 32
"""Versions after which a table is looked after."""
_BYTES = 64 * 2**20
"""Of a file that is made of little ones."""
_REMEMBERED = "delta.deletedFileRetentionDuration"
"""How long checkpoints tell of removed files; a file that none tells of nobody keeps. Delta's own answer is a week."""


@dataclass(frozen=True)
class Maintained:
    """What was done to a table: files that were made one, and files that were removed."""

    compacted: int
    removed: int


def tend(uri: str, version: int, keep: timedelta) -> None:
    """Maintain a table after every so many versions.

    Args:
        uri: where the table lies.
        version: that was just saved.
        keep: how long versions can still be read.
    """
    if (version + 1) % EVERY == 0:
        with spared(uri):
            maintain(uri, keep, full=False)


@contextmanager
def spared(uri: str) -> Iterator[None]:
    """Let nothing that stops the tending of a table, as a full disk, fail the save that is done: it would come again.

    >>> with spared("lake/flights"):
    ...     raise FaucetError("No space left on device")
    """
    try:
        yield
    except FaucetError as error:  # a writer that is faster, or a table that resists
        logging.getLogger(__name__).debug("%s is left as it is: %s", uri, error)
    except Exception as error:
        logging.getLogger(__name__).warning("%s is saved, and its files are left as they are: %s", uri, error)


def clear(uri: str, keep: timedelta) -> None:
    """Write a checkpoint of a table's log, and remove the files that only versions older than said have.

    Raises:
        ConflictError: if another process writes the table meanwhile.
    """
    if table := open_table(uri):
        try:
            with told(uri, "compact"):
                _clear(table, keep, full=False)
        except CommitFailedError:
            raise conflict(uri) from None


def _clear(table: DeltaTable, keep: timedelta, *, full: bool) -> int:
    """Do it, and return how many files were removed."""
    said = re.fullmatch(r"interval (\d+) days", table.metadata().configuration.get(_REMEMBERED, "interval 7 days"))
    if said and int(said[1]) < keep.days:
        longer = {_REMEMBERED: f"interval {keep.days} days"}
        table.alter.set_table_properties(longer, commit_properties=CommitProperties(max_commit_retries=0))
    removed = _vacuum(table, keep, full=full, dry_run=False)
    table.create_checkpoint()
    return removed


def _vacuum(table: DeltaTable, keep: timedelta, *, full: bool, dry_run: bool) -> int:
    once, hours = CommitProperties(max_commit_retries=0), int(keep.total_seconds() // 3600)
    # How short the time may be, SHORTEST says, not the table: that may keep longer what is removed from now on.
    gone = table.vacuum(hours, dry_run, enforce_retention_duration=False, commit_properties=once, full=full)
    return len(gone)


def maintain(uri: str, keep: timedelta = timedelta(days=30), *, dry_run: bool = False, full: bool = True) -> Maintained:
    """Make little files one, write a checkpoint of the log, and remove files that only older versions have.

    >>> import tempfile
    >>> from kedro_faucet.datasets import ResourceDataset
    >>> from kedro_faucet import engines
    >>> numbers = ResourceDataset(filepath=tempfile.mkdtemp() + "/n", save_args={"mode": "append"})
    >>> for n in (1, 2, 3):
    ...     numbers.save(engines.connect().sql(f"select {n} as n"))
    >>> maintain(numbers._filepath)
    Maintained(compacted=3, removed=0)

    Args:
        uri: where the table lies.
        keep: how long versions can still be read; at least a week.
        dry_run: only count.
        full: whether to remove also what killed writers left, for which all files are listed.

    Raises:
        ConflictError: if another process changed the same files meanwhile; nothing was lost.
        ResourceError: if there is no table, or the time is too short.
    """
    if keep < SHORTEST:
        raise ResourceError(f"Versions are kept for {SHORTEST.days} days at least: readers may still need their files.")
    table = open_table(uri)
    if table is None:
        raise ResourceError(f"There is no Delta table at {uri}.")
    once = CommitProperties(max_commit_retries=0)
    try:
        with told(uri, "compact"):
            if dry_run:
                return Maintained(0, _vacuum(table, keep, full=full, dry_run=True))
            apart = _is_laid_out(uri, table)
            done = {} if apart else table.optimize.compact(target_size=_BYTES, commit_properties=once)
            return Maintained(done.get("numFilesRemoved", 0), _clear(table, keep, full=full))
    except CommitFailedError:
        raise conflict(uri) from None


def _is_laid_out(uri: str, table: DeltaTable) -> bool:
    """Tell whether a table's files are apart for a reason, and saves keep them so: as one they would be slower to read.

    Where more was added than saves let be, there is something in the table for which they leave it as it is.
    """
    from kedro_faucet.storage.delta.layout import is_due

    return any(f"/{NEWEST}" in file for file in table.file_uris()) and not is_due(DeltaFiles(uri, table))
