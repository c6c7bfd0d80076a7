"""What every database can do: tell its tables and their types, stream rows out, and take rows in one transaction."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from kedro_faucet.exceptions import ResourceError, did_you_mean, listed
from kedro_faucet.services.keys import Declared
from kedro_faucet.services.service import Service
from kedro_faucet.services.settings import Strict

if TYPE_CHECKING:
    import pyarrow as pa

    from kedro_faucet.services.sql.publication import Publication
    from kedro_faucet.services.sql.staging import Staged, Staging


_STATEMENT = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(insert|update|delete|merge|replace|upsert|truncate|create|alter|drop|rename|call|"
    r"exec|execute|do|grant|revoke|set|use|begin|start|commit|copy|load|lock|vacuum|analyze|optimize|attach|pragma|show|"
    r"describe|explain)\b",
    re.IGNORECASE | re.DOTALL,
)


class Login(Strict):
    """A user's name and password."""

    username: str | None = None
    password: str | None = Field(None, repr=False)


@dataclass(frozen=True)
class Selection:
    """What is read of a database: a table or a query of the database's own, whole or narrowed.

    Args:
        table: the table's name, as in ``orders`` or ``sales.orders``.
        query: a SELECT in the database's own SQL, in the table's place.
        select: the columns to fetch; default: all.
        where: a condition in the database's own SQL.
        columns: the types of columns, in DuckDB's words, that are not the ones which the database has.
    """

    table: str
    query: str | None = None
    select: tuple[str, ...] = ()
    where: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Save:
    """How rows come into a table: as the modes of a resource say.

    Args:
        mode: overwrite, append, merge, error or ignore.
        key: for merge: the columns that tell rows apart.
        order_by: for merge: of two rows of one key the one that is higher in this column wins.
        delete_by: for merge: a column of booleans; a row that says true deletes its key.
        replaces: for append and merge: a condition in the database's SQL on rows that go before the others come.
    """

    mode: Literal["overwrite", "append", "merge", "error", "ignore"] = "overwrite"
    key: tuple[str, ...] = ()
    order_by: str | None = None
    delete_by: str | None = None
    replaces: str | None = None


@dataclass(frozen=True)
class Kept:
    """A column of a table that rows are saved to.

    Args:
        type: what incoming values are cast to; None where the database takes each as it comes.
        is_filled: whether the database gives a value where none comes.
        is_computed: whether it gives the value in any case.
    """

    type: pa.DataType | None
    is_filled: bool = False
    is_computed: bool = False


