"""Rows into a table of MySQL by LOAD DATA: DuckDB writes them as CSV into a pipe, whose other end the server reads."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pymysql

from kedro_faucet.exceptions import DataError
from kedro_faucet.services.mysql.errors import is_rule
from kedro_faucet.services.mysql.types import quoted
from kedro_faucet.services.sql.newest import quoted as here
from kedro_faucet.services.sql.newest import scratch

_ROWS = 1000


def load(cursor: Any, table: str, rows: pa.RecordBatchReader, types: Mapping[str, str]) -> None:
    """Stream rows to a table.

    Args:
        cursor: of PyMySQL.
        table: its name, in backticks.
        rows: what comes.
        types: of its columns, in the server's words.

    Raises:
        DataError: if a value would be changed, or a row left out.
    """
    cursor.execute("select @@local_infile")
    [(is_open,)] = cursor.fetchall()
    query = "select " + ", ".join(_text(field, types[field.name]) for field in rows.schema) + " from rows"
    (_by_file if is_open else _by_values)(cursor, table, rows, types, query)


def _by_file(cursor: Any, table: str, rows: pa.RecordBatchReader, types: Mapping[str, str], query: str) -> None:
    made = {name: _made(f"@v{number}", types[name]) for number, name in enumerate(types)}
    columns = [f"@v{number}" if made[name] else quoted(name) for number, name in enumerate(types)]
    sets = ", ".join(f"{quoted(name)} = {sql}" for name, sql in made.items() if sql)
    outlet, inlet = os.pipe()
    feeder = _Feeder(rows, query, inlet)
    feeder.start()
    try:
        cursor.execute(
            f"load data local infile '/dev/fd/{outlet}' into table {table} character set utf8mb4 "
            "fields terminated by ',' optionally enclosed by '\"' escaped by '' lines terminated by '\\n' "
            f"({', '.join(columns)}){f' set {sets}' if sets else ''}"
        )
    finally:
        os.close(outlet)
        feeder.join()
    if feeder.error is not None:
        raise feeder.error
    _refuse_warnings(cursor, table)


class _Feeder(threading.Thread):
    """Writes rows into a pipe."""

    def __init__(self, rows: pa.RecordBatchReader, query: str, inlet: int) -> None:
        super().__init__(daemon=True)
        self._rows, self._query, self._inlet = rows, query, inlet
        self.error: Exception | None = None

    def run(self) -> None:
        """Write all of them."""
        texts = [here(field.name) for field in self._rows.schema if not _is_number(field.type)]
        quotes = f", force_quote ({', '.join(texts)})" if texts else ""
        options = f"format csv, header false, nullstr 'NULL', quote '\"', escape '\"', use_tmp_file false{quotes}"
        try:
            with scratch() as connection:
                connection.register("rows", self._rows)
                connection.execute(f"copy ({self._query}) to '/dev/fd/{self._inlet}' ({options})")
        except duckdb.Error as error:
            self.error = _refused(error)
        finally:
            os.close(self._inlet)


def _by_values(cursor: Any, table: str, rows: pa.RecordBatchReader, types: Mapping[str, str], query: str) -> None:
    places = ", ".join(_made("%s", kind) or "%s" for kind in types.values())
    text = f"insert into {table} ({', '.join(map(quoted, types))}) values ({places})"
    with scratch() as connection:
        connection.register("rows", rows)
        try:
            found = connection.execute(query)
            while values := found.fetchmany(_ROWS):
                cursor.executemany(text, values)
        except duckdb.Error as error:
            raise _refused(error) from None


def _refused(error: duckdb.Error) -> Exception:
    """Return the error for a value that we refuse ourselves; any other is of the rows."""
    found = re.search(r"The column '.*", str(error), re.DOTALL)
    return DataError(found[0].partition("\n")[0]) if found else error


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _made(value: str, kind: str) -> str:
    """Return SQL that makes a value of a type of what is sent for it; nothing where the server does so."""
    if "blob" in kind or "binary" in kind.partition("collate")[0]:
        return f"unhex({value})"
    return f"cast({value} as unsigned)" if kind == "bit(1)" else ""


def _text(field: pa.Field, kind: str) -> str:
    """Return DuckDB's SQL for what is sent for a column; what the server would change without a word is refused."""
    sql, named = here(field.name), field.name.replace("'", "''")
    value = {pa.bool_(): f"{sql}::tinyint", pa.binary(): f"hex({sql})", pa.float32(): f"{sql}::double"}.get(
        field.type, sql
    )
    for test, said in _changed(sql, field.type, kind):
        error = f"error('The column ''{named}'' holds ' || {sql}::varchar || ', {said}')"
        value = f"case when {test} then {error} else {value} end"
    return f"{value} as {sql}"


def _changed(sql: str, kind: pa.DataType, there: str) -> list[tuple[str, str]]:
    if pa.types.is_floating(kind):
        return [(f"not isfinite({sql})", "which MySQL has no number for: make it NULL in the node")]
    if pa.types.is_timestamp(kind) and (cut := re.match(r"(?:datetime|timestamp)(?:\((\d)\))?", there)):
        parts = 10 ** (6 - int(cut[1] or 0))
        return [(f"epoch_us({sql}) % {parts} <> 0", f"which a {there} rounds: widen it there, or round it in the node")]
    if pa.types.is_string(kind) and there.startswith("char("):
        return [(f"suffix({sql}, ' ')", f"whose last blank a {there} loses: make it a varchar there, or trim it here")]
    return []


def _refuse_warnings(cursor: Any, table: str) -> None:
    """Refuse what the server has put up with: LOAD DATA LOCAL cuts values and leaves rows out, and only warns."""
    cursor.execute("show warnings limit 1")
    for _, code, said in cursor.fetchall():
        if is_rule(code):
            raise pymysql.err.IntegrityError(code, said)
        host, port = cursor.connection.host, cursor.connection.port
        raise DataError(
            f"{host}:{port}, {table}: the server would change a value or leave a row out: {said.rstrip('.')}: correct "
            "the row in the node, or leave it out."
        )
