"""Increments by files: each file of a source once, a changed one again or refused, one still being written later."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import time as clock

from kedro_faucet.engines import Engine, Table
from kedro_faucet.engines.files.local.paths import shown
from kedro_faucet.exceptions import DataError, listed
from kedro_faucet.services.stores.addresses import is_address, known, url_of
from kedro_faucet.storage.intake.audit import AUDIT, name_of

SETTLED = 2.0
"""Seconds since its last change after which a file is not taken for one that is still being written."""
_FILE, _TIME = AUDIT["source_file"], AUDIT["loaded_at"]


def new_files(engine: Engine, old: Table | None, new: Table, *, again: bool) -> Table | None:
    """Return the rows of the files that a table does not have yet, with the name of each; nothing if it has all.

    Args:
        engine: whose tables they are.
        old: the table, with the audit columns ``source_file`` and ``loaded_at``; none where there is none yet.
        new: the rows of all files, as they are read.
        again: whether a file that has changed since is taken again (a merge knows its rows).

    Raises:
        DataError: if the rows are not those of files, the table says of no file what it has, or a file that it has
            was changed and cannot be taken again.
    """
    files = engine.files_of(new)
    if files is None:
        raise DataError("incremental: files: takes the rows of files as they are read: copy them (pipelines.copy).")
    names = {file: name_of(_shown(file)) for file in files}
    taken = _taken(engine, old)
    changed = [file for file, name in names.items() if name in taken and _changed_at(file) > taken[name]]
    if changed and not again:
        raise DataError(
            f"{listed(names[file] for file in changed)} changed since it was loaded, and mode: append would double its "
            "rows: use mode: merge with a key, or give the new rows a file of their own."
        )
    wanted = {file: name for file, name in names.items() if name not in taken or file in changed}
    ready = {file: name for file, name in wanted.items() if clock() - _time(file) > SETTLED}
    if waiting := [name for file, name in wanted.items() if file not in ready]:
        logging.getLogger(__name__).info("Left for the next run, as just written: %s", listed(waiting))
    return engine.with_files(new, ready, _FILE) if ready else None


def _shown(file: str) -> str:
    return url_of(file) if is_address(file) else str(shown(Path(file.removeprefix("file:"))))


def _taken(engine: Engine, old: Table | None) -> Mapping[str, datetime]:
    """Return the files that a table has, each with the time at which it was loaded last."""
    if old is None:
        return {}
    if not {_FILE, _TIME} <= set(old.columns):
        raise DataError(
            "incremental: files: needs to know which files the table has, and it lacks the columns "
            f"{_FILE} and {_TIME}: write it once anew with mode: overwrite and audit: [source_file, loaded_at]."
        )
    text = f"select {_FILE}, max({_TIME}) as at from t where {_FILE} is not null group by {_FILE}"
    return dict(engine.rows(engine.sql(text, t=old)))


def _changed_at(file: str) -> datetime:
    return datetime.fromtimestamp(_time(file), UTC).replace(tzinfo=None)


def _time(file: str) -> float:
    """Return when a file was changed last; a store says the second in which an object was put."""
    if is_address(file):
        return known(file).modified.timestamp() + 1
    return os.stat(file).st_mtime
