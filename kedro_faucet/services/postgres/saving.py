"""Rows into PostgreSQL: streamed by COPY, beside the table where others read it, and put in its place at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Kept, Save
from kedro_faucet.services.postgres.errors import committing, telling
from kedro_faucet.services.postgres.merging import Merge
from kedro_faucet.services.postgres.reading import TEXTS, settings
from kedro_faucet.services.postgres.target import STAGE, Target, find
from kedro_faucet.services.postgres.types import literal, quoted, stored
from kedro_faucet.services.rows import Rows
from kedro_faucet.services.sql.staging import Staged, rows_of

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.service import Postgres

# Keys are sorted in less time than hashed.
_WRITABLE = {**TEXTS, "work_mem": "128MB", "enable_hashagg": "off"}


def target(service: Postgres, table: str) -> dict[str, Kept] | None:
    """Return the columns of a table that rows are saved to, if there is one."""
    with service.connected(table):
        found = find(service, service.rows, table)
    return {each.name: Kept(each.kept, each.filled, each.computed) for each in found.columns} if found else None


def save(service: Postgres, table: str, reader: pa.RecordBatchReader | Staged, how: Save) -> int:
    """Take rows into a table in one transaction, and return how many came.

    Raises:
        DataError: if rows are refused; nothing was written.
        ResourceError: if the server refuses.
        RowsStopped: if the rows cannot be computed.
    """
    rows = rows_of(reader)
    with writing(service, table) as write:
        found = write.find() or write.find_alone()
        if found and how.mode in ("error", "ignore"):
            raise ResourceError("Another process made the table meanwhile; nothing was written. Run again.")
        if isinstance(rows, Staged):
            _staged(write, found, rows, how)
            # It would hold its tables until the server has ended the session, which is after it was closed.
            write.run(f"drop view {STAGE}")
        elif found is None and not how.delete_by:
            _made(write, rows, how)
        elif found and how.mode in ("append", "overwrite") and found.is_as(rows.schema):
            if how.mode == "overwrite" or how.replaces:
                write.empty(found, where=how.replaces)
            write.into(table, rows)
        else:
            _staged(write, found, rows, how)
    return rows.count


def _made(write: Write, rows: Rows, how: Save) -> None:
    """Take rows into a new table itself: an index of keys of which each is there once tells that they are."""
    found = write.create(rows.schema, how)
    write.into(write.table, rows)
    if how.mode == "merge" and not write.add_key(found, how.key):
        write.run(f"create temp table kf_stage on commit drop as select * from {found.named}")
        write.run(f"truncate {found.named}")
        types = {column.name: column.type for column in found.columns}
        Merge(write, found, types, how, is_new=True).run()


def _staged(write: Write, known: Target | None, rows: Rows | Staged, how: Save) -> None:
    """Take rows to a table of this transaction alone, and from there into the other in little time."""
    types = write.stage(rows)
    found = known or write.create(rows.schema, how)
    new = {name: kind for name, kind in types.items() if name not in found.written and name != how.delete_by}
    if how.mode == "overwrite":
        return write.replace(found, types, new)
    found = write.widen(found, new)
    write.check(found, types)
    if known and how.replaces:
        write.empty(found, where=how.replaces)
    if how.mode == "merge":
        return Merge(write, found, types, how, known is None, isinstance(rows, Staged)).run()
    return write.run(found.insert(types))


@contextmanager
def writing(service: Postgres, table: str) -> Iterator[Write]:
    """Give a transaction that writes a table, committed at the end."""
    import adbc_driver_postgresql.dbapi as adbc

    connect = adbc.connect
    with (
        telling(service, table, is_save=True),
        connect(service.conninfo()) as connection,
        connection.cursor() as cursor,
    ):
        write = Write(service, table, cursor)
        write.ask(settings({**_WRITABLE, "lock_timeout": f"{service.lock_timeout}s"}))
        yield write
        with committing(service):
            connection.commit()


@dataclass(frozen=True)
class Write:
    """One transaction that writes a table."""

    service: Postgres
    table: str
    cursor: Any

    def run(self, sql: str) -> None:
        """Do what SQL says."""
        self.cursor.execute(sql)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        self.cursor.execute(sql)
        return list(self.cursor.fetchall())

    def add_key(self, found: Target, key: Sequence[str]) -> bool:
        """Give a table its primary key; where one is NULL or twice, all is as it was before."""
        # The server catches the error: after one that reaches the driver nothing can be done but to begin anew.
        caught = "exception when unique_violation or not_null_violation then null"
        self.run(f"do {literal(f'begin {found.with_key(key)}; {caught}; end')}")
        named = literal(found.named)
        return bool(self.ask(f"select 1 from pg_index where indrelid = to_regclass({named}) and indisprimary"))

    def find(self) -> Target | None:
        """Return the table, if there is one."""
        return find(self.service, self.ask, self.table)

    def find_alone(self) -> Target | None:
        """Return the table, if another makes it meanwhile: of several, one makes it, and the others come after."""
        self.ask(f"select pg_advisory_xact_lock(hashtextextended({literal(self.service.named(self.table))}, 0))::text")
        return self.find()

    def create(self, schema: pa.Schema, how: Save) -> Target:
        """Make the table."""
        kept = [field for field in schema if field.name != how.delete_by]
        columns = [f"{quoted(field.name)} {stored(field.name, field.type)}" for field in kept]
        schema_name = self.table.rpartition(".")[0] or self.service.schema_
        self.service.require_schema(schema_name)
        self.run(f"create table {self.service.named(self.table)} ({', '.join(columns)})")
        found = self.find()
        assert found is not None
        return found

    def into(self, table: str, rows: Rows, *, temporary: bool = False) -> None:
        """Stream rows to a table that has their types, and see that all came."""
        schema, _, name = table.rpartition(".")
        place = {"temporary": True} if temporary else {"db_schema_name": schema or self.service.schema_}
        came = rows.through(lambda reader: self.cursor.adbc_ingest(name, reader, mode="append", **place))
        if came not in (-1, rows.count):
            raise ResourceError(f"{self.service.place}: {rows.count} rows were sent and {came} came; nothing is kept.")

    def stage(self, rows: Rows | Staged) -> dict[str, str]:
        """Stream rows to a table that this transaction alone sees, and return its types."""
        types = {field.name: stored(field.name, field.type) for field in rows.schema}
        if isinstance(rows, Staged):
            self.run(f"create temp view kf_stage as {' union all '.join(rows.queries())}")
            [(found,)] = self.ask(f"select count(*) from {STAGE}")
            rows.require(found)
            return types
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        self.run(f"create temp table kf_stage ({columns}) on commit drop")
        self.into("kf_stage", rows, temporary=True)
        return types

    def widen(self, found: Target, new: dict[str, str]) -> Target:
        """Add columns, by a transaction of its own: it stops readers only as long as it takes."""
        if not new:
            return found
        added = ", ".join(f"add column if not exists {quoted(name)} {kind}" for name, kind in new.items())
        with self.service.connected(self.table, writing=True) as connection:
            connection.execute(f"alter table {found.named} {added}")
        widened = self.find()
        assert widened is not None
        return widened

    def empty(self, found: Target, lock: str = "share row exclusive", where: str | None = None) -> None:
        """Delete all rows, or some: who reads goes on, and finds them until the others are there."""
        self.run(f"lock table {found.named} in {lock} mode")
        self.run(f"delete from {found.named} where {where or 'true'}")

    def replace(self, found: Target, types: dict[str, str], new: dict[str, str]) -> None:
        """Put the staged rows in the place of all others, and new columns in that of those that do not come."""
        gone = [name for name, each in found.written.items() if name not in types and not each.filled]
        changes = [f"drop {quoted(name)}" for name in gone] + [f"add {quoted(name)} {new[name]}" for name in new]
        self.empty(found, "access exclusive" if changes else "share row exclusive")
        if changes:
            self.run(f"alter table {found.named} {', '.join(changes)}")
            found = self.find() or found
        self.check(found, types)
        self.run(found.insert(types))

    def check(self, found: Target, types: dict[str, str]) -> None:
        """Refuse values that a column's length would cut or round without a word.

        Raises:
            DataError: with one of them.
        """
        from kedro_faucet.exceptions import DataError

        for name, kind in types.items():
            column = found.written.get(name)
            if column is None or column.type in (kind, column.base):
                continue
            value = column.of(f"s.{quoted(name)}", kind)
            test = f"({value})::{column.type} is distinct from {value}"
            if found_one := self.ask(f"select s.{quoted(name)} from {STAGE} s where {test} limit 1"):
                raise DataError(
                    f"The column '{name}' is {column.type} in {self.table}, which cannot hold {found_one[0][0]!r}: "
                    "widen it there, or shorten or round the value in the node."
                )
