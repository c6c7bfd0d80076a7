"""Rows into MySQL: a new table is named when it is full, and an old one changed in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services import sql
from kedro_faucet.services.database import Save
from kedro_faucet.services.mysql.loading import load
from kedro_faucet.services.mysql.reading import described
from kedro_faucet.services.mysql.types import field_of, stored
from kedro_faucet.services.rows import Rows
from kedro_faucet.services.sql import STAGE, Column, Transaction, refuse_view
from kedro_faucet.services.sql.newest import newest
from kedro_faucet.services.sql.staging import Staged, rows_of

if TYPE_CHECKING:
    from kedro_faucet.services.mysql.service import MySQL

_SETTINGS = (
    "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00', "
    "innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}"
)
_COLUMNS = """
select column_name, column_type, character_set_name, collation_name, coalesce(column_default, 'NULL') <> 'NULL'
or extra like '%%auto_increment%%', extra like '%%generated%%' and extra not like '%%default_generated%%'
from information_schema.columns where table_schema = %s and table_name = %s order by ordinal_position
"""
_NOT_SAVED = ("geometry", "point", "linestring", "polygon", "multi", "bit(")


def save(service: MySQL, table: str, reader: pa.RecordBatchReader | Staged, how: Save) -> int:
    """Take rows into a table in one transaction, and return how many came.

    Raises:
        DataError: if rows are refused; nothing was written.
        ResourceError: if the server refuses.
        RowsStopped: if the rows cannot be computed.
    """
    with writing(service, table) as write:
        write.alone()
        found = write.find()
        if found is None and not how.delete_by:
            return write.make(rows_of(reader), how)
        if found is not None and how.mode == "append" and write.is_as(found, reader.schema):
            return write.append(rows_of(reader), found, how)
        return sql.save(write, reader, how)


@contextmanager
def writing(service: MySQL, table: str) -> Iterator[Write]:
    """Give a connection that writes a table."""
    given = {
        "init_command": _SETTINGS.format(seconds=service.lock_timeout),
        "read_timeout": None,
        "local_infile": True,
        "autocommit": False,
    }
    with service.connected(table, writing=True, **given) as connection:
        yield Write(service, table, connection)


class Write(Transaction):
    """One transaction of MySQL's."""

    service: MySQL

    def __init__(self, service: MySQL, table: str, connection: Any) -> None:
        """Keep what is written, and on which connection."""
        super().__init__(service, table)
        self._connection, self._cursor = connection, connection.cursor()
        self._gone: list[str] = []

    def run(self, sql: str) -> None:
        """Do what SQL says."""
        self._cursor.execute(sql)

    def ask(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        self._cursor.execute(sql, parameters)
        return [tuple(each.decode(errors="replace") if isinstance(each, bytes) else each for each in row)
                for row in self._cursor.fetchall()]  # fmt: skip

    def alone(self) -> None:
        """Have other saves to the table wait, and remove what one that was killed has left."""
        name = f"kf:{sha1(self.named.encode()).hexdigest()}"
        if self.ask("select get_lock(%s, %s)", (name, self.service.lock_timeout)) != [(1,)]:
            seconds = self.service.lock_timeout
            raise ResourceError(
                f"{self.service.place}: another save to {self.table} has gone on for {seconds} seconds; nothing was "
                "written. Run again after it, or say a longer lock_timeout: in providers.yml."
            )
        if self.service.exists(self._new.replace("`", "")):
            self.run(f"drop table {self._new}")

    @property
    def _new(self) -> str:
        """The name of a table that is not full yet."""
        schema = self.named.rpartition(".")[0]
        name = f"`kf_{sha1(self.named.encode()).hexdigest()[:16]}`"
        return f"{schema}.{name}" if schema else name

    def find(self) -> dict[str, Column] | None:
        """Return the columns of the table, but those that the server computes."""
        schema, _, name = self.table.rpartition(".")
        where = (schema or self.service.database, name)
        if self.ask("select 1 from information_schema.views where table_schema = %s and table_name = %s", where):
            raise refuse_view(self.service, self.table)
        rows = self.ask(_COLUMNS, where)
        if not rows:
            return None
        self.run(f"select * from {self.named} limit 0")
        kinds = {each.name: _kept(each) for each in described(self._cursor)}
        self._cursor.fetchall()
        kept, self.computed = [row[:-1] for row in rows if not row[-1]], tuple(row[0] for row in rows if row[-1])
        return {name: Column(_words(*words), kinds[name], bool(filled)) for name, *words, filled in kept}

    def stored(self, field: pa.Field, *, is_key: bool = False) -> str:
        """Return the server's words for the type of a column."""
        return stored(field, self._collation, is_key=is_key)

    @property
    def _collation(self) -> str:
        """The collation that tells all texts apart, those with blanks at their ends too."""
        [(version,)] = self.ask("select version()")
        is_old = version.startswith(("5.", "10.0.", "10.1."))
        return "utf8mb4_bin" if is_old else "utf8mb4_nopad_bin" if "MariaDB" in version else "utf8mb4_0900_bin"

    def take(self, rows: pa.RecordBatchReader, types: Mapping[str, str]) -> None:
        """Stream rows to a temporary table."""
        self.refuse_types(types)
        columns = ", ".join(f"{self.quoted(name)} {kind} null" for name, kind in types.items())
        # Without an index each row would be compared with each.
        parts = ", ".join(f"{self.quoted(name)}{'(64)' if _is_long(types[name]) else ''}" for name in self.key)
        self.run(f"create temporary table {STAGE} ({columns}{f', index ({parts})' if parts else ''})")
        load(self._cursor, STAGE, rows, types)

    def refuse_types(self, types: Mapping[str, str]) -> None:
        """Refuse columns of types whose values rows do not have."""
        for name, kind in types.items():
            if kind.startswith(_NOT_SAVED) and kind != "bit(1)":
                raise ResourceError(f"The column '{name}' of {self.table} is a {kind}, which rows are not saved to.")

    def begin(self) -> None:
        """Begin to write."""
        self.run("start transaction")

    def commit(self) -> None:
        """Make what was written there for others, and drop what did not come."""
        self._connection.commit()
        for name in self._gone:
            self.run(f"alter table {self.named} drop column {self.quoted(name)}")

    def change(self, added: Mapping[str, str], gone: Sequence[str]) -> None:
        """Add columns; the others go after the rows have come, as each change of a table ends a transaction."""
        super().change(added, [])
        self._gone = list(gone)
        if added:
            self.begin()

    def same(self, name: str) -> str:
        """Return the condition that two rows have the same value, of texts letter by letter."""
        left, right = f"t.{self.quoted(name)}", f"s.{self.quoted(name)}"
        return f"{left} = {right}" + (f" and binary {left} = binary {right}" if self._is_text(name) else "")

    def newer(self, name: str) -> str:
        """Return the condition that a staged row is no older."""
        binary = "binary " if self._is_text(name) else ""
        left = f"t.{self.quoted(name)}"
        return f"({left} is null or {binary}s.{self.quoted(name)} >= {binary}{left})"

    def grouped(self, name: str) -> str:
        """Return a value of the table, told apart from others letter by letter."""
        return f"{'binary ' if self._is_text(name) else ''}t.{self.quoted(name)}"

    def _is_text(self, name: str) -> bool:
        return "collate" in (self.find() or {})[name].type

    def delete(self, condition: str) -> None:
        """Delete the rows of the table of whose a staged one holds a condition."""
        self.run(f"delete t from {self.named} t join {self.stage} s on {condition}")

    def update(self, names: Sequence[str], condition: str) -> None:
        """Take values of staged rows into the rows of the table with which they hold a condition."""
        pairs = ", ".join(f"t.{self.quoted(name)} = s.{self.quoted(name)}" for name in names)
        self.run(f"update {self.named} t join {self.stage} s on {condition} set {pairs}")

    def is_as(self, found: Mapping[str, Column], schema: pa.Schema) -> bool:
        """Tell whether rows go in without a change of the table."""
        return all(field.name in found for field in schema)

    def load(self, table: str, rows: Rows | Staged, types: Mapping[str, str]) -> None:
        """Take rows into a table that has the types."""
        if isinstance(rows, Staged):
            into = f"insert into {table} ({', '.join(map(self.quoted, rows.schema.names))})"
            rows.require(sum(self._cursor.execute(f"{into} {query}") for query in rows.queries()))
        else:
            rows.through(lambda incoming: load(self._cursor, table, incoming, types))

    def append(self, rows: Rows | Staged, found: Mapping[str, Column], how: Save) -> int:
        """Take rows into the table itself."""
        types = {name: found[name].type for name in rows.schema.names}
        self.refuse_types(types)
        self.begin()
        self.clear(how)
        self.load(self.named, rows, types)
        self.commit()
        return rows.count

    def make(self, rows: Rows | Staged, how: Save) -> int:
        """Make the table under another name, fill it, and name it: nobody sees it before it is full."""
        types = {field.name: self.stored(field, is_key=field.name in how.key) for field in rows.schema}
        key = f", primary key ({', '.join(map(self.quoted, how.key))})" if how.key else ""
        arranged = newest(rows, how) if how.key and isinstance(rows, Rows) else nullcontext()
        with arranged as one_a_key:
            columns = ", ".join(f"{self.quoted(name)} {kind}" for name, kind in types.items())
            self.run(f"create table {self._new} ({columns}{key})")
            try:
                if one_a_key is None:
                    self.load(self._new, rows, types)
                else:
                    load(self._cursor, self._new, one_a_key, types)
                self._connection.commit()
                self.run(f"rename table {self._new} to {self.named}")
            except BaseException:
                self.run(f"drop table {self._new}")
                raise
        return rows.count


def _is_long(kind: str) -> bool:
    """Tell whether an index takes only the beginning of a value."""
    sized = re.match(r"(?:var)?(?:char|binary)\((\d+)\)", kind)
    return int(sized[1]) > 64 if sized else bool(re.match(r"\w*(?:text|blob|json)", kind))


def _words(kind: str, letters: str | None, collation: str | None) -> str:
    return f"{kind} character set {letters} collate {collation}" if collation else kind


def _kept(column: Any) -> pa.DataType | None:
    """Return what is read of a column; none of a number of more digits than tables have here."""
    try:
        return field_of(column, {}).type
    except ResourceError:
        return None
