"""What DuckDB says of a file, as one sentence of ours with a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from kedro_faucet.exceptions import DataError, FaucetError, ResourceError, did_you_mean, listed
from kedro_faucet.services.keys import REMEDIES

if TYPE_CHECKING:
    from kedro_faucet.services.duckdb.service import DuckDB

_SENTENCES = [
    (r"Conflicting lock is held in .*?\(PID (\d+)\)", "{place} is open in another process ({0}) for {seconds} seconds, "
     "and DuckDB lets one alone write a file: close it there and run again"),
    (r"Could not set lock", "{place} is open in another process for {seconds} seconds: close it there and run again"),
    (r"different configuration|already attached|[Uu]nique file handle", "{place} is open in this process by other "
     "code, for writing or otherwise: close that connection"),
    (r"not a valid DuckDB|magic bytes", "{place} is no DuckDB file: correct path: in providers.yml"),
    (r"Cannot execute statement of type", "{place}: it writes, and reading never does: query: is a SELECT without side "
     "effects"),
    (r"newer version|version number", "{place} was written by another version of DuckDB: {said}"),
    (r"Permission denied|read-only", "{place} may not be written or read by this user: see the rights of the file and "
     "its folder"),
    (r"No space left|disk", "the disk is full; nothing was written to {place}"),
    (r"Is a directory", "{place} is a folder: correct path: in providers.yml"),
    (r"that depend on it|depends on|Cannot alter|Cannot drop", "{place}: the columns of the table cannot be changed "
     "({said}): drop the index or view that needs them, or bring the same columns"),
    (r"Referenced column|Binder Error|Parser Error|Catalog Error", "{place}: query:, where: or select: is no SQL of "
     "this file's, or the table has other columns now: {said}"),
]  # fmt: skip
_REMEDIES = {
    "Duplicate key": "unique", "NOT NULL": "null", "does not exist in the referenced": "foreign",
    "still referenced": "referenced", "CHECK": "check",
}  # fmt: skip
_VALUES = (
    duckdb.ConstraintException, duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException,
)  # fmt: skip


@contextmanager
def telling(service: DuckDB, table: str | None = None) -> Iterator[None]:
    """Turn what DuckDB raises into one error of ours.

    Raises:
        DataError: if values are refused.
        ResourceError: for all else.
    """
    try:
        yield
    except duckdb.Error as error:
        raise _told(service, error, table) from None


def _told(service: DuckDB, error: duckdb.Error, table: str | None) -> FaucetError:
    text = str(error)
    said = re.sub(r"^[\w ]+? Error: ", "", text.partition("\n")[0]).strip().rstrip(".")
    if table and re.search(rf"Table with name \"?{re.escape(table.rpartition('.')[2])}\"? does not exist", text):
        return service.missing(table)
    if schema := re.search(r"[Ss]chema with name \"?(.+?)\"? does not exist", text):
        known = service.schemas()
        return ResourceError(
            f"{service.place}: there is no schema '{schema[1]}'.{did_you_mean(schema[1], known)} "
            f"There are: {listed(known, near=schema[1])}."
        )
    words = {"place": service.place, "seconds": service.timeout, "said": said}
    if said.startswith("The column '"):
        return DataError(f"{said}.")
    if isinstance(error, _VALUES) and "Cannot execute statement" not in said:
        said = said.partition(". If this is an unexpected")[0]
        remedy = next((f": {REMEDIES[kind]}" for sign, kind in _REMEDIES.items() if sign in said), "")
        return DataError(f"{service.place}, {table}: {said}{remedy}.")
    for pattern, sentence in _SENTENCES:
        if found := re.search(pattern, text):
            return ResourceError(f"{sentence.format(*found.groups(), **words)}.")
    return ResourceError(f"{service.place}: DuckDB says: {said}.")
