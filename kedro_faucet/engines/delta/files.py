"""Delta tables by their files: one version is those that the table's log names, without the rows it says are gone."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from kedro_faucet.engines.delta.commit import Part, has_rules
from kedro_faucet.engines.delta.table import CommitFile, commit_of, open_table, told
from kedro_faucet.engines.delta_log import CLOSED, LAYOUT, NEWEST
from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.dialect.types import simple_type
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address

FILE, ROW = "kf_file", "kf_row"
"""Columns that tell where a row lies: its file, and its number there."""
Bounds = Mapping[str, tuple[Any, Any]]
"""Columns with the lowest and the highest value that is looked for."""


@dataclass(frozen=True)
class DeltaFiles:
    """The files of a Delta table at one version.

    Args:
        uri: where the table lies.
        table: delta-rs's handle.

    Raises:
        ResourceError: if the table uses a feature that the files alone do not tell.
    """

    uri: str
    table: DeltaTable

    @classmethod
    def at(cls, uri: str, version: int) -> DeltaFiles:
        """Return the files of a version: they never change, so of the last few they are known."""
        commit = commit_of(uri, version)
        if (found := _KNOWN.get(commit)) is not None:
            return found
        if (table := open_table(uri, version)) is None:
            raise ResourceError(f"There is no Delta table at {uri}.")
        with told(uri, "read"):
            _refuse_unreadable(uri, table)
        return cls(uri, table)._kept(commit)

    def _kept(self, commit: CommitFile | None) -> DeltaFiles:
        if commit is not None:
            _KNOWN[commit] = self
            for oldest in list(_KNOWN)[:-_LAST]:
                _KNOWN.pop(oldest, None)
        return self

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Their paths."""
        return tuple(_files(self.uri, self.table))

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type in DuckDB's words."""
        return {field.name: duckdb_type(field.type) for field in self.table.schema().fields}

    @cached_property
    def log(self) -> dict[str, dict[str, Any]]:
        """What the log says of each file."""
        said = pa.table(self.table.get_add_actions(flatten=True)).to_pylist()
        return {_folder(self.uri, self.table).rstrip("/") + "/" + unquote(each["path"]): each for each in said}

    @cached_property
    def deleted(self) -> dict[str, str]:
        """SQL conditions that leave out the deleted rows, of the files that have some."""
        with told(self.uri, "read"):
            found = [row for batch in self.table.deletion_vectors() for row in pa.record_batch(batch).to_pylist()]
        names = {unquote(file.partition("://")[2] or file): file for file in self.files}
        return {_named(names, row["filepath"]): _kept(row["selection_vector"]) for row in found}

    @property
    def has_places(self) -> bool:
        """Whether single files can be replaced: all are our own kind, and no rule of the table is to be kept."""
        taken = {FILE, ROW, "file_index", "file_row_number"}.isdisjoint(self.types)
        plain = not self.table.metadata().partition_columns and not has_rules(self.table)
        return taken and plain and set(self.log) == set(self.files) and not self.deleted

    def within(self, bounds: Bounds) -> tuple[str, ...]:
        """Return the files that may have rows within bounds, by what the log tells of them."""
        return tuple(file for file in self.files if _may_have(self.log[file], bounds))

    @cached_property
    def near(self) -> tuple[str, ...]:
        """The files without closed ones; all of them where another program changed what the newest rows are."""
        newest = sum(each.get("num_records") or 0 for each in self.log.values() if each["path"].startswith(NEWEST))
        if not newest or newest != self.table.transaction_version(LAYOUT):
            return self.files
        return tuple(file for file in self.files if not self.log[file]["path"].startswith(CLOSED))

    def parts(self, files: Sequence[str]) -> list[Part]:
        """Return files as a commit names them, each with its rows, as far as the log tells."""
        said = [self.log[file] for file in files]
        return [Part(each["path"], each["size_bytes"], each.get("num_records") or 0) for each in said]

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return the SELECT of all columns of some of the files, or of all."""
        return self._query(self.files if files is None else files)

    def placed_query(self, files: Sequence[str]) -> str:
        """Return the same with two more columns: the number of each row's file among all, and the row's there."""
        numbers = [self.files.index(file) for file in files]
        file = f"list_extract({numbers}, cast(file_index + 1 as integer))"
        return self._query(files, f", cast({file} as bigint) as {FILE}, file_row_number as {ROW}")

    def _query(self, files: Sequence[str], places: str = "") -> str:
        fields = [(quote(name), kind) for name, kind in self.types.items()]
        nowhere = f", cast(null as bigint) as {FILE}, cast(null as bigint) as {ROW}" if places else ""
        empty = f"select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in fields)}{nowhere} where false"
        columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in fields)
        # No file may have a column that was added since: the empty table has them all.
        scans = [f"select *{places} from {scan}" for scan in self._scans(files)]
        columns += f", {FILE}, {ROW}" if places else ""
        return f"select {columns} from ({' union all by name '.join([*scans, empty])})"

    def _scans(self, files: Sequence[str]) -> list[str]:
        whole = [file for file in files if file not in self.deleted]
        scans = [_scan(self.uri, self.table, whole)] if whole else []
        for file in files:
            if condition := self.deleted.get(file):
                scans.append(f"{_scan(self.uri, self.table, [file])} where {condition}")
        return scans


_LAST = 8
"""Versions whose files are known: opening one reads all of the log since its checkpoint."""
_KNOWN: dict[CommitFile | None, DeltaFiles] = {}


def _named(names: Mapping[str, str], found: str) -> str:
    """Return our own path of a file that delta-rs names by a URL."""
    return names[unquote(found.partition("://")[2] or found)]


def _kept(keep: Sequence[bool]) -> str:
    """Return the condition that a row is none of those that a deletion vector names; it may end before the file."""
    import numpy

    bits = base64.b64encode(numpy.packbits(keep).tobytes()).decode()
    length = len(keep)
    row = f"least(file_row_number, {length - 1})"
    return f"(file_row_number >= {length} or get_bit(cast(from_base64('{bits}') as bit), cast({row} as integer)) = 1)"


def _may_have(said: Mapping[str, Any], bounds: Bounds) -> bool:
    """Tell whether a file may have a row within all bounds: what the log does not tell, it may."""
    for name, (low, high) in bounds.items():
        lowest, highest = _of_log(said.get(f"min.{name}")), _of_log(said.get(f"max.{name}"), widened=True)
        try:
            if (lowest is not None and lowest > high) or (highest is not None and highest < low):
                return False
        except TypeError:  # two kinds that do not compare
            continue
    return True


def _of_log(value: Any, *, widened: bool = False) -> Any:
    """Return a bound as a row has it; that of a time may be cut to milliseconds."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=None) + timedelta(milliseconds=1 if widened else 0)


