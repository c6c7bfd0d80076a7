"""What a database says otherwise than the others, and an empty place in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines import Engine

TYPES = """
select i::bigint as id, i::integer as n, i::smallint as small, (i / 7.0)::double as val, (i / 8.0)::float as half,
  (i * 1.01 - 7)::decimal(12, 2) as amount, (i * 1.000000001)::decimal(38, 9) as fine, 'É ''"\\ ' || i as name,
  i % 2 = 0 as even, date '1969-12-20' + i::integer as day,
  timestamp '1969-12-31 23:59:59.999999' + interval (i) minute as at_time, ('x' || i)::blob as bytes,
  case when i % 3 = 0 then i end as gaps, case when i % 3 = 0 then '' end as empty
from range(50) t(i)
"""
LISTS = "select *, [id, null] as ids, ['a', name] as names, [amount] as amounts, [day] as days from t"


@dataclass(frozen=True)
class Words:
    """A database in its own SQL, in which `{}` before a name is the schema and a dot.

    Args:
        types: what rows of all types become before they are saved, in DuckDB's SQL.
        left: a query for what a save must not leave behind.
        values: its types, each with a value in its SQL, the type that a table has for it, and the value there.
        refused: types with values that no table keeps, and what is said of them.
        before: what is run before tables of those types are made.
        filtered: a table to filter, and its rows.
        filters: conditions of ours on it.
        changed: columns with a row that the database would change or refuse, and what is said of it.
        kept: a table with all that an overwrite keeps.
        saved: the rows that overwrite it, in DuckDB's SQL.
        found: queries of what is there then, and what they give.
        letters: a type of texts in which `a` is `A`.
        unique: what is said of two such texts where one may be; nothing, where an index tells them apart.
        stranger: makes the user `guest` with the password `x`, who may do nothing; `reader` lets it read `orders`.
        writes: queries that write.
        executed: gives a list that has at the end what a server has executed meanwhile on the table `orders`.
        wrong: what is said of `where: idd > 1` and of `query: delete from orders`.
    """

    left: str
    values: list[tuple[str, str, str, Any]]
    refused: list[tuple[str, str, str]]
    filtered: list[str]
    filters: list[str]
    changed: list[tuple[str, str, str]]
    kept: list[str]
    saved: str
    found: dict[str, list[tuple[Any, ...]]]
    letters: str
    unique: str
    wrong: tuple[str, str]
    executed: Callable[[Any], AbstractContextManager[list[str]]] | None = None
    types: str = "from t"
    before: tuple[str, ...] = ()
    stranger: tuple[str, ...] = ()
    reader: tuple[str, ...] = ()
    writes: tuple[str, ...] = ("delete from {}orders", "select 1) q; drop table {}orders; --")


@dataclass(frozen=True)
class Place:
    """An empty schema of a database, and how a resource there is declared.

    Args:
        server: runs SQL by `sql(text)`.
        settings: the provider's.
        credentials: of a user who may do all.
        schema: the name that the database's own SQL puts before a table's.
        words: what the database says otherwise than the others.
    """

    server: Any
    settings: Mapping[str, Any]
    credentials: Mapping[str, str]
    schema: str
    words: Words = field(repr=False)

    def resource(self, engine: Engine, table: str = "orders", **said: Any) -> ResourceDataset:
        """A resource on the provider."""
        return ResourceDataset(**{**self.said(table), "engine": engine.config, **said})

    def said(self, table: str = "orders") -> dict[str, Any]:
        """How a resource is declared."""
        return {"filepath": table, "service": self.settings, "credentials": self.credentials}

    def own(self, text: str) -> str:
        """SQL of the database's own, with the schema in it."""
        return re.sub(r"\{\}(?=\w)", f"{self.schema}.", text).replace("{} ", f"{self.schema} ")

    def sql(self, *texts: str) -> list[tuple[Any, ...]]:
        """Run SQL of the database's own; return what the last text gives."""
        return [self.server.sql(self.own(text)) for text in texts][-1]

    def breaking(self, table: str, column: str, value: int) -> str:
        """A query of a table that cannot be read where a column has a value: there, it takes several rows for one."""
        several = f"(select x.n from {self.schema}.{table} x where x.id + t.n is not null)"
        return f"select id, case when n = {value} then {several} else n end as n, day from {self.schema}.{table} t"

    def leftovers(self) -> list[tuple[Any, ...]]:
        """What saves have left behind."""
        return self.server.sql(self.words.left)


@dataclass(frozen=True)
class File:
    """A file that runs SQL.

    Args:
        path: where it is; the folder need not be there.
        connect: returns a connection to a path.
    """

    path: Path
    connect: Callable[[Path], Any]

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Run SQL."""
        self.path.parent.mkdir(exist_ok=True)
        with closing(self.connect(self.path)) as connection:
            found = connection.execute(text).fetchall()
            connection.commit()
            return found
