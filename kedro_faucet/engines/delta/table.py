"""Delta tables as delta-rs opens them, and what it says of them in our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from kedro_faucet.engines.delta_log import newest_commit
from kedro_faucet.engines.files.errors import CHECK, SYSTEM
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address, parse
from kedro_faucet.services.stores.filesystem import store_said
from kedro_faucet.services.stores.refusals import refusal

is_used = False
"""Whether this process has used delta-rs, which cannot be used any more on the other side of a fork."""
# delta-rs takes a path for a URL: it panics at a bracket, and misses what follows a sign.
_MISREAD = re.compile(r"[\[\]#?]|%[0-9A-Fa-f]{2}")


def open_table(uri: str, version: int | None = None) -> DeltaTable | None:
    """Return a handle on a Delta table, or nothing where there is none.

    Raises:
        ResourceError: if its log cannot be read, or delta-rs would look for it at another path.
    """
    check_place(uri)
    try:
        with told(uri, "read"):
            url, options = reached(uri)
            return DeltaTable(url, version=version, storage_options=options)
    except TableNotFoundError:
        return None


def check_place(uri: str) -> None:
    """Refuse a path where delta-rs cannot find a table.

    Raises:
        ResourceError: saying what to do.
    """
    if "://" not in uri and _MISREAD.search(uri):
        raise ResourceError(f"The Delta table {uri} cannot be there: rename the folder without [ ] # ? %20.")
    if not is_address(uri) and Path(uri).is_file():
        raise ResourceError(f"{uri} is a file, and a Delta table is a folder: say what it is, as in format: csv.")


def reached(uri: str) -> tuple[str, dict[str, str] | None]:
    """Return what delta-rs calls a location, and what it is told to get there."""
    if not is_address(uri):
        return uri, None
    store, key, _ = parse(uri)
    store.answering()
    return store.delta_url(key), store.delta_options()


@contextmanager
def told(uri: str, verb: str) -> Iterator[None]:
    """Turn an error of delta-rs into one of ours, also a panic of its Rust, which is no ``Exception``."""
    global is_used
    is_used = True
    try:
        yield
    except (TableNotFoundError, CommitFailedError):
        raise
    except BaseException as error:
        if "table already exists" in str(error):  # that of a writer who came between: there was none before
            raise CommitFailedError(str(error)) from None
        if is_address(uri) and (isinstance(error, OSError) or "Error performing" in str(error)):
            store, key, _ = parse(uri)
            raise ResourceError(store_said(str(error)) or refusal(str(error), store, key)) from None
        if isinstance(error, DeltaError) or type(error).__name__ == "PanicException":
            raise cannot(uri, verb, error) from None
        raise


def cannot(uri: str, verb: str, error: BaseException) -> ResourceError:
    """Return the error of a table that delta-rs does not read, write or compact."""
    if features := _features(str(error)):
        return ResourceError(
            f"The Delta table {uri} uses {features}, which the embedded engine does not {verb}: use Spark "
            "(kedro run --env prod), or write the table anew without."
        )
    advice = " If its log (_delta_log) is damaged, restore it, or write the table anew." if verb == "read" else ""
    return ResourceError(f"The Delta table {uri} cannot be {_PAST.get(verb, verb)}: {_reason(error)}.{advice}")


_PAST = {"write": "written", "compact": "compacted"}


def _features(said: str) -> str:
    """Return the features of a table that delta-rs does not know, as far as it names some.

    >>> _features('Unsupported table features required: [ClusteredTable, Unknown("rowNumbers")]')
    'clustered table, row numbers'
    """
    found = re.search(r"eatures? (?:required: \[(.*)\]|'(\w+)' is not supported)", said)
    names = re.findall(r"\w+", (found[1] or found[2]).replace("Unknown", "")) if found else []
    return ", ".join(re.sub("(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in sorted(names))


def _reason(error: BaseException) -> str:
    """Return what delta-rs says, without the names of its parts and the places in its own code."""
    if system := SYSTEM.search(str(error)):
        return f"{system[0]}. {CHECK}".rstrip(".")
    said = str(error).partition("\n")[0].removesuffix("This is a kernel bug, please report.")
    return re.sub(r"^((Kernel|Internal|External|Generic \w+( \w+)*) error:? )+", "", said).strip().rstrip(".")


def partitions(uri: str) -> list[str]:
    """Return the columns that a Delta table is partitioned by."""
    table = open_table(uri)
    return [] if table is None else list(table.metadata().partition_columns)


def version_at(uri: str, time: datetime) -> int | None:
    """Return the newest version that was committed until a time (of UTC), or nothing.

    Raises:
        ResourceError: if the log cannot be read.
    """
    table = open_table(uri)
    until = time.replace(tzinfo=UTC).timestamp() * 1000
    commits = table.history() if table else []
    return max((each["version"] for each in commits if each["timestamp"] <= until), default=None)


def latest_version(uri: str) -> int | None:
    """Return the newest version of a Delta table, or nothing where there is none: the names of its log tell."""
    check_place(uri)
    newest = newest_commit(uri)
    return None if newest is None else newest.number


class CommitFile(NamedTuple):
    """What tells a commit of a local table from any other, also from one of a table that took its place."""

    uri: str
    version: int
    inode: int
    size: int
    at: int


def commit_of(uri: str, version: int | None) -> CommitFile | None:
    """Return what tells a version's commit from any other; nothing where that is not cheap to know."""
    try:
        if version is None or is_address(uri):
            return None
        found = os.stat(f"{uri}/_delta_log/{version:020}.json")
    except OSError:  # no table, or its log is kept no longer
        return None
    return CommitFile(uri, version, found.st_ino, found.st_size, found.st_mtime_ns)


def stamp(uri: str) -> CommitFile | None:
    """Return what tells a local table's newest commit from any other; nothing where that is not cheap to know."""
    return None if is_address(uri) else commit_of(uri, latest_version(uri))