def _scan(uri: str, table: DeltaTable, files: Sequence[str]) -> str:
    """Return DuckDB's source of the files with the values of their partitions.

    DuckDB takes those from the folders, which lets it leave out files; where a folder ``key=value`` above the table
    would be taken for one of its own, they come from the log.
    """
    scan = f"read_parquet({duckdb_files(files)}, union_by_name=true"
    partitions = table.metadata().partition_columns
    above = {part.partition("=")[0].lower() for part in _folder(uri, table).split("/") if "=" in part}
    if not partitions:
        return f"{scan}, hive_partitioning=false)"
    if not above & {field.name.lower() for field in table.schema().fields}:
        return f"{scan}, hive_partitioning=true, hive_types_autocast=false)"
    values = _partitions(uri, table, partitions)
    return f"{scan}, hive_partitioning=false, filename='{FILE}') join {values} using ({FILE})"


def _partitions(uri: str, table: DeltaTable, names: Sequence[str]) -> str:
    """Return the values of each file's partitions, as the log has them."""
    log = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    rows = [
        [f"{_folder(uri, table).rstrip('/')}/{unquote(each['path'])}", *(each[f"partition.{name}"] for name in names)]
        for each in log
    ]
    texts = ", ".join(f"({', '.join('null' if v is None else literal(str(v)) for v in row)})" for row in rows)
    return f"(values {texts}) log({', '.join(map(quote, [FILE, *names]))})"


def _files(uri: str, table: DeltaTable) -> list[str]:
    """Return the paths of a table's files; delta-rs encodes the folder of a local one as a URL does (a%20b)."""
    folder, plain = table.table_uri.removeprefix("file://"), _folder(uri, table)
    return [plain + file.removeprefix(folder) if file.startswith(folder) else file for file in table.file_uris()]


def _folder(uri: str, table: DeltaTable) -> str:
    if is_address(uri):
        return f"{uri}/"
    folder = table.table_uri.removeprefix("file://")
    return folder if "://" in folder else unquote(folder)


def _refuse_unreadable(uri: str, table: DeltaTable) -> None:
    """Refuse a table whose columns are called otherwise in its files."""
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        raise ResourceError(
            f"The Delta table {uri} uses column mapping, which the embedded engine does not read: load it on Spark "
            "(kedro run --env prod), or write it anew without."
        )


def duckdb_type(kind: Any) -> str:
    """Return DuckDB's word for a Delta type.

    >>> from deltalake.schema import PrimitiveType
    >>> duckdb_type(PrimitiveType("decimal(10,2)")), duckdb_type(PrimitiveType("long"))
    ('DECIMAL(10,2)', 'BIGINT')
    """
    name = getattr(kind, "type", "")
    if name == "array":
        return f"{duckdb_type(kind.element_type)}[]"
    if name == "map":
        return f"MAP({duckdb_type(kind.key_type)}, {duckdb_type(kind.value_type)})"
    if name == "struct":
        return f"STRUCT({', '.join(f'{quote(field.name)} {duckdb_type(field.type)}' for field in kind.fields)})"
    return simple_type(name)
