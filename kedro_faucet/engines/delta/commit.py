"""Commits onto Delta tables: each succeeds only onto the version that its writer compared with."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from deltalake import (
    CommitProperties,
    DeltaTable,
    Schema,
    TableFeatures,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from kedro_faucet.config.run import current_run
from kedro_faucet.engines.delta.table import cannot, latest_version, open_table, reached, told
from kedro_faucet.engines.delta_log import APPLICATION, LAYOUT, NEWEST, ROWS, RUN
from kedro_faucet.engines.locks import exclusive
from kedro_faucet.exceptions import ConflictError, ResourceError

Mode = Literal["append", "overwrite"]


class Part(NamedTuple):
    """A file of a table.

    Args:
        path: below the table's folder.
        size: in bytes.
        rows: how many it has.
        stats: what the log is told of its columns, in Delta's JSON; none: the rows alone.
    """

    path: str
    size: int
    rows: int
    stats: str = ""


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

    @property
    def properties(self) -> dict[str, str]:
        """The table's properties."""
        return dict(self.table.metadata().configuration) if self.table else {}

    def takes_files(self, columns: Sequence[str], wanted: Sequence[str]) -> bool:
        """Tell whether files may be added as they are: no partition is to be made, and no rule of the table checked."""
        if self.table is None:
            return not wanted
        known = self.table.metadata().partition_columns
        return not known and not wanted and not has_rules(self.table)


def has_rules(table: DeltaTable) -> bool:
    """Tell whether a table refuses rows, or makes columns, by rules that whoever adds a file has to keep."""
    named = any(name.startswith("delta.constraints.") for name in table.metadata().configuration)
    rules = ("delta.invariants", "delta.generationExpression", "delta.identity.start")
    return named or any(
        not field.nullable or any(rule in field.metadata for rule in rules) for field in table.schema().fields
    )


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
    commit: Commit,
    parts: Iterable[Part],
    schema: Schema,
    mode: Mode,
    properties: Mapping[str, str] | None = None,
    gone: Iterable[Part] = (),
    kept: int | None = 0,
) -> None:
    """Commit files that were put below the table's folder.

    Args:
        commit: onto which table.
        parts: the files.
        schema: of their rows; a column that the table lacks is added.
        mode: append, or overwrite.
        properties: of a table that is created.
        gone: files of the table that these replace.
        kept: how many of the rows were in those; none: that is not known.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    check_mode(commit, "overwrite" if gone else mode)
    now = int(time.time() * 1000)
    new = list(parts)
    actions = _actions(new, gone, now)
    count = "" if kept is None else str(sum(each.rows for each in new) - kept)
    url, options = reached(commit.uri)
    with _committed(commit, {ROWS: count}) as once:
        if commit.table is None:
            said: Any = {"configuration": dict(properties or {}), "storage_options": options}
            create_table_with_add_actions(url, schema, actions, mode="error", commit_properties=once, **said)
        else:
            _prepare(commit.table, schema, mode)
            schema = schema if mode == "overwrite" else commit.table.schema()
            commit.table.create_write_transaction(actions, mode, schema, [], commit_properties=once)


def exchange(commit: Commit, parts: Sequence[Part], gone: Iterable[Part]) -> None:
    """Commit files in the place of others of the same rows: what a reader finds stays, and it is no save.

    The table keeps how many rows are the newest ones: where another program takes out some of them, that is seen.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    assert commit.table is not None
    actions = _actions(parts, gone, int(time.time() * 1000), changed=False)
    newest = sum(part.rows for part in parts if part.path.startswith(NEWEST))
    once = CommitProperties(max_commit_retries=0, app_transactions=[Transaction(LAYOUT, newest)])
    try:
        with told(commit.uri, "compact"):
            commit.table.create_write_transaction(actions, "append", commit.table.schema(), [], commit_properties=once)
    except CommitFailedError:
        raise conflict(commit.uri) from None


def _actions(parts: Iterable[Part], gone: Iterable[Part], now: int, *, changed: bool = True) -> list[Any]:
    removed: list[Any] = [RemoveAction(each.path, changed, now, each.size) for each in gone]
    return [*removed, *(_add_action(each, now, changed) for each in parts)]


def _add_action(part: Part, now: int, changed: bool) -> AddAction:
    return AddAction(part.path, part.size, {}, now, changed, part.stats or f'{{"numRecords": {part.rows}}}')


_NTZ = "timestampNtz"


def _prepare(table: DeltaTable, schema: Schema, mode: Mode) -> None:
    """Let a table know the columns and the feature that a commit of files alone would not tell it of.

    A process that dies before that commit leaves a column that is NULL everywhere.
    """
    once = CommitProperties(max_commit_retries=0)
    known = {field.name for field in table.schema().fields}
    if mode == "append":
        if new := [field for field in schema.fields if field.name not in known]:
            table.alter.add_columns(new, commit_properties=once)
    elif '"timestamp_ntz"' in schema.to_json() and _NTZ not in (table.protocol().writer_features or []):
        feature = TableFeatures.TimestampWithoutTimezone
        table.alter.add_feature(feature, allow_protocol_versions_increase=True, commit_properties=once)


@contextmanager
def _committed(commit: Commit, said: Mapping[str, str] | None = None) -> Iterator[CommitProperties]:
    """Give the properties of a commit that is tried once, and tell the error of a writer that came second."""
    before = commit.table and commit.table.version()
    try:
        with told(commit.uri, "write"):
            transactions = [Transaction(APPLICATION, commit.number)]
            noted = {RUN: name} if (name := current_run().id) else {}
            yield CommitProperties({**noted, **(said or {})}, max_commit_retries=0, app_transactions=transactions)
    except CommitFailedError as error:
        # delta-rs says so too of a table that it cannot write, which no other attempt mends.
        is_second = latest_version(commit.uri) != before
        raise (conflict(commit.uri) if is_second else cannot(commit.uri, "write", error)) from None


def check_mode(commit: Commit, mode: Mode) -> None:
    """Refuse to replace rows of a table that only takes appends.

    Raises:
        ResourceError: naming the property.
    """
    if mode == "overwrite" and commit.properties.get("delta.appendOnly", "").lower() == "true":
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