class Database(Service):
    """A service of tables: what a table's rows are, and how rows come in, in the database's own words."""

    holds: ClassVar[str] = "tables"
    is_staged: ClassVar[bool] = False
    """Whether many tasks may put rows at once."""
    secrets: ClassVar[type[Strict]] = Login
    schema_: str | None = Field(None, alias="schema")

    def locate(self, path: str) -> str:
        """Return a table's name: the folder of a path is its schema, as in ``ops/orders``."""
        return path.replace("/", ".")

    @property
    def url(self) -> str:
        """The address, with user and password, by which SQLAlchemy connects: for datasets of Kedro's.

        Raises:
            ResourceError: if SQLAlchemy does not reach it.
        """
        raise ResourceError(f"A service '{self.service}' has no address for Kedro's datasets: use a ResourceDataset.")

    def pinned(self) -> Self:
        """Return the database as it is at the moment that the run holds, where it can and is asked to."""
        return self

    @abstractmethod
    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns of a selection in the types that its rows have here: final ones, which nobody casts.

        What the database needs to fetch a column may stand in its field's metadata.

        Raises:
            ResourceError: if there is no such table, or a type that tables do not keep.
        """

    @abstractmethod
    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows on a connection of their own, in bounded memory; who stops asking for them stops the query.

        Args:
            selection: the table or query.
            wanted: the columns to fetch, as ``schema_of`` gives them, in this order; at least one.
            conditions: further ones in the database's SQL, all of which hold.

        Raises:
            DataError: if a value is none that its column's type holds.
            ResourceError: if the database refuses, or the table has changed its columns meanwhile.
        """

    @abstractmethod
    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query of the database's own."""

    def condition(self, field: pa.Field, sign: str, value: Any) -> str | None:
        """Return SQL that holds of the very rows of which a comparison does here; nothing where there is none.

        Args:
            field: a column, as ``schema_of`` gives it.
            sign: ``=``, ``<>``, ``<``, ``<=``, ``>``, ``>=``, ``is null`` or ``is not null``.
            value: what Arrow's ``as_py`` gives of the literal.
        """
        return None

    def shares(self, selection: Selection, count: int) -> list[list[str]]:
        """Return conditions that part a selection into at most so many shares, each row in one; none: it is whole."""
        return []

    @abstractmethod
    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table that rows are saved to, by name; nothing where there is no such table."""

    def staging(self, table: str, schema: pa.Schema, how: Save) -> AbstractContextManager[Staging | None]:
        """Give a place where many tasks put rows of a save at once; none where all come through one process."""
        return nullcontext()

    def fill(self, name: str, like: str, rows: pa.RecordBatchReader) -> int:
        """Put rows into a new table that is like another, for a task; return how many they were."""
        raise NotImplementedError

    @abstractmethod
    def save(self, table: str, rows: pa.RecordBatchReader | Staged, how: Save) -> int:
        """Take rows into a table in one transaction, and return how many came; the table is made where there is none.

        Of a merge, those that tasks have staged are one a key.

        Raises:
            DataError: if rows are refused; nothing was written.
            ResourceError: if the database refuses.
        """

    def publication(self, name: str) -> Publication:
        """Return a set of tables that readers see change as one.

        Raises:
            ResourceError: if the database keeps none.
        """
        raise ResourceError(
            f"A mart is a DuckDB file, or a set of tables in PostgreSQL, and {self.place} is neither: name another "
            "provider:."
        )

    @abstractmethod
    def quoted(self, name: str) -> str:
        """Return a name in the database's quotes."""

    def exists(self, table: str) -> bool:
        """Tell whether there is a table."""
        return table in self.resources()

    def declared(self) -> dict[str, Declared]:
        """Return the tables, no views, with the keys that are declared of them, as far as the database tells."""
        return {name: Declared() for name in self.resources()}

    def text(self, selection: Selection, columns: Iterable[str], conditions: Sequence[str] = ()) -> str:
        """Return the SELECT of a selection: of columns in the database's SQL, where all the conditions hold."""
        self._refuse_statement(selection.query)
        said = [f"({selection.where}\n)"] if selection.where else []
        # What stands after a line's end is out of reach of a comment in a user's SQL.
        of = f"({selection.query.rstrip().rstrip(';')}\n) q" if selection.query else self.named(selection.table)
        where = f" where {' and '.join([*said, *conditions])}" if said or conditions else ""
        return f"select {', '.join(columns)} from {of}{where}"

    def _refuse_statement(self, query: str | None) -> None:
        if query and (found := _STATEMENT.match(query)):
            raise ResourceError(
                f"{self.place}: query: begins with {found[1].upper()}, and is to be one SELECT, which only reads."
            )

    def named(self, table: str) -> str:
        """Return a table's name in the database's quotes, with its schema where the provider has one."""
        parts = self.split(table)
        return ".".join(map(self.quoted, [self.schema_, *parts] if self.schema_ and len(parts) == 1 else parts))

    @property
    def levels(self) -> int:
        """How many names, with dots between, tell where a table is."""
        return 2

    def split(self, table: str) -> list[str]:
        """Return the names of a table and of what holds it, the table's last.

        Raises:
            ResourceError: if they are more than the database has levels.
        """
        parts = table.split(".")
        if len(parts) > self.levels:
            raise ResourceError(
                f"'{table}' is no name of a table in {self.place}: say a table, or schema.table, as in sales.orders; "
                "one whose own name has a dot is read by query:."
            )
        return parts

    def missing(self, table: str) -> ResourceError:
        """Return the error for a table that there is not."""
        known = self.resources()
        return ResourceError(
            f"There is no table '{table}' in {self.place}.{did_you_mean(table, known)} "
            f"There are: {listed(known, near=table) or 'none'}."
        )
