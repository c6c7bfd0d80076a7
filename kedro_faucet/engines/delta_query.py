"""Delta tables, read by the embedded engine: one version is the files that the table's log names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from kedro_faucet.engines.delta import open_table, told
from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address

_FILE = "kf_file"


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
        """Return the files of a version."""
        if (table := open_table(uri, version)) is None:
            raise ResourceError(f"There is no Delta table at {uri}.")
        with told(uri, "read"):
            _refuse_unreadable(uri, table)
        return cls(uri, table)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Their paths."""
        return tuple(_files(self.uri, self.table))

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type in DuckDB's words."""
        return {field.name: duckdb_type(field.type) for field in self.table.schema().fields}

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return the SELECT of all columns of some of the files, or of all."""
        fields = [(quote(name), kind) for name, kind in self.types.items()]
        empty = f"select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in fields)} where false"
        if not (files := self.files if files is None else files):
            return empty
        columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in fields)
        # No file may have a column that was added since: the empty table has them all.
        return f"select {columns} from (from {_scan(self.uri, self.table, files)} union all by name ({empty}))"


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
    return f"{scan}, hive_partitioning=false, filename='{_FILE}') join {values} using ({_FILE})"


def _partitions(uri: str, table: DeltaTable, names: Sequence[str]) -> str:
    """Return the values of each file's partitions, as the log has them."""
    log = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    rows = [
        [f"{_folder(uri, table).rstrip('/')}/{unquote(each['path'])}", *(each[f"partition.{name}"] for name in names)]
        for each in log
    ]
    texts = ", ".join(f"({', '.join('null' if v is None else literal(str(v)) for v in row)})" for row in rows)
    return f"(values {texts}) log({', '.join(map(quote, [_FILE, *names]))})"


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
    """Refuse a table whose rows are not what its files hold."""
    mapped = table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none"
    deleted = not mapped and next(iter(table.deletion_vectors()), None) is not None
    if mapped or deleted:
        raise ResourceError(
            f"The Delta table {uri} uses {'column mapping' if mapped else 'deletion vectors'}, which the embedded "
            "engine does not read: load it on Spark (kedro run --env prod), or write it anew without"
            + ("." if mapped else " (on Spark: REORG TABLE … APPLY (PURGE), and delta.enableDeletionVectors=false).")
        )


_TYPES = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "integer": "INTEGER",
    "short": "SMALLINT",
    "byte": "TINYINT",
    "double": "DOUBLE",
    "float": "FLOAT",
    "boolean": "BOOLEAN",
    "binary": "BLOB",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP",
}


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
    return _TYPES.get(name, name.upper())
