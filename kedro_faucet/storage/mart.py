"""A mart: a set of tables in one DuckDB file, swapped in as a whole."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.engines.dialect.errors import reason
from kedro_faucet.engines.files import explain
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.engines.locks import exclusive
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address, parse
from kedro_faucet.storage.atomic import adopt, destination, discard, refuse_link
from kedro_faucet.storage.places.objects import Objects

if TYPE_CHECKING:
    from kedro_faucet.engines.duckdb import DuckDBEngine

# What BI tools bring along is older than what we write with.
STORAGE_VERSION = "v1.2.0"


def write_mart(engine: Engine, path: str, tables: Mapping[str, Table]) -> None:
    """Swap in a file that holds exactly these tables; who has the old file open keeps reading that.

    An object is put whole, by way of a file of this machine.

    Args:
        engine: the tables' engine; rows go from it to the file, not through Python.
        path: the file, or an object's address.
        tables: the tables by their names, ``schema.table``.

    Raises:
        ResourceError: if a table cannot be computed or written; the old file stays.
    """
    if is_address(path):
        return Objects(parse(path)).put(lambda file: write_mart(engine, file, tables))
    target = destination(Path(path))
    aside = target.parent / ".faucet"
    refuse_link(aside)
    with exclusive(str(aside / f"{target.name}.lock")), _folder(aside, target.name) as folder:
        new = folder / target.name
        with _writer(engine, new) as write:
            for name, table in tables.items():
                _write(write, name, table, path)
        if target.exists():
            adopt(new, target)
        # A log of the old file beside the new one would make it unreadable.
        target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
        new.replace(target)
    return None


@contextmanager
def _folder(aside: Path, name: str) -> Iterator[Path]:
    """Give a folder that nobody else may enter, and remove it, with those that killed processes left."""
    for left in aside.glob(f"{glob.escape(name)}.*.tmp*"):
        discard(left)
    folder = aside / f"{name}.{uuid4().hex}.tmp"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        discard(folder)


def read_mart(path: str) -> dict[str, int]:
    """Return the names of a mart's tables, with their numbers of rows.

    Raises:
        ResourceError: if there is no file, or it is no DuckDB database.
    """
    if is_address(path):
        with Objects(parse(path)).copied() as file:
            return read_mart(str(file))
    if not Path(path).exists():
        raise ResourceError(f"The mart {path} does not exist: it is written by the pipeline that publishes.")
    try:
        with duckdb.connect(path, read_only=True) as connection:
            names = connection.execute("select schema_name, table_name from duckdb_tables() order by 1, 2").fetchall()
            return {f"{schema}.{table}": _count(connection, schema, table) for schema, table in names}
    except duckdb.Error as error:
        raise explain(str(error), ()) or ResourceError(
            f"The mart {path} cannot be read: {reason(str(error))}"
        ) from None


def _count(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    [(count,)] = connection.execute(f"select count(*) from {quote(schema)}.{quote(table)}").fetchall()
    return int(count)


def _write(write: Callable[[str, str, Table], None], name: str, table: Table, path: str) -> None:
    schema, _, short = name.rpartition(".")
    try:
        write(schema or "main", short, table)
    except duckdb.Error as error:
        text = f"Table {name} cannot be written to the mart {path}: {reason(str(error))}"
        raise explain(str(error), ()) or ResourceError(text) from None


@contextmanager
def _writer(engine: Engine, file: Path) -> Iterator[Callable[[str, str, Table], None]]:
    """Give a function that writes a table into a new file, which is complete when the context ends."""
    with _from_duckdb(engine, file) if engine.name == "duckdb" else _from_files(engine, file) as write:  # type: ignore[arg-type]
        yield write


@contextmanager
def _from_duckdb(engine: DuckDBEngine, file: Path) -> Iterator[Callable[[str, str, Table], None]]:
    """The embedded engine writes the file itself."""
    mart = f"kf_mart_{uuid4().hex}"

    def _put(schema: str, name: str, table: Table) -> None:
        engine.connection.execute(f"create schema if not exists {mart}.{quote(schema)}")
        table.create(f"{mart}.{quote(schema)}.{quote(name)}")

    with engine.lock:
        engine.connection.execute(f"attach {literal(str(file))} as {mart} (storage_version '{STORAGE_VERSION}')")
        try:
            yield _put
            engine.connection.execute(f"checkpoint {mart}")
        finally:
            engine.connection.execute(f"detach {mart}")


@contextmanager
def _from_files(engine: Engine, file: Path) -> Iterator[Callable[[str, str, Table], None]]:
    """Another engine hands its rows over in a Parquet file for each table."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(str(file))} as mart (storage_version '{STORAGE_VERSION}')")

        def _put(schema: str, name: str, table: Table) -> None:
            rows = file.with_name(f"{file.name}.parquet")
            engine.write_file(table, "parquet", str(rows))
            connection.execute(f"create schema if not exists mart.{quote(schema)}")
            source = f"read_parquet({duckdb_files([str(rows)])}, hive_partitioning=false)"
            connection.execute(f"create table mart.{quote(schema)}.{quote(name)} as from {source}")
            rows.unlink()

        yield _put
        connection.execute("checkpoint mart")
        connection.execute("detach mart")
