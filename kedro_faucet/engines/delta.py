"""Delta tables: read by their list of files, and committed only onto the version that a writer compared with."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from deltalake import CommitProperties, DeltaTable, Schema, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, create_table_with_add_actions

from kedro_faucet.config.run import current_run
from kedro_faucet.engines.delta_log import RUN
from kedro_faucet.engines.dialect import quote
from kedro_faucet.engines.files.errors import CHECK, SYSTEM
from kedro_faucet.engines.locks import exclusive
from kedro_faucet.exceptions import ConflictError, DataError, ResourceError
from kedro_faucet.services.stores.addresses import is_address, parse
from kedro_faucet.services.stores.filesystem import store_said
from kedro_faucet.services.stores.refusals import refusal

if TYPE_CHECKING:
    from kedro_faucet.engines.session.parts import Part

Mode = Literal["append", "overwrite"]
APPLICATION = "kedro-faucet"
"""Commits of ours carry consecutive numbers under this name, so that two writers never take the same one."""
_NO_NAME = re.compile(r"[ ,;{}()\n\t=]")
_NOT_FOR_NAMES = "blanks, line ends and , ; { } ( ) = are not for names."
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
            raise _cannot(uri, verb, error) from None
        raise


def _cannot(uri: str, verb: str, error: BaseException) -> ResourceError:
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
    """Return the newest version of a Delta table, or nothing where there is none."""
    table = open_table(uri)
    return None if table is None else table.version()


def stamp(uri: str) -> tuple[str, int, int] | None:
    """Return what tells a local table's newest commit from any other; nothing where that is not cheap to know."""
    try:
        commits = [entry for entry in os.scandir(f"{uri}/_delta_log") if entry.name.endswith(".json")]
        newest = max(commits, key=lambda entry: entry.name)
        return newest.name, newest.stat().st_ino, newest.stat().st_mtime_ns
    except (OSError, ValueError):  # an object store, or no table
        return None


@dataclass(frozen=True)
class Commit:
    """A commit about to be made: onto which table (none: it is created), and under which number."""

    uri: str
    table: DeltaTable | None
    number: int

    def partitions(self, columns: Sequence[str], wanted: Sequence[str]) -> list[str]:
        """Return the columns to partition rows by: those that are wanted, else the table's own that there still are."""
        known = self.table.metadata().partition_columns if self.table else []
        return list(wanted) or [name for name in known if name in columns]

    def zoned(self, columns: Sequence[str]) -> dict[str, str]:
        """Return which of these columns the table keeps as times of UTC, as other writers do, with Spark's type."""
        fields = self.table.schema().fields if self.table else []
        zoned = {field.name for field in fields if getattr(field.type, "type", "") == "timestamp"}
        return {name: "TIMESTAMP_LTZ" for name in columns if name in zoned}


@contextmanager
def committing(uri: str, expected: int | None) -> Iterator[Commit]:
    """Let one writer of this machine at a time commit, and only onto the version that it compared with.

    Delta's log is safe by itself between writers of delta-rs, but Spark puts a commit onto a local disk by looking
    first and renaming then: two writers at once would lose one. Hence the lock.

    Raises:
        ConflictError: if the table is no longer at the expected version.
    """
    with exclusive(f"{uri}/_delta_log/.kedro-faucet.lock"):
        table = open_table(uri)
        if (None if table is None else table.version()) != expected:
            raise conflict(uri)
        yield Commit(uri, table, 1 + ((table and table.transaction_version(APPLICATION)) or 0))


def check_names(types: Mapping[str, str]) -> None:
    """Refuse names of columns, and in objects, that delta-rs would write and Spark would not.

    So a project goes to Spark unchanged.

    Args:
        types: the columns with their types, in DuckDB's words.

    Raises:
        DataError: naming the column, and what to do.
    """
    for name, kind in types.items():
        if _NO_NAME.search(name):
            plain = re.sub(r"\W+", "_", name).strip("_").lower()
            raise DataError(
                f"Delta keeps no column called '{name}': {_NOT_FOR_NAMES} "
                f"Rename it in a SQL node (select {quote(name)} as {plain} …), or give the resource format: parquet."
            )
        for field in re.findall(r'"((?:[^"]|"")*)"', kind):
            if _NO_NAME.search(field):
                raise DataError(
                    f"Delta keeps no field called '{field}', as the objects in '{name}' have: {_NOT_FOR_NAMES} "
                    "Rename it in a node on frames, or give the resource format: parquet."
                )


