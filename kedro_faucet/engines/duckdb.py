"""The embedded engine: one DuckDB connection per process and configuration."""

from __future__ import annotations

import copyreg
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyRelation

from kedro_faucet.engines import relations, written
from kedro_faucet.engines.base import Engine, Stream
from kedro_faucet.engines.conversion import as_arrow
from kedro_faucet.engines.dialect import compile_sql, quote, reserved
from kedro_faucet.engines.dialect.errors import no_table, sql_error, stopped
from kedro_faucet.engines.dialect.types import distinct_names, projection
from kedro_faucet.engines.files import ManyFiles, Source, explain, source
from kedro_faucet.engines.files.local.states import require_unchanged
from kedro_faucet.engines.files.local.unpacking import by_their_names
from kedro_faucet.engines.files.queries import looking_by
from kedro_faucet.engines.files.writing import copy_query
from kedro_faucet.engines.relations import share, steps_of, unshare
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import EngineError, SqlError, did_you_mean
from kedro_faucet.services.rows import RowsStopped
from kedro_faucet.services.stores.filesystem import register

if TYPE_CHECKING:
    from kedro_faucet.engines.delta.files import DeltaFiles
    from kedro_faucet.services import Database, Selection


class DuckDBEngine(Engine):
    """DuckDB in this process: no server, no JVM.

    A connection refuses concurrent use, and a result is computed while it is drained: the lock covers both.

    >>> engine = DuckDBEngine({"memory_limit": "1GB"})
    >>> engine.rows(engine.sql("select 1 + 1 as two"))
    [(2,)]
    """

    name = "duckdb"
    settings = ("memory_limit", "threads", "temp_directory", "config")

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Open a connection in memory with the profile's settings.

        Raises:
            EngineError: if DuckDB refuses a setting.
        """
        super().__init__(config)
        self.lock = threading.RLock()
        self._numbers = itertools.count()
        self._sources: WeakKeyDictionary[Table, tuple[Source, ...]] = WeakKeyDictionary()
        settings: dict[str, Any] = {key: str(config[key]) for key in self.settings[:-1] if config.get(key) is not None}
        settings |= config.get("config") or {}
        try:
            self.connection = duckdb.connect(config=settings)
        except (duckdb.Error, TypeError):  # which quotes the value, and that may be a secret
            raise EngineError(f"DuckDB refuses the settings below 'engine:': {_refused(settings)}") from None
        self.connection.execute("set TimeZone = 'UTC'; create schema kf_persisted")
        relations.hide_bar(self.connection)
        share(self.connection, self.lock, lambda table, said: explain(said, self._read_by(table)))

    def owns(self, table: Table) -> bool:
        """Tell whether a table belongs to this engine."""
        return isinstance(table, DuckDBPyRelation) and getattr(table, "_con", None) is self.connection

    def sql(self, text: str, /, *, portable: bool = True, **tables: Table) -> Table:
        """Return the lazy result of one SELECT over the tables."""
        tables = self._inputs(text, tables)
        query = compile_sql(text, self._types(tables), "duckdb") if portable else text
        # DuckDB looks inputs up among the caller's variables: a namespace of our own keeps all others out.
        names = {(reserved(name) if portable else name): table for name, table in tables.items()}
        with self.lock:
            try:
                scope = {"kf_connection": self.connection, "kf_query": query, **names}
                result = eval("kf_connection.sql(kf_query)", scope)
            except duckdb.Error as error:
                raise explain(str(error), ()) or sql_error(str(error), text, tables) from None
            if not isinstance(result, DuckDBPyRelation):
                raise SqlError("A SQL node is one SELECT; this text returns no table.")
            self._sources[result] = tuple(source for table in tables.values() for source in self._read_by(table))
            return self._live.add(self._portable(result) if portable else result, tables.values())

    def _read_by(self, table: Table) -> tuple[Source, ...]:
        """Return the text files that a table is computed from, each once."""
        read = [source for step in steps_of(table) for source in self._sources.get(step, ())]
        return tuple({id(source): source for source in read}.values())

    def _types(self, tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
        return {name: self.schema(table) for name, table in tables.items()}

    def _portable(self, table: Table) -> Table:
        """Give the columns the types that they have on both engines."""
        with self.lock:
            distinct_names(table.columns)
            columns = projection(self.schema(table))
            return table if columns is None else table.project(columns)

    def persist(self, table: Table) -> Table:
        """Compute a table once, into a private schema: rows there spill, and every cursor sees them."""
        name = f"kf_persisted.t{next(self._numbers)}"
        self._copy(f"create table {name} as from kf_rows", table)
        with self.lock:
            return self._keep(self.connection.table(name).set_alias(name))

    def _release(self, table: Table) -> None:
        """Drop the table that a handle of ``persist`` is about."""
        with self.lock:
            self.connection.execute(f"drop table if exists {table.alias}")

    def schema(self, table: Table) -> dict[str, str]:
        """Return each column's type in DuckDB's words."""
        with self.lock:
            return {name: str(kind) for name, kind in zip(table.columns, table.types, strict=True)}

    @contextmanager
    def batches(self, table: Table) -> Iterator[pa.RecordBatchReader]:
        """Stream the rows as Arrow batches; the lock is held until the reader is let go."""
        # A reader that is not drained, since its consumer failed, would keep the connection from all others.
        with self._computing(table), table.to_arrow_reader(100_000) as reader:
            yield reader

    def to_arrow(self, table: Table) -> pa.Table:
        """Return all rows as an Arrow table."""
        with self._computing(table):
            return table.to_arrow_table()

    def stream(self, table: Table, function: Stream, types: Mapping[str, str], by: Sequence[str]) -> Table:
        """Return what a function makes of the rows, streamed in order."""
        keys = ", ".join(quote(column) for column in by)
        ordered = self.sql(f"from kf_rows order by {keys}", portable=False, kf_rows=table)
        with self.batches(ordered) as reader:
            made = list(function(iter(reader)))
        if not made:
            nothing = ", ".join(f"cast(null as {kind}) as {quote(name)}" for name, kind in types.items())
            return self.sql(f"select {nothing} where false", portable=False)
        return self.from_frame(pa.Table.from_batches(made))

    @contextmanager
    def _computing(self, table: Table) -> Iterator[None]:
        """Hold the lock, and name the place in a file that stops the computation of a table."""
        with self.lock, looking_by(self.connection.cursor):
            require_unchanged(self._read_by(table))
            try:
                yield
            except (duckdb.Error, RowsStopped) as error:
                raise explain(str(error), self._read_by(table)) or stopped(str(error)) from None

    def from_frame(self, frame: Any) -> Table:
        """Return a table over a pandas or polars frame or an Arrow table."""
        arrow = as_arrow(frame)
        with self.lock:
            try:
                return self._portable(self.connection.from_arrow(arrow))
            except duckdb.Error as error:
                raise no_table(frame, str(error)) from None

    def read_files(
        self, format: str, files: list[str], *, columns: Mapping[str, str] | None = None, **options: Any
    ) -> Table:
        """Return a table over exactly these files."""
        if format == "excel":
            return self._workbooks(files, columns, options)
        with by_their_names(), looking_by(self.connection.cursor):
            found = source(format, files, columns, **options)
            table = self._read(found.duckdb_query())
        self._sources[table] = (found,)
        return self._of_files(table, ManyFiles.of(format, found, columns, options))

    def _read(self, query: str) -> Table:
        register(self.connection, query)
        return self.sql(query, portable=False)

    def hashed(self, table: Table, columns: Sequence[str], name: str) -> Table:
        """Return a table with one more column: 32 bits of a hash of these columns."""
        values = ", ".join(map(quote, sorted(columns)))
        query = f"select *, cast(hash({values}) >> 32 as bigint) as {quote(name)} from kf_rows"
        return self.sql(query, portable=False, kf_rows=table)

    @property
    def hash_name(self) -> str:
        """The name of the hash: DuckDB's own may change with its version."""
        return f"duckdb {duckdb.__version__}"

    def write_file(self, table: Table, format: str, path: str, by: Sequence[str] = ()) -> None:
        """Write one complete new local file, or a folder with a folder for each value of some columns."""
        query = copy_query("kf_rows", format, path, by)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        written.note(self._copy(query, table)[0][0])

    def _copy(self, query: str, table: Table) -> list[tuple[Any, ...]]:
        """Run a statement over the rows of a table, which it calls ``kf_rows``, and return what it says."""
        with self._computing(table):
            scope = {"kf_connection": self.connection, "kf_query": query, "kf_rows": table}
            return list(eval("kf_connection.execute(kf_query).fetchall()", scope))

    def read_delta(self, uri: str, version: int) -> Table:
        """Return a lazy table over the files of a Delta table at one version."""
        from kedro_faucet.engines.delta.files import DeltaFiles

        found = DeltaFiles.at(uri, version)
        table = self._read(found.duckdb_query())
        self._versions[table] = found
        return table

    def _placed(self, found: DeltaFiles, files: Sequence[str]) -> Table:
        """Return the rows of some of a Delta table's files with the place of each."""
        return self._read(found.placed_query(files))

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
        from kedro_faucet.engines.delta.copies import commit_copies

        delta.check_names(self.schema(table))
        with delta.committing(uri, expected) as commit:
            if commit.takes_files(table.columns, partition_by):
                return commit_copies(self, table, commit, mode, properties, gone)
            with self.batches(table) as rows:
                return delta.write(commit, rows, mode, properties, partition_by)

    def read_database(self, database: Database, selection: Selection) -> Table:
        """Return a lazy table over a table or query of a database."""
        from kedro_faucet.engines.databases.dataset import DatabaseDataset

        dataset = DatabaseDataset(database, selection)
        with self.lock:
            table = self._portable(self.connection.from_arrow(dataset))
        return self._live.add(table)

    def interrupt(self) -> None:
        """Stop the query that runs."""
        self.connection.interrupt()

    def close(self) -> None:
        """Close the connection; its tables can be read no more."""
        with self.lock:
            unshare(self.connection)
            self.connection.close()
            self.closed = True


