"""Delta tables on Spark: Spark reads and writes the files, and delta-rs the log: no job is needed for that."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from deltalake import Schema

from kedro_faucet.config.run import current_run
from kedro_faucet.engines.delta.commit import Commit, Mode, Part, add, check_mode, conflict, require_commit
from kedro_faucet.engines.delta.files import FILE, ROW, DeltaFiles
from kedro_faucet.engines.delta.statistics import part_of
from kedro_faucet.engines.delta_log import APPLICATION, marked
from kedro_faucet.engines.dialect import quote
from kedro_faucet.engines.files.local.paths import spark_files
from kedro_faucet.engines.files.spark import spark_table
from kedro_faucet.engines.files.values import tick
from kedro_faucet.engines.scopes import Table
from kedro_faucet.engines.session.parts import put_parts
from kedro_faucet.engines.session.types import as_types
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address

if TYPE_CHECKING:
    from kedro_faucet.engines.spark import SparkEngine

_MANY = 1_000
"""Files from which on Spark's own reader is faster: it finds by the log, in tasks, which of them a query needs."""


@dataclass(frozen=True)
class Placed:
    """Some files of a Delta table, each row with its place."""

    found: DeltaFiles
    files: Sequence[str]

    @property
    def types(self) -> Mapping[str, str]:
        """Each column's type in DuckDB's words."""
        return {**self.found.types, FILE: "BIGINT", ROW: "BIGINT"}

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns of some of the files, or of all."""
        return self.found.placed_query(self.files if files is None else files)


def read(engine: SparkEngine, uri: str, version: int) -> tuple[Table, DeltaFiles | None]:
    """Return a lazy table over a version, and its files where Spark reads them one by one."""
    if is_address(uri):
        found = DeltaFiles.at(uri, version)
        return spark_table(engine.session, found), found
    plain = _plain(uri, version)
    with engine._computing():
        if plain is None:
            return engine.session.read.format("delta").option("versionAsOf", version).load(uri), None
        return as_types(_parquet(engine, plain, plain.files), plain.types), plain


def _plain(uri: str, version: int) -> DeltaFiles | None:
    """Return the files of a table that needs nothing of Spark's own reader."""
    try:
        found = DeltaFiles.at(uri, version)
    except ResourceError:  # a feature that delta-rs has not
        return None
    return found if len(found.files) <= _MANY and found.has_places else None


def _parquet(engine: SparkEngine, found: DeltaFiles, files: Sequence[str]) -> Table:
    from pyspark.sql.types import StructType

    schema = StructType.fromJson(json.loads(found.table.schema().to_json()))
    if not files:
        return engine.session.createDataFrame([], schema)
    return engine.session.read.schema(schema).parquet(*spark_files(files))


def placed(engine: SparkEngine, found: DeltaFiles, files: Sequence[str]) -> Table:
    """Return the rows of some of a table's files with the place of each."""
    if is_address(found.uri):
        return spark_table(engine.session, Placed(found, files))
    types = {**found.types, FILE: "VARCHAR", ROW: "BIGINT"}
    with engine._computing():
        if not files:
            nothing = ", ".join(f"cast(null as {kind}) as {quote(name)}" for name, kind in types.items())
            return engine.sql(f"select {nothing} where false", portable=True)
        places = (f"_metadata.file_path as {FILE}", f"_metadata.row_index as {ROW}")
        return as_types(_parquet(engine, found, files).selectExpr(*map(tick, found.types), *places), types)