def conflict(uri: str) -> ConflictError:
    """Return the error of a writer that came second."""
    return ConflictError(f"Another process wrote the Delta table {uri} meanwhile; nothing was written. Run again.")


def write(
    commit: Commit,
    rows: Any,
    mode: Mode,
    properties: Mapping[str, str] | None = None,
    partition_by: Sequence[str] = (),
) -> None:
    """Write Arrow batches as they come, and commit them.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    check_mode(commit, mode)
    how: dict[str, Any] = {"mode": mode, "schema_mode": {"append": "merge", "overwrite": "overwrite"}[mode]}
    if commit.table is None:
        how = {"mode": "error", "configuration": dict(properties or {})}
    if mode == "overwrite" or partition_by:
        how["partition_by"] = commit.partitions(rows.schema.names, partition_by)
    url, options = reached(commit.uri)
    zstd = WriterProperties(compression="ZSTD")
    with _committed(commit) as once:
        how |= {"commit_properties": once, "writer_properties": zstd, "storage_options": options}
        write_deltalake(commit.table or url, rows, **how)


def add(
    commit: Commit, parts: Iterable[Part], schema: str, mode: Mode, properties: Mapping[str, str] | None = None
) -> None:
    """Commit files that were put below the table's folder.

    Args:
        commit: onto which table.
        parts: the files.
        schema: of their rows, in Delta's JSON; an append has no column that the table lacks.
        mode: append, or overwrite.
        properties: of a table that is created.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    check_mode(commit, mode)
    now = int(time.time() * 1000)
    actions: list[Any] = [
        AddAction(each.path, each.size, {}, now, True, f'{{"numRecords": {each.rows}}}') for each in parts
    ]
    fields, (url, options) = Schema.from_json(schema), reached(commit.uri)
    with _committed(commit) as once:
        if commit.table:
            commit.table.create_write_transaction(actions, mode, fields, [], commit_properties=once)
        else:
            said: Any = {"configuration": dict(properties or {}), "storage_options": options}
            create_table_with_add_actions(url, fields, actions, mode="error", commit_properties=once, **said)


@contextmanager
def _committed(commit: Commit) -> Iterator[CommitProperties]:
    """Give the properties of a commit that is tried once, and tell the error of a writer that came second."""
    before = commit.table and commit.table.version()
    try:
        with told(commit.uri, "write"):
            transactions = [Transaction(APPLICATION, commit.number)]
            noted = {RUN: name} if (name := current_run().id) else None
            yield CommitProperties(noted, max_commit_retries=0, app_transactions=transactions)
    except CommitFailedError as error:
        # delta-rs says so too of a table that it cannot write, which no other attempt mends.
        is_second = latest_version(commit.uri) != before
        raise (conflict(commit.uri) if is_second else _cannot(commit.uri, "write", error)) from None


def check_mode(commit: Commit, mode: Mode) -> None:
    """Refuse to replace rows of a table that only takes appends.

    Raises:
        ResourceError: naming the property.
    """
    properties = commit.table.metadata().configuration if commit.table else {}
    if mode == "overwrite" and properties.get("delta.appendOnly", "").lower() == "true":
        raise ResourceError(
            f"The Delta table {commit.uri} only takes appends (its property delta.appendOnly is true), and this save "
            "would replace rows: use mode: append, or set the property to false."
        )


def require_commit(uri: str, expected: int | None, mark: str) -> None:
    """Make sure that a commit since the version compared with carries our mark.

    Spark skips a write whose number another writer took, and says nothing. A writer that takes no number, because it
    is none of ours, may have come between; then our rows are there, and to write them again would double them.

    Raises:
        ConflictError: if all commits are other writers'.
    """
    table = open_table(uri)
    assert table is not None
    since = table.version() - (-1 if expected is None else expected)
    if all(entry.get("userMetadata") != mark for entry in table.history(since)):
        raise conflict(uri)
