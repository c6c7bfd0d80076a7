"""The databases that the contract is tested on, each with what its own SQL says otherwise."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb as db

from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines import Engine


@dataclass(frozen=True)
class Place:
    """An empty schema of a server, and how a resource there is declared.

    Args:
        server: runs SQL by `sql(text)`.
        settings: the provider's.
        credentials: of a user who may do all.
        schema: the name that the server's own SQL puts before a table's.
        types: a table of all types that rows can be saved in, in DuckDB's SQL.
        left: a query for what a save must not leave behind.
    """

    server: Any
    settings: Mapping[str, Any]
    credentials: Mapping[str, str]
    schema: str
    types: str = field(repr=False)
    left: str = field(repr=False)

    def resource(self, engine: Engine, table: str = "orders", **said: Any) -> ResourceDataset:
        """A resource on the provider."""
        given = {"service": self.settings, "credentials": self.credentials, "engine": engine.config, **said}
        return ResourceDataset(filepath=table, **given)

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Run SQL of the server's own, in which `{}` before a name is the schema and a dot."""
        return self.server.sql(re.sub(r"\{\}(?=\w)", f"{self.schema}.", text))

    def breaking(self, table: str, column: str, value: int) -> str:
        """A query of a table that cannot be read where a column has a value: there, it takes several rows for one."""
        several = f"(select x.n from {self.schema}.{table} x where x.id + t.n is not null)"
        return f"select id, case when n = {value} then {several} else n end as n, day from {self.schema}.{table} t"

    def leftovers(self) -> list[tuple[Any, ...]]:
        """What saves have left behind."""
        return self.server.sql(self.left)


TYPES = """
select i::bigint as id, i::integer as n, i::smallint as small, (i / 7.0)::double as val, (i / 8.0)::float as half,
  (i * 1.01 - 7)::decimal(12, 2) as amount, (i * 1.000000001)::decimal(38, 9) as fine, 'É ''"\\ ' || i as name,
  i % 2 = 0 as even, date '1969-12-20' + i::integer as day,
  timestamp '1969-12-31 23:59:59.999999' + interval (i) minute as at_time, ('x' || i)::blob as bytes,
  case when i % 3 = 0 then i end as gaps, case when i % 3 = 0 then '' end as empty
from range(50) t(i)
"""
LISTS = "select *, [id, null] as ids, ['a', name] as names, [amount] as amounts, [day] as days from t"


LEFT = """
select relname from pg_class where relname like 'kf\\_%' union all
select query from pg_stat_activity where datname = current_database() and query not like '%pg_stat%'
"""


def postgres(server: Any) -> Place:
    """A new schema of a PostgreSQL server."""
    where = {"host": server.host, "port": server.port, "database": server.database, "schema": server.schema()}
    login = {"username": server.username, "password": server.password}
    return Place(server, {"service": "postgres", **where}, login, where["schema"], LISTS, LEFT)


LEFT_IN_SQLITE = "select name from sqlite_schema where name like 'kf\\_%' escape '\\'"
LEFT_IN_DUCKDB = "select table_name from duckdb_tables() where starts_with(table_name, 'kf_')"


LEFT_IN_MARIADB = """
select table_name from information_schema.tables where table_name like 'kf\\_%' union all
select info from information_schema.processlist where user = 'faucet' and info not like '%processlist%'
"""


def mariadb(server: Any) -> Place:
    """A new database of a MariaDB server."""
    where = {"host": server.host, "port": server.port, "database": server.schema()}
    login = {"username": server.username, "password": server.password}
    return Place(server, {"service": "mariadb", **where}, login, where["database"], "from t", LEFT_IN_MARIADB)


def sqlite(folder: Path) -> Place:
    """A SQLite file that is not there yet."""
    path = folder / "data" / "app.db"
    file = _File(lambda: sqlite3.connect(path))
    return Place(file, {"service": "sqlite", "path": str(path)}, {}, "main", "from t", LEFT_IN_SQLITE)


def duckdb(folder: Path) -> Place:
    """A DuckDB file that is not there yet."""
    path = folder / "data" / "app.duckdb"
    types = f"select *, {{'id': id, 'a \"b': [name]}} as record, map {{name: id}} as counts from ({LISTS})"
    return Place(
        _File(lambda: db.connect(path)), {"service": "duckdb", "path": str(path)}, {}, "main", types, LEFT_IN_DUCKDB
    )


@dataclass(frozen=True)
class _File:
    """A file that runs SQL.

    Args:
        connect: returns a connection to it.
    """

    connect: Callable[[], Any]

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Run SQL."""
        with closing(self.connect()) as connection:
            found = connection.execute(text).fetchall()
            connection.commit()
            return found