def _refused(settings: Mapping[str, Any]) -> str:
    """Return which settings DuckDB does not know, or of which values it does not, by their names alone."""
    wrong = [name for name, value in settings.items() if not _accepts({name: value})]
    with duckdb.connect() as connection:
        known = {name for (name,) in connection.execute("select name from duckdb_settings()").fetchall()}
    for name in wrong:
        if name not in known:
            return f"there is no '{name}'.{did_you_mean(name, known)}"
    return f"a value of {', '.join(wrong or settings)} is wrong."


def _accepts(settings: Mapping[str, Any]) -> bool:
    try:
        duckdb.connect(config=dict(settings)).close()
    except (duckdb.Error, TypeError):
        return False
    return True


def _to_pickle(table: DuckDBPyRelation) -> tuple[Any, ...]:
    """Send a table to another process by way of Arrow."""
    from kedro_faucet.engines.connections import engine_of

    engine = engine_of(table)
    return _from_pickle, (engine.config, engine.to_arrow(table))


def _from_pickle(config: Mapping[str, Any], arrow: pa.Table) -> Table:
    from kedro_faucet.engines.connections import connect

    return connect(config).from_frame(arrow)


# Kedro deep-copies what stays in memory between nodes; a lazy handle is its own copy.
DuckDBPyRelation.__deepcopy__ = lambda self, memo: self  # type: ignore[attr-defined]
copyreg.pickle(DuckDBPyRelation, _to_pickle)
