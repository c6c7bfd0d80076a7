"""Rows of many tasks on their way into MySQL: each loads its own, in the types of the table that they are for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from kedro_faucet.services.database import Save
from kedro_faucet.services.mysql.saving import Write, writing
from kedro_faucet.services.rows import Rows
from kedro_faucet.services.sql.saving import types_of
from kedro_faucet.services.sql.staging import Room, Staging
from kedro_faucet.services.sql.staging import staging as staged

if TYPE_CHECKING:
    from kedro_faucet.services.mysql.service import MySQL

_FORBIDDEN = (1044, 1142)


@contextmanager
def staging(service: MySQL, table: str, schema: pa.Schema, how: Save) -> Iterator[Staging | None]:
    """Give a place for the rows of a save."""
    with writing(service, table) as write:
        types = types_of(write, schema, write.find() or {}, how)
        write.refuse_types(types)
        columns = ", ".join(f"{write.quoted(name)} {kind} null" for name, kind in types.items())
        with staged(service, table, schema, _Room(write, columns)) as found:
            yield found


def fill(service: MySQL, name: str, like: str, reader: pa.RecordBatchReader) -> int:
    """Put rows into a new table."""
    rows = Rows(reader)
    with writing(service, name) as write:
        write.run(f"create table {write.named} like {service.named(like)}")
        types = {each: column.type for each, column in (write.find() or {}).items()}
        write.load(write.named, rows, types)
        write.commit()
    return rows.count


class _Room(Room):
    def __init__(self, write: Write, columns: str) -> None:
        self._write, self._columns = write, columns
        self._folder, self._dot, _ = write.table.rpartition(".")

    def hold(self, job: str) -> bool:
        return self._write.ask("select get_lock(%s, 0)", [f"kf:{job}"[-64:]]) == [(1,)]

    def tables(self, beginning: str) -> list[str]:
        text = "select table_name from information_schema.tables where table_schema = %s and instr(table_name, %s) = 1"
        place = [self._folder or self._write.service.database, beginning.rpartition(".")[2]]
        return [f"{self._folder}{self._dot}{name}" for (name,) in self._write.ask(text, place)]

    def create(self, job: str) -> bool:
        import pymysql

        try:
            self._write.run(f"create table {self._write.service.named(job)} ({self._columns})")
        except pymysql.err.Error as error:
            if error.args[0] in _FORBIDDEN:
                return False
            raise
        return True

    def drop(self, table: str) -> None:
        self._write.run(f"drop table if exists {self._write.service.named(table)}")
