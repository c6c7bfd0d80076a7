"""Of incoming rows the newest of each key, as every merge takes them, whatever a database calls equal or greater."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from kedro_faucet.services.database import Save
from kedro_faucet.services.keys import null_key, same_key
from kedro_faucet.services.rows import Rows


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database of this process alone, which puts on disk what is too much for memory."""
    with tempfile.TemporaryDirectory(prefix="faucet-") as folder:
        settings: dict[str, Any] = {"memory_limit": "400MB", "temp_directory": folder, "threads": "2"}
        with duckdb.connect(config=settings) as connection:
            yield connection


@contextmanager
def newest(rows: Rows, how: Save) -> Iterator[pa.RecordBatchReader]:
    """Give one row a key, in the order of the keys; which one never depends on the order in which rows came.

    Raises:
        DataError: if a key is NULL, or of several rows of a key nothing tells which is the newest.
        RowsStopped: if the rows cannot be computed.
    """
    with scratch() as connection:
        # DuckDB finds the reader by its name here.
        rows.through(lambda incoming: connection.execute("create table rows as select * from incoming"))
        yield connection.sql(chosen(connection, rows.schema.names, how)).to_arrow_reader(20_000)


def chosen(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], how: Save) -> str:
    """Return the query for one row a key of the table ``rows``.

    Raises:
        DataError: if a key is NULL, or of several rows of a key nothing tells which is the newest.
    """
    keys = listed(how.key)
    unknown = " or ".join(f"{quoted(name)} is null" for name in how.key)
    if found := connection.sql(f"select * from rows where {unknown} limit 3").fetchall():
        raise null_key(how.key, columns, found)
    if how.order_by is None:
        one = "select distinct * from rows"
        several = f"qualify count(*) over (partition by {keys}) > 1 order by {keys} limit 4"
        if found := connection.sql(f"select * from ({one}) {several}").fetchall():
            raise same_key(how.key, columns, found)
        return f"{one} order by {keys}"
    rest = [name for name in columns if name not in {*how.key, how.order_by}]
    order = ", ".join(f"{quoted(name)} desc nulls last" for name in [how.order_by, *rest])
    return f"select * from rows qualify row_number() over (partition by {keys} order by {order}) = 1 order by {keys}"


def quoted(name: str) -> str:
    """Return a name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """Return names in double quotes, with commas between."""
    return ", ".join(map(quoted, names))
