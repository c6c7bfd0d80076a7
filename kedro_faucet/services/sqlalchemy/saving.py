"""Rows into any database: staged, read again to see that each value is kept, and put in their place at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import BigInteger, Column, Enum, MetaData, String, Table, bindparam, exc, inspect
from sqlalchemy import types as t

from kedro_faucet.exceptions import DataError, ResourceError, shortened
from kedro_faucet.services.arrow import word
from kedro_faucet.services.sql import Column as Known
from kedro_faucet.services.sql import Transaction, refuse_view, unsure
from kedro_faucet.services.sqlalchemy.dialects import DIALECTS, Dialect
from kedro_faucet.services.sqlalchemy.reading import asked, batch_of, columns_of, streamed
from kedro_faucet.services.sqlalchemy.types import BOUND, field_of, keeps_decimals, kept, plain, stored
from kedro_faucet.services.sqlite.types import DIGITS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kedro_faucet.services.sqlalchemy.service import SQLAlchemy

_ROW = "kf_row"
_FEW = 1000


class Write(Transaction):
    """One transaction of any database's."""

    service: SQLAlchemy

    def __init__(self, service: SQLAlchemy, table: str, connection: Connection) -> None:
        """Keep what is written, and on which connection."""
        super().__init__(service, table)
        self._connection, self._dialect = connection, connection.dialect
        self._how = DIALECTS.get(connection.dialect.name, Dialect())
        self.stage = self._how.name
        self._found: dict[str, t.TypeEngine[Any]] = {}
        self._made: dict[str, t.TypeEngine[Any]] = {}
        self._gone: list[str] = []

    def run(self, sql: str) -> None:
        """Do what SQL says."""
        self._connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).close()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        with streamed(self._connection, sql) as result:
            return [tuple(row) for row in result.fetchmany(_FEW)]

    def find(self) -> dict[str, Known] | None:
        """Return the columns of the table, but those that the database computes."""
        inspector, (name, schema) = inspect(self._connection), self.service.parts(self.table)
        if not inspector.has_table(name, schema):
            return None
        if name in inspector.get_view_names(schema):
            raise refuse_view(self.service, self.table)
        known = columns_of(self.service, self._connection, self.table)
        self.computed = tuple(each["name"] for each in known if each.get("computed"))
        columns = [each for each in known if not each.get("computed")]
        self._found = {each["name"]: each["type"] for each in columns}
        return {each["name"]: self._known(each) for each in columns}

    def _known(self, column: Any) -> Known:
        kind = column["type"]
        # In SQLite alone a primary key of one whole number is given by itself.
        counts = self._dialect.name == "sqlite" and column.get("primary_key") == 1 and isinstance(kind, t.Integer)
        is_filled = column.get("default") is not None or column.get("autoincrement") is True or column.get("identity")
        return Known(self._words(kind), kept(kind, self._dialect), bool(is_filled or counts))

    def _words(self, kind: t.TypeEngine[Any]) -> str:
        try:
            return kind.compile(dialect=self._dialect)
        except exc.CompileError:
            return ""

    def stored(self, field: pa.Field, *, is_key: bool = False) -> str:
        """Return the database's words for the type of a column that is made."""
        if pa.types.is_decimal(field.type) and field.type.precision > DIGITS and not keeps_decimals(self._dialect):
            raise ResourceError(
                f"The column '{field.name}' is {word(field.type)}, and this database keeps {DIGITS} digits: round "
                "it in the node, or make it a text."
            )
        self._made[field.name] = stored(field, self._dialect, is_key=is_key)
        return self._words(self._made[field.name])

    def _type(self, name: str) -> t.TypeEngine[Any]:
        return self._found.get(name) or self._made[name]

    def take(self, rows: pa.RecordBatchReader, types: Mapping[str, str]) -> None:
        """Stream rows to a temporary table, and read them again from there."""
        for name in (name for name, kind in types.items() if not kind):
            raise ResourceError(f"The type of the column '{name}' of {self.table} is none that rows are saved to.")
        columns = {**{self.quoted(name): kind for name, kind in types.items()}, _ROW: self._words(BigInteger())}
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self._connection.commit()
        self.run(self._how.stage.format(stage=self.stage, columns=listed))
        start = 0
        for batch in rows:
            if batch.num_rows:
                self._put(batch, start)
                self._refuse_changed(batch, start)
            start += batch.num_rows
        self._connection.commit()
        self._index()

    def _index(self) -> None:
        """Make an index of the keys, where the database can: it finds staged rows faster."""
        with suppress(exc.DBAPIError):
            if self.key:
                self.run(f"create index kf_by_key on {self.stage} ({', '.join(map(self.quoted, self.key))})")
                self._connection.commit()
        self._connection.rollback()

    def _put(self, batch: pa.RecordBatch, start: int) -> None:
        names = [*batch.schema.names, _ROW]
        stage = Table(self.stage, MetaData(), *[Column(name, t.NullType()) for name in names])
        kinds = [*(BOUND.get(field.type, t.NullType)() for field in batch.schema), t.NullType()]
        binds = {
            name: bindparam(f"p{at}", type_=kind) for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
        values = [self._values(column) for column in batch.columns]
        numbers = range(start, start + batch.num_rows)
        rows = [{f"p{at}": value for at, value in enumerate(row)} for row in zip(*values, numbers, strict=True)]
        self._connection.execute(stage.insert().values(binds), rows)

    def _values(self, column: pa.Array) -> list[Any]:
        """Return values as a driver takes them."""
        values: list[Any] = column.to_pylist()
        if pa.types.is_decimal(column.type) and not keeps_decimals(self._dialect):
            return [None if value is None else f"{value:f}" for value in values]
        return values

    def _refuse_changed(self, batch: pa.RecordBatch, start: int) -> None:
        """Refuse values that are others when they are read again: cut, rounded, or of other letters."""
        known = [field for field in map(self._read_again, batch.schema) if field]
        if not known:
            return
        columns = ", ".join(asked(self.service, pa.schema(known)))
        with streamed(
            self._connection, f"select {columns} from {self.stage} where {_ROW} >= {start} order by {_ROW}"
        ) as r:
            found = batch_of(r.fetchall(), pa.schema(known))
        for name in found.schema.names:
            self._refuse_other(name, batch[name], found[name])

    def _read_again(self, field: pa.Field) -> pa.Field | None:
        """Return how a column is read; not documents and the like, of which a database makes texts of its own."""
        kind = self._type(field.name)
        if kept(kind, self._dialect) is not None:
            return field_of(field.name, kind, self._dialect, {})
        return plain(field.name, field.type, self._dialect) if self._dialect.name == "sqlite" else None

    def _refuse_other(self, name: str, sent: pa.Array, kept: pa.Array) -> None:
        if sent.equals(kept):
            return
        for one, other in zip(sent.to_pylist(), kept.to_pylist(), strict=True):
            if one != other and not (one != one and other is not None and other != other):
                raise DataError(
                    f"The column '{name}' holds {shortened(repr(one))}, of which the database makes "
                    f"{shortened(repr(other))} in a column of {self._words(self._type(name))}: change the column in "
                    f"{self.service.place}, or the value in the node."
                )

    def alone(self) -> None:
        """Have other saves to the table wait until this connection ends, where the database can be told so."""
        if self._how.alone:
            mark = sha1(f"{self.service.place} {self.named}".encode()).hexdigest()[:16]
            self.run(self._how.alone.format(mark=mark))

    def begin(self) -> None:
        """Begin to write: others wait from here on, where the database can be told so."""
        self._connection.commit()
        if lock := self._how.lock.format(table=self.named):
            self.run(lock)

    def commit(self) -> None:
        """Make what was written there for others, and drop what did not come."""
        try:
            self._connection.commit()
        except exc.DBAPIError as error:
            raise unsure(self.service) if error.connection_invalidated else error from None
        super().change({}, self._gone)
        self._connection.commit()

    def change(self, added: Mapping[str, str], gone: Sequence[str]) -> None:
        """Change the columns; where that would end the transaction, columns go after the rows have come."""
        self._gone = [] if self._how.keeps_changes_open else list(gone)
        super().change(added, [] if self._gone else gone)

    def marked(self, name: str) -> str:
        """Return the condition that a staged row deletes its key."""
        true = "true" if self._dialect.supports_native_boolean else "1"
        return f"(case when s.{self.quoted(name)} = {true} then 1 else 0 end = 1)"

    def compared(self, name: str) -> tuple[str, str]:
        """Return the values of a column in both rows, of texts letter by letter."""
        letters = self._how.letters if self._is_text(name) else "{}"
        left, right = (letters.format(value) for value in super().compared(name))
        return left, right

    def _is_text(self, name: str) -> bool:
        return isinstance(self._type(name), String) and not isinstance(self._type(name), Enum)

    def delete(self, condition: str) -> None:
        """Delete the rows of the table of whose a staged one holds a condition."""
        self.run(self._how.delete.format(table=self.named, stage=self.stage, condition=condition))

    def update(self, names: Sequence[str], condition: str) -> None:
        """Take values of staged rows into the rows of the table with which they hold a condition."""
        columns = [self.quoted(name) for name in names]
        value = f"(select s.{{}} from {self.stage} s where {condition})"
        said = {
            "pairs": ", ".join(f"{name} = s.{name}" for name in columns),
            "joined": ", ".join(f"t.{name} = s.{name}" for name in columns),
            "selected": ", ".join(f"{name} = {value.replace('{}', name)}" for name in columns),
        }
        self.run(self._how.update.format(table=self.named, stage=self.stage, condition=condition, **said))