def write(
    engine: SparkEngine,
    table: Table,
    commit: Commit,
    mode: Mode,
    properties: Mapping[str, str] | None,
    partition_by: Sequence[str],
    gone: Table | None,
) -> None:
    """Let Spark write the rows, and commit them.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    check_mode(commit, mode)
    if mode == "append":
        table = as_types(table, {**engine.schema(table), **commit.zoned(table.columns)})
    if commit.takes_files(table.columns, partition_by):
        return _write_files(engine, table, commit, mode, properties, gone)
    if is_address(commit.uri):  # two commits of Spark's own at once would lose one
        from kedro_faucet.engines.delta.commit import write as write_rows

        with engine.batches(table) as rows:
            return write_rows(commit, rows, mode, properties, partition_by)
    return _write_by_jar(engine, table, commit, mode, properties, partition_by)


def _write_files(
    engine: SparkEngine,
    table: Table,
    commit: Commit,
    mode: Mode,
    properties: Mapping[str, str] | None,
    gone: Table | None,
) -> None:
    touched: list[Part] = []
    left: int | None = 0
    if gone is not None:
        touched, kept, left = _kept(engine, commit, gone)
        table = table.unionByName(kept, allowMissingColumns=True)
    with engine._computing():
        parts = put(engine, table, commit, {**(properties or {}), **commit.properties})
    nullable = re.sub(r'("(?:nullable|containsNull|valueContainsNull)":)false', r"\1true", table.schema.json())
    add(commit, parts, Schema.from_json(nullable), mode, properties, touched, left)


def _kept(engine: SparkEngine, commit: Commit, gone: Table) -> tuple[list[Part], Table, int | None]:
    """Return the touched files, the rows that are left of them, and how many these are, if the log tells."""
    assert commit.table is not None
    found = DeltaFiles(commit.uri, commit.table)
    counts = engine.rows(engine.sql(f"select {FILE}, count(*) as n from gone group by {FILE}", gone=gone))
    touched = _files(found, [name for name, _ in counts])
    rows: list[Any] = [found.log[file].get("num_records") for file in touched]
    left = None if None in rows else sum(rows) - sum(count for _, count in counts)
    listed = ", ".join(quote(name) for name in found.types)
    text = f"select {listed} from t anti join gone g on t.{FILE} = g.{FILE} and t.{ROW} = g.{ROW}"
    kept = engine.sql(text, t=placed(engine, found, touched), gone=gone)
    return found.parts(touched), as_types(kept, {**found.types, **commit.zoned(list(found.types))}), left


def _files(found: DeltaFiles, names: Sequence[str]) -> list[str]:
    """Return the files that are meant by numbers, or by URLs as Spark tells them of local ones."""
    if is_address(found.uri):
        return [found.files[int(number)] for number in names]
    paths = {unquote(urlsplit(name).path) for name in names}
    return [file for file in found.files if str(Path(file).absolute()) in paths]


def put(
    engine: SparkEngine, table: Table, commit: Commit, properties: Mapping[str, str], name: str = "kf-"
) -> list[Part]:
    """Let the tasks write their rows into a folder of this save's own, whose name begins so, in one job."""
    if is_address(commit.uri):
        return put_parts(table, commit.uri, properties, name)
    name = f"{name}{uuid4().hex}"
    folder = Path(commit.uri) / name
    try:
        table.write.option("compression", "zstd").parquet(str(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    parts = [part_of(file, f"{name}/{file.name}", properties) for file in sorted(folder.glob("part-*"))]
    empty = [folder.parent / part.path for part in parts if not part.rows]
    for aside in (*folder.glob(".*.crc"), *folder.glob("_SUCCESS"), *empty):
        aside.unlink()
    return [part for part in parts if part.rows]


def _write_by_jar(
    engine: SparkEngine,
    table: Table,
    commit: Commit,
    mode: Literal["append", "overwrite"],
    properties: Mapping[str, str] | None,
    partition_by: Sequence[str],
) -> None:
    """Let Spark's Delta write a table with partitions, or with rules that it checks."""
    mark, schema = marked(current_run().id), {"append": "mergeSchema", "overwrite": "overwriteSchema"}[mode]
    writer = table.write.format("delta").mode(mode).option(schema, "true").option("compression", "zstd")
    writer = writer.option("txnAppId", APPLICATION).option("txnVersion", commit.number)
    if found := commit.partitions(table.columns, partition_by):
        writer = writer.partitionBy(*found)
    with engine._computing():
        try:
            writer.options(**(properties or {})).option("userMetadata", mark).save(commit.uri)
        except Exception as error:
            if any(word in str(error) for word in _CONFLICTS):
                raise conflict(commit.uri) from None
            raise
    require_commit(commit.uri, commit.table.version() if commit.table else None, mark)


_CONFLICTS = ("DELTA_CONCURRENT", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED")
