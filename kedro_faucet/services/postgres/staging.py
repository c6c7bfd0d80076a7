"""Rows of many tasks on their way into PostgreSQL: each puts its own by COPY."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kedro_faucet.services.postgres.saving import writing
from kedro_faucet.services.postgres.types import quoted, stored
from kedro_faucet.services.rows import Rows
from kedro_faucet.services.sql.staging import Room, Staging
from kedro_faucet.services.sql.staging import staging as staged

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.service import Postgres


@contextmanager
def staging(service: Postgres, table: str, schema: pa.Schema) -> Iterator[Staging | None]:
    """Give a place for the rows of a save."""
    columns = ", ".join(f"{quoted(field.name)} {stored(field.name, field.type)}" for field in schema)
    with (
        service.connected(table, writing=True) as connection,
        staged(service, table, schema, _Room(service, table, columns, connection)) as found,
    ):
        yield found


def fill(service: Postgres, name: str, like: str, reader: pa.RecordBatchReader) -> int:
    """Put rows into a new table."""
    rows = Rows(reader)
    with writing(service, name) as write:
        # What a crash leaves of it is told by the rows' number.
        write.run(f"create unlogged table {service.named(name)} (like {service.named(like)})")
        write.into(name, rows)
    return rows.count


class _Room(Room):
    def __init__(self, service: Postgres, table: str, columns: str, connection: Any) -> None:
        self._service, self._columns, self._connection = service, columns, connection
        self._folder, self._dot, _ = table.rpartition(".")

    def hold(self, job: str) -> bool:
        text = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
        [(is_held,)] = self._connection.execute(text, [self._service.named(job)]).fetchall()
        return bool(is_held)

    def tables(self, beginning: str) -> list[str]:
        text = "select tablename from pg_tables where schemaname = %s and starts_with(tablename, %s)"
        place = [self._folder or self._service.schema_, beginning.rpartition(".")[2]]
        return [f"{self._folder}{self._dot}{name}" for (name,) in self._connection.execute(text, place)]

    def create(self, job: str) -> bool:
        from psycopg.errors import InsufficientPrivilege

        self._service.require_schema(self._folder or self._service.schema_)
        try:
            self._connection.execute(f"create unlogged table {self._service.named(job)} ({self._columns})")
        except InsufficientPrivilege:
            return False
        return True

    def drop(self, table: str) -> None:
        self._connection.execute(f"drop table if exists {self._service.named(table)}")
