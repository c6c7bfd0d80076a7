"""What SQLite says, as one sentence of ours with a remedy."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kedro_faucet.exceptions import DataError, FaucetError, ResourceError
from kedro_faucet.services.keys import REMEDIES

if TYPE_CHECKING:
    from kedro_faucet.services.sqlite.service import SQLite

_SENTENCES = [
    ("locked", "{place} is locked: another process has been writing it for {seconds} seconds; nothing was written, so "
     "run again when it is done, or say a longer timeout: in providers.yml"),
    ("file is not a database|malformed|encrypted", "{place} is no SQLite file, or a damaged one: correct path: in "
     "providers.yml, or restore the file"),
    ("readonly|read-only", "{place} may not be written by this user: see the rights of the file and its folder"),
    ("unable to open", "{place} cannot be opened: see path: in providers.yml and the rights of the folder"),
    ("disk is full", "the disk is full; nothing was written to {place}"),
    ("disk I/O", "the disk fails under {place}; nothing was written"),
    ("no such column", "{place}: {said}: the table has other columns now, or where:, select: or query: names a wrong "
     "one"),
    ("syntax error|near |incomplete input|no such function|misuse|ambiguous|unrecognized token|one statement at a time",
     "{place}: query:, where: or select: is no SQL of this database's: {said}"),
    ("decode to UTF-8", "{place}: {said}: it is no text; leave the column out by select:, or read it by query: as a "
     "BLOB, cast(… as blob)"),
    ("error in view|error in trigger|error in index|cannot drop", "{place}: a column that the rows do not bring cannot "
     "be dropped ({said}): drop what needs it, or bring the column"),
]  # fmt: skip

_REMEDIES = {"UNIQUE": "unique", "NOT NULL": "null", "FOREIGN KEY": "foreign", "CHECK": "check"}


@contextmanager
def telling(service: SQLite, table: str | None = None) -> Iterator[None]:
    """Turn what SQLite raises into one error of ours.

    Raises:
        DataError: if the table refuses values.
        ResourceError: for all else.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _told(service, error, table) from None
    except UnicodeEncodeError as error:
        raise DataError(f"{service.place}: a text has a letter that UTF-8 lacks: {error.object!r:.100}.") from None


def _told(service: SQLite, error: sqlite3.Error, table: str | None) -> FaucetError:
    said = str(error).rstrip(".")
    if isinstance(error, sqlite3.IntegrityError):
        remedy = next((f": {REMEDIES[kind]}" for sign, kind in _REMEDIES.items() if sign in said), "")
        return DataError(f"{service.place}: the table '{table}' refuses a row: {said}{remedy}.")
    if re.search("no such table|unknown database", said) and table:
        if not re.search(rf"(?:^|[: .]){re.escape(table.rpartition('.')[2])}$", said):
            return ResourceError(f"{service.place}: query: {said}.")
        return service.missing(table)
    words = {"place": service.place, "seconds": service.timeout, "said": said}
    sentence = next((text for pattern, text in _SENTENCES if re.search(pattern, said)), "{place}: SQLite says: {said}")
    return ResourceError(f"{sentence.format(**words)}.")
