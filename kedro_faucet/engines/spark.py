"""The distributed engine: one Spark session per process and configuration, started when it is first needed."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.parquet as pq

from kedro_faucet.engines import written
from kedro_faucet.engines.base import Engine, Stream
from kedro_faucet.engines.conversion import as_arrow, require
from kedro_faucet.engines.dialect import compile_sql
from kedro_faucet.engines.dialect.errors import no_table, sql_error, stopped
from kedro_faucet.engines.dialect.types import spark_type
from kedro_faucet.engines.files import ManyFiles, Source, explain, source
from kedro_faucet.engines.files.local.paths import duckdb_files, spark_files
from kedro_faucet.engines.files.local.unpacking import by_their_names
from kedro_faucet.engines.files.parquet import ParquetFiles
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.spark import failed_files, spark_table
from kedro_faucet.engines.files.values import tick
from kedro_faucet.engines.files.writing import copy_query
from kedro_faucet.engines.scopes import Table
from kedro_faucet.engines.session.types import as_types, asked_types, duckdb_type
from kedro_faucet.services.stores.addresses import is_address

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from kedro_faucet.engines.databases.dataset import Shares
    from kedro_faucet.engines.delta.files import DeltaFiles
    from kedro_faucet.services import Database, Save, Selection


class SparkEngine(Engine):
    """Apache Spark, with Delta Lake: the same bricks when one machine no longer does."""

    name = "spark"
    settings = ("master", "config")

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Keep the configuration; the session starts when it is first needed."""
        super().__init__(config)
        self.lock = threading.RLock()
        self._sources: list[Source] = []
        self._databases: WeakKeyDictionary[Table, Shares] = WeakKeyDictionary()
        self._session: SparkSession | None = None

    @property
    def session(self) -> SparkSession:
        """The session, started now if it is not yet.

        Raises:
            MissingExtraError: if pyspark is not installed.
            EngineError: if no Java runtime is found, Spark does not start, or runs already with other settings.
        """
        with self.lock:
            if self._session is None:
                require("pyspark.sql", "spark")
                from kedro_faucet.engines.session.start import start

                self._session = start(self.config.get("master") or "local[*]", self.config.get("config") or {})
            return self._session

    def owns(self, table: Table) -> bool:
        """Tell whether a table belongs to this engine."""
        owner = getattr(table, "sparkSession", None)
        return owner is not None and owner is self._session

    def sql(self, text: str, /, *, portable: bool = True, **tables: Table) -> Table:
        """Return the lazy result of one SELECT over the tables."""
        # When a view is dropped, Spark forgets what was persisted of the same plan: so each view gets one of its own.
        given = self._inputs(text, tables)
        tables = {name: table.where("true") for name, table in given.items()}
        return self._live.add(self._sql(text, tables, portable=portable), given.values())

    def _sql(self, text: str, tables: Mapping[str, Table], *, portable: bool) -> Table:
        try:
            if portable:
                inputs = {name: self.schema(table) for name, table in tables.items()}
                query = compile_sql(text, inputs, "spark")
                types = asked_types(text, inputs, tables)  # first, so that a mistake is told alike
                return as_types(self.session.sql(query, **tables), types)
            return self._own_sql(text, tables)
        except Exception as error:
            if not _is_spark_s(error):
                raise
            raise explain(str(error), ()) or sql_error(str(error), text, tables) from None

    def _own_sql(self, text: str, tables: Mapping[str, Table]) -> Table:
        # Views are resolved when the text is analysed, so they need not outlive the call.
        with self.lock:
            for name, table in tables.items():
                table.createOrReplaceTempView(name)
            try:
                return self.session.sql(text)
            finally:
                for name in tables:
                    self.session.catalog.dropTempView(name)

    def persist(self, table: Table) -> Table:
        """Compute a table once; its rows are kept on the executors, and spill to their disks."""
        kept = table.persist()
        with self._computing():
            try:
                kept.count()
            except BaseException:
                kept.unpersist()
                raise
        return self._keep(kept)

    def _release(self, table: Table) -> None:
        """Let the executors forget the rows of a table."""
        table.unpersist()

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """Name the place in a file that stops a computation."""
        try:
            yield
        except Exception as error:
            if not _is_spark_s(error):
                raise
            said, files = failed_files(str(error))
            read = [source for source in self._sources if not set(files).isdisjoint(source.files)]
            raise explain(said, read) or stopped(said) from None

    def schema(self, table: Table) -> dict[str, str]:
        """Return each column's type in DuckDB's words."""
        return {field.name: duckdb_type(field.dataType) for field in table.schema.fields}

    @contextmanager
    def batches(self, table: Table) -> Iterator[pa.RecordBatchReader]:
        """Stream the rows as Arrow batches, by way of a Parquet file on the driver's disk."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "rows.parquet")
            self.write_file(table, "parquet", path)
            with pq.ParquetFile(path) as file:
                schema = file.schema_arrow
                yield pa.RecordBatchReader.from_batches(schema, file.iter_batches(100_000))

    def to_arrow(self, table: Table) -> pa.Table:
        """Return all rows as an Arrow table."""
        with self._computing():
            return table.toArrow()

    def stream(self, table: Table, function: Stream, types: Mapping[str, str], by: Sequence[str]) -> Table:
        """Return what a function makes of the rows, in twice as many tasks as there are cores."""
        keys = [f"`{column.replace('`', '``')}`" for column in by]
        tasks = 2 * self.session.sparkContext.defaultParallelism
        schema = ", ".join(f"`{name.replace('`', '``')}` {spark_type(kind)}" for name, kind in types.items())
        return table.repartition(tasks, keys[0]).sortWithinPartitions(*keys).mapInArrow(function, schema)

    def from_frame(self, frame: Any) -> Table:
        """Return a table over a pandas or polars frame or an Arrow table."""
        arrow = as_arrow(frame)
        try:
            return self.session.createDataFrame(arrow)
        except Exception as error:
            if not _is_spark_s(error):
                raise
            raise no_table(frame, str(error)) from None

    def read_files(
        self, format: str, files: list[str], *, columns: Mapping[str, str] | None = None, **options: Any
    ) -> Table:
        """Return a table over exactly these files."""
        if format == "excel":
            return self._workbooks(files, columns, options)
        with by_their_names():
            found = source(format, files, columns, **options)
            self._sources = [found, *(source for source in self._sources if source.files != found.files)]
            return self._of_files(self._table(found), ManyFiles.of(format, found, columns, options))

    def _table(self, found: Source) -> Table:
        # Objects are read by the embedded engine's own query: Hadoop's way to them is a jar of 650 MB.
        if isinstance(found, ParquetFiles) and found.is_plain and not is_address(found.files[0]):
            with self._computing():
                return as_types(self.session.read.parquet(*spark_files(list(found.files))), found.types)
        return spark_table(self.session, found)

    def hashed(self, table: Table, columns: Sequence[str], name: str) -> Table:
        """Return a table with one more column: 32 bits of a hash of these columns."""
        # Spark hashes no map, and skips a NULL: whether there is one is hashed too.
        types = self.schema(table)
        plain = {each: f"to_json({tick(each)})" if "MAP<" in types[each] else tick(each) for each in sorted(columns)}
        values = ", ".join(f"{tick(each)} is null, {value}" for each, value in plain.items())
        return table.selectExpr("*", f"shiftrightunsigned(xxhash64({values}), 32) as {tick(name)}")

    @property
    def hash_name(self) -> str:
        """The name of the hash: the same in every version of Spark."""
        return "spark xxhash64"

    def write_file(self, table: Table, format: str, path: str, by: Sequence[str] = ()) -> None:
        """Write one complete new local file, through a folder of Parquet files beside it."""
        folder = Path(f"{path}.parts")
        with self._computing():
            table = as_types(table, self.schema(table))
            table = table.repartition(*by) if by else table.coalesce(1) if format == "parquet" else table
            table.write.mode("overwrite").option("compression", "zstd").partitionBy(*by).parquet(str(folder))
        parts = sorted(map(str, folder.rglob("part-*")))
        written.note(sum(pq.read_metadata(part).num_rows for part in parts))
        if by or format == "parquet":
            Path(folder if by else parts[0]).replace(path)
        else:
            ask(copy_query(f"read_parquet({duckdb_files(parts)}, hive_partitioning=false)", format, path))
        shutil.rmtree(folder, ignore_errors=True)

    def read_delta(self, uri: str, version: int) -> Table:
        """Return a lazy table over a Delta table at one version."""
        from kedro_faucet.engines.delta.spark import read

        table, files = read(self, uri, version)
        if files:
            self._versions[table] = files
        return table

    def _placed(self, found: DeltaFiles, files: Sequence[str]) -> Table:
        """Return the rows of some of a Delta table's files with the place of each."""
        from kedro_faucet.engines.delta.spark import placed

        return placed(self, found, files)

    def write_delta(
        self,
        table: Table,
        uri: str,
        *,
        mode: Literal["append", "overwrite"],
        expected: int | None,
        properties: Mapping[str, str] | None = None,
        partition_by: Sequence[str] = (),
        gone: Table | None = None,
    ) -> None:
        """Commit rows onto exactly the version that was compared with."""
        from kedro_faucet.engines import delta
        from kedro_faucet.engines.delta.spark import write

        delta.check_names(self.schema(table))
        with delta.committing(uri, expected) as commit:
            write(self, table, commit, mode, properties, partition_by, gone)

    def read_database(self, database: Database, selection: Selection) -> Table:
        """Return a lazy table over a table or query of a database."""
        from kedro_faucet.engines.databases.dataset import Shares

        return self._of_shares(Shares.of(database, selection, self.session.sparkContext.defaultParallelism))

    def _of_shares(self, found: Shares) -> Table:
        table = self._live.add(found.table(self.session))
        self._databases[table] = found
        return table

    def stages(self, database: Database) -> bool:
        """Tell whether tasks put rows into a database."""
        return database.is_staged

    def write_database(self, table: Table, database: Database, name: str, how: Save) -> None:
        """Let tasks put their rows, and take them into a table of a database in one transaction."""
        from kedro_faucet.engines.session.staging import arrow_schema, put

        table = as_types(table, self.schema(table))
        with database.staging(name, arrow_schema(table), how) as staging:
            if staging is None:
                return super().write_database(table, database, name, how)
            with self._computing():
                rows = put(table, staging)
            database.save(name, rows, how)
            written.note(rows.count)
        return None

    def since(self, table: Table, column: str, lowest: Any, *, inclusive: bool) -> Table:
        """Return the rows of a table whose column is higher than a value; a database filters its own."""
        if found := self._databases.get(table):
            table = self._of_shares(found.since(column, lowest, inclusive=inclusive))
        return super().since(table, column, lowest, inclusive=inclusive)

    def close(self) -> None:
        """Stop the session, and with it Spark."""
        if self._session is not None:
            self._session.stop()
            self._session = None
        self.closed = True


def _is_spark_s(error: Exception) -> bool:
    return type(error).__module__.startswith(("pyspark", "py4j"))
