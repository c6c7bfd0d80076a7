"""What saving needs of a database, in words that most of them understand; a service says what its own are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Database, Kept, Save
from kedro_faucet.services.sql.staging import Staged

STAGE = "kf_stage"
"""Where rows wait, for one connection alone."""


class Column(NamedTuple):
    """A column of a table that rows are saved to.

    Args:
        type: in the database's words.
        kept: what is read of it; None where the database takes each value as it comes.
        is_filled: whether the database gives a value where none comes.
    """

    type: str
    kept: pa.DataType | None
    is_filled: bool = False


class Transaction(ABC):
    """One transaction that writes a table.

    Args:
        service: where the table is.
        table: its name.
    """

    stage = STAGE

    def __init__(self, service: Database, table: str) -> None:
        """Keep what is written."""
        self.service, self.table = service, table
        self.named, self.quoted = service.named(table), service.quoted
        self.key: tuple[str, ...] = ()
        self.computed: tuple[str, ...] = ()

    @abstractmethod
    def run(self, sql: str) -> None:
        """Do what SQL says."""

    @abstractmethod
    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""

    @abstractmethod
    def find(self) -> dict[str, Column] | None:
        """Return the columns of the table that rows bring values of, if there is one.

        Raises:
            ResourceError: if it is a view.
        """

    @abstractmethod
    def stored(self, field: pa.Field, *, is_key: bool = False) -> str:
        """Return the database's words for the type of a column that is made.

        Raises:
            ResourceError: if it has none.
        """

    @abstractmethod
    def take(self, rows: pa.RecordBatchReader, types: Mapping[str, str]) -> None:
        """Stream rows to a new table of this connection alone, of such types."""

    def gather(self, rows: Staged, types: Mapping[str, str]) -> None:
        """Take the rows that tasks have put into tables of the database."""
        self.take(rows.schema.empty_table().to_reader(), types)
        for query in rows.queries():
            self.run(f"insert into {self.stage} {query}")
        [(found,)] = self.ask(f"select count(*) from {self.stage}")
        rows.require(found)

    @abstractmethod
    def begin(self) -> None:
        """Begin to write: other writers wait from here on."""

    @abstractmethod
    def commit(self) -> None:
        """Make what was written there for others."""

    def check(self, found: Mapping[str, Column], schema: pa.Schema, how: Save) -> None:
        """Refuse staged rows which the table would change without a word, and what a merge cannot compare.

        Raises:
            DataError: with a value.
        """
        return

    def create(self, schema: pa.Schema, how: Save) -> None:
        """Make the table, with the key of a merge."""
        kept = [field for field in schema if field.name != how.delete_by]
        types = [f"{self.quoted(field.name)} {self.stored(field, is_key=field.name in how.key)}" for field in kept]
        key = [f"primary key ({', '.join(map(self.quoted, how.key))})"] if how.key else []
        self.run(f"create table {self.named} ({', '.join([*types, *key])})")

    def change(self, added: Mapping[str, str], gone: Sequence[str]) -> None:
        """Add columns and drop others."""
        for name, kind in added.items():
            self.run(f"alter table {self.named} add {self.quoted(name)} {kind}")
        for name in gone:
            self.run(f"alter table {self.named} drop column {self.quoted(name)}")

    def compared(self, name: str) -> tuple[str, str]:
        """Return the values of a column in a row of the table and a staged one, in a form that is compared as here."""
        return f"t.{self.quoted(name)}", f"s.{self.quoted(name)}"

    def same(self, name: str) -> str:
        """Return the condition that a row of the table and a staged one have the same value."""
        left, right = self.compared(name)
        return f"{left} = {right}"

    def grouped(self, name: str) -> str:
        """Return a value of the table by which its rows are grouped."""
        return self.compared(name)[0]

    def newer(self, name: str) -> str:
        """Return the condition that a staged row is no older than one of the table."""
        left, right = self.compared(name)
        return f"(t.{self.quoted(name)} is null or {right} >= {left})"

    def clear(self, how: Save) -> None:
        """Delete the rows that are replaced before others come."""
        if how.replaces:
            self.run(f"delete from {self.named} where {how.replaces}")

    def marked(self, name: str) -> str:
        """Return the condition that a staged row deletes its key."""
        return f"(coalesce(s.{self.quoted(name)}, 0 = 1) = (1 = 1))"

    def delete(self, condition: str) -> None:
        """Delete the rows of the table of whose a staged one holds a condition."""
        self.run(f"delete from {self.named} as t where exists (select 1 from {self.stage} as s where {condition})")

    def update(self, names: Sequence[str], condition: str) -> None:
        """Take values of staged rows into the rows of the table with which they hold a condition."""
        pairs = ", ".join(f"{self.quoted(name)} = s.{self.quoted(name)}" for name in names)
        self.run(f"update {self.named} as t set {pairs} from {self.stage} as s where {condition}")

    def insert(self, names: Sequence[str], condition: str = "1 = 1", source: str = "") -> None:
        """Insert staged rows of which a condition holds."""
        values, columns = (", ".join(f"{of}{self.quoted(name)}" for name in names) for of in ("s.", ""))
        rows = source or f"{self.stage} s"
        self.run(f"insert into {self.named} ({columns}) select {values} from {rows} where {condition}")

    def insert_new(self, names: Sequence[str], condition: str, same: str) -> None:
        """Insert the staged rows of which a condition holds, and whose keys the table has not."""
        source = f"{self.stage} s left join {self.named} t on {same}"
        self.insert(names, f"{condition} and t.{self.quoted(self.key[0])} is null", source)

    def target(self) -> dict[str, Kept] | None:
        """Return the columns of the table, as whoever casts the rows wants to know them."""
        found = self.find()
        if found is None:
            return None
        computed = {name: Kept(None, is_filled=True, is_computed=True) for name in self.computed}
        return {**{name: Kept(each.kept, each.is_filled) for name, each in found.items()}, **computed}


def refuse_view(service: Database, table: str) -> ResourceError:
    """Return the error for rows that are saved to a view."""
    return ResourceError(f"{service.place}: {table} is a view, to read only: save to a table.")


def unsure(service: Database) -> ResourceError:
    """Return the error for a connection that breaks while rows are committed: nobody knows of them."""
    return ResourceError(
        f"{service.place}: the connection broke while the rows were committed: see whether they are there before "
        "you run again with mode: append; an overwrite or a merge can be run again in any case."
    )
