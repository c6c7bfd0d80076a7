"""What every engine can do: the one interface that bricks and storage are written against."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias
from weakref import WeakKeyDictionary

from kedro_faucet.engines import written
from kedro_faucet.engines.databases.live import Live
from kedro_faucet.engines.dialect.text import literal, quote
from kedro_faucet.engines.scopes import Scopes, Table
from kedro_faucet.exceptions import EngineError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from kedro_faucet.engines.delta.files import Bounds, DeltaFiles
    from kedro_faucet.engines.files import ManyFiles
    from kedro_faucet.services import Database, Save, Selection

Stream: TypeAlias = "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]"
"""A function over a stream of Arrow batches; it can be pickled."""


class Engine(Scopes):
    """What computes: connect one with ``kedro_faucet.engines.connect``."""

    name: ClassVar[str]
    settings: ClassVar[tuple[str, ...]]

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Keep the configuration; nothing is started before it is needed.

        Raises:
            EngineError: if a setting is none of the engine's.
        """
        for key in set(config) - {"type", *self.settings}:
            hint = did_you_mean(key, self.settings)
            raise EngineError(
                f"The engine {self.name} has no setting '{key}'; there are {', '.join(self.settings)}.{hint} "
                "What it hands through to the engine itself stands below config:."
            )
        super().__init__()
        self.config = dict(config)
        self._files: WeakKeyDictionary[Table, ManyFiles] = WeakKeyDictionary()
        self._versions: WeakKeyDictionary[Table, DeltaFiles] = WeakKeyDictionary()
        self._live = Live()
        self.closed = False

    def __repr__(self) -> str:
        """Name the engine alone: its settings may hold secrets."""
        return f"<engine {self.name}>"

    @abstractmethod
    def owns(self, table: Table) -> bool:
        """Tell whether a table belongs to this engine."""

    def table(self, value: Table) -> Table:
        """Return a table of this engine as it is, and one over a pandas, polars or Arrow frame.

        Raises:
            EngineError: if the value is neither, or a table of another engine.
        """
        return value if self.owns(value) else self.from_frame(value)

    def _inputs(self, text: str, tables: Mapping[str, Table]) -> dict[str, Table]:
        """Return the tables of a text; one that reads a database, and is used twice in it, is read once for all."""
        found = {name: self.table(table) for name, table in tables.items()}
        again = self._live.again(text, found)
        return {name: self.persist(table) if name in again else table for name, table in found.items()}

    @abstractmethod
    def sql(self, text: str, /, *, portable: bool = True, **tables: Table) -> Table:
        """Return the lazy result of one SELECT over the tables, which the text calls by their names."""

    @abstractmethod
    def persist(self, table: Table) -> Table:
        """Compute a table once and return a handle on the stored rows; they spill to disk under pressure."""

    @abstractmethod
    def schema(self, table: Table) -> dict[str, str]:
        """Return each column's type in DuckDB's words."""

    @abstractmethod
    def batches(self, table: Table) -> AbstractContextManager[pa.RecordBatchReader]:
        """Stream the rows as Arrow batches, so that memory stays bounded."""

    @abstractmethod
    def to_arrow(self, table: Table) -> pa.Table:
        """Return all rows as an Arrow table."""

    @abstractmethod
    def stream(self, table: Table, function: Stream, types: Mapping[str, str], by: Sequence[str]) -> Table:
        """Return what a function makes of the rows, streamed in order; on Spark it runs in many tasks at once.

        >>> from kedro_faucet.engines import connect
        >>> engine = connect()
        >>> numbers = engine.sql("select * from (values (2, 1), (1, 5)) t(n, k)")
        >>> engine.rows(engine.stream(numbers, iter, {"n": "INTEGER", "k": "INTEGER"}, by=["n"]))
        [(1, 5), (2, 1)]

        Args:
            table: the rows.
            function: takes Arrow batches, gives others; rows equal in the first of ``by`` reach one call of it.
            types: the result's columns, with their types in DuckDB's words.
            by: the columns that the rows are ordered by.
        """

    @abstractmethod
    def from_frame(self, frame: Any) -> Table:
        """Return a table over a pandas or polars frame or an Arrow table."""

    @abstractmethod
    def read_files(
        self, format: str, files: list[str], *, columns: Mapping[str, str] | None = None, **options: Any
    ) -> Table:
        """Return a table over exactly these csv, json, parquet (lazy) or excel files."""

    def parts(self, table: Table) -> list[Table]:
        """Return one table for each set of columns that the files of a table have; any other table as it is.

        A table of many files has the columns of all, NULL where a file lacks one; a part has those of its files alone,
        in the types and in the order that the whole has them.

        >>> import tempfile
        >>> from kedro_faucet.engines import connect
        >>> engine, folder = connect(), tempfile.mkdtemp()
        >>> engine.write_file(engine.sql("select 1 as id"), "csv", f"{folder}/1.csv")
        >>> engine.write_file(engine.sql("select 2 as id, 'x@y' as mail"), "csv", f"{folder}/2.csv")
        >>> both = engine.read_files("csv", [f"{folder}/1.csv", f"{folder}/2.csv"])
        >>> [part.columns for part in engine.parts(both)]
        [['id'], ['id', 'mail']]
        """
        many = self._files.get(table)
        if many is None or len(many.files) == 1 or len(many.groups) == 1:
            return [table]
        found = [self.read_files(**said) for said in many.parts()]
        return [self.sql(many.projection(self.schema(part)), part=part) for part in found]

    def files_of(self, table: Table) -> tuple[str, ...] | None:
        """Return the files that a table is read from as they are; nothing of any other table."""
        many = self._files.get(table)
        return many.files if many else None

    def with_files(self, table: Table, names: Mapping[str, str], column: str) -> Table:
        """Return the rows of some of a table's files, with one more column: the name that each file is given.

        >>> import tempfile
        >>> from kedro_faucet.engines import connect
        >>> engine, folder = connect(), tempfile.mkdtemp()
        >>> files = [f"{folder}/{day}.csv" for day in (1, 2)]
        >>> for day, file in enumerate(files):
        ...     engine.write_file(engine.sql(f"select {day} as n"), "csv", file)
        >>> days = engine.read_files("csv", files)
        >>> engine.rows(engine.with_files(days, {files[1]: "second"}, "file"))
        [(1, 'second')]
        """
        many = self._files[table]
        parts = {f"part{n}": self.read_files(**many.given(file)) for n, file in enumerate(names)}
        texts = [
            many.projection(self.schema(part), label, {column: name})
            for (label, part), name in zip(parts.items(), names.values(), strict=True)
        ]
        return self.sql(" union all ".join(texts), **parts)

    def _workbooks(self, files: list[str], columns: Mapping[str, str] | None, options: Mapping[str, Any]) -> Table:
        """Return a table over workbooks, which are read now."""
        from kedro_faucet.engines.files import ManyFiles
        from kedro_faucet.engines.files.excel import read_excel

        table = self.from_frame(read_excel(files, columns, **options))
        said = {"columns": columns, **options}
        return self._of_files(table, ManyFiles("excel", tuple(files), self.schema(table), said))

    def _of_files(self, table: Table, many: ManyFiles | None) -> Table:
        """Note which files a table is read from, as long as somebody holds it."""
        if many:
            self._files[table] = many
        return table

    @abstractmethod
    def hashed(self, table: Table, columns: Sequence[str], name: str) -> Table:
        """Return a table with one more column: 32 bits of a hash of these columns, in the order of their names.

        The hash is the engine's own, of this version; ``hash_name`` tells them apart.
        """

    @property
    @abstractmethod
    def hash_name(self) -> str:
        """The name of the hash that ``hashed`` gives."""

    @abstractmethod
    def write_file(self, table: Table, format: str, path: str, by: Sequence[str] = ()) -> None:
        """Write one new local file, or a folder for each value of some columns; storage replaces others by it."""

    @abstractmethod
    def read_delta(self, uri: str, version: int) -> Table:
        """Return a lazy table over a Delta table at one version."""

    def placed(self, table: Table, bounds: Bounds | None = None) -> Table | None:
        """Return rows of a Delta table's own files that may be within bounds, with ``kf_file`` and ``kf_row``."""
        found = self._versions.get(table)
        return self._placed(found, found.within(bounds or {})) if found and found.has_places else None

    def apart(self, old: Table, new: Table) -> tuple[Table, Table]:
        """Return two versions of a Delta table without the files that both have; other tables as they are."""
        found = [each for table in (old, new) if (each := self._versions.get(table)) and each.has_places]
        return (self._rest(*found), self._rest(*found[::-1])) if len(found) == 2 else (old, new)

    def _rest(self, found: DeltaFiles, other: DeltaFiles) -> Table:
        rows = self._placed(found, [file for file in found.files if file not in other.files])
        return self.sql(f"select {', '.join(map(quote, found.types))} from t", t=rows)

    @abstractmethod
    def _placed(self, found: DeltaFiles, files: Sequence[str]) -> Table:
        """Return the rows of some of a Delta table's files with the place of each."""

    @abstractmethod
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
        """Commit rows onto exactly the version that was compared with (``None``: there is no table yet).

        A column that the table lacks is added by an append; an overwrite replaces the schema too. Properties are those
        of a table that is created; without columns to partition by, its own stay. Rows that are gone (the places as of
        ``placed``) are left out of their files in the same commit.

        Raises:
            ConflictError: if another process wrote the table meanwhile; nothing was written.
        """

    @abstractmethod
    def read_database(self, database: Database, selection: Selection) -> Table:
        """Return a lazy table over a table or query of a database; each computation reads what it needs, anew."""

    def since(self, table: Table, column: str, lowest: Any, *, inclusive: bool) -> Table:
        """Return the rows of a table whose column is higher than a value; a source that can filter does so.

        >>> from kedro_faucet.engines import connect
        >>> engine = connect()
        >>> numbers = engine.sql("select * from (values (1), (2), (3), (null)) t(n)")
        >>> engine.rows(engine.since(numbers, "n", 2, inclusive=False))
        [(3,), (None,)]

        Args:
            table: the rows; those whose column is NULL are always wanted.
            column: of numbers or times.
            lowest: the value.
            inclusive: whether the value itself is wanted too.
        """
        name, sign = quote(column), ">=" if inclusive else ">"
        condition = f"{name} {sign} {literal(lowest)} or {name} is null"
        return self.sql(f"select * from source where {condition}", source=table)

    def stages(self, database: Database) -> bool:
        """Tell whether tasks put rows into a database, which are to be one a key for a merge."""
        return False

    def write_database(self, table: Table, database: Database, name: str, how: Save) -> None:
        """Write rows to a table of a database in one transaction."""
        with self.batches(table) as rows:
            database.save(name, written.counted(rows), how)

    def interrupt(self) -> None:
        """Stop what is computed, called from another thread; an engine that looks at signals itself need not."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection or session."""

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """Return all rows as tuples: for results that are known to be small."""
        from kedro_faucet.services.arrow import tuples

        return tuples(self.to_arrow(table))

    def to_pandas(self, table: Table) -> pd.DataFrame:
        """Return all rows as a pandas frame, by way of Arrow (decimals stay decimals)."""
        return self.to_arrow(table).to_pandas()  # type: ignore[no-any-return]

    def to_polars(self, table: Table) -> pl.DataFrame:
        """Return all rows as a polars frame."""
        from kedro_faucet.engines.conversion import require

        frame: pl.DataFrame = require("polars", "polars").from_arrow(self.to_arrow(table))
        return frame
