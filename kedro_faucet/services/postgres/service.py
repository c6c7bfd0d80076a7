"""PostgreSQL as a provider: where it is, what there is, and whether it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import Field, PrivateAttr

from kedro_faucet.exceptions import MissingExtraError, ResourceError, did_you_mean
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.keys import Declared, gathered

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

    from kedro_faucet.services.sql.publication import Publication
    from kedro_faucet.services.sql.staging import Staged, Staging

_PLACE = "select n.nspname from pg_namespace n where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'"
_TABLES = """
select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition order by 1
"""
_DECLARED = """
select r.relname, null, 'table', null, null, null, 0 from pg_class r join pg_namespace n on n.oid = r.relnamespace
where n.nspname = %(schema)s and r.relkind in ('r', 'p', 'f') and not r.relispartition
union all
select r.relname, c.conname, c.contype::text, a.attname, o.relname, b.attname, k.place
from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_namespace n on n.oid = r.relnamespace
cross join lateral unnest(c.conkey, c.confkey) with ordinality as k(own, other, place)
join pg_attribute a on a.attrelid = r.oid and a.attnum = k.own
left join pg_class o on o.oid = c.confrelid and o.relnamespace = r.relnamespace
left join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
where n.nspname = %(schema)s and not r.relispartition
and (c.contype = 'p' or c.contype = 'f' and o.oid is not null)
order by 1, 2 nulls first, 7
"""


class Postgres(Database):
    """Tables in a PostgreSQL database.

    ```yaml
    shop: {service: postgres, host: localhost, port: 5432, database: shop, schema: public, credentials: shop_db}
    ```

    Credentials have a ``username`` and a ``password``.
    """

    is_staged: ClassVar[bool] = True
    service: Literal["postgres"]
    host: str = "localhost"
    port: int = 5432
    database: str
    schema_: str = Field("public", alias="schema")
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    sslrootcert: str | None = None
    connect_timeout: int = Field(4, ge=1)
    """Seconds for each address of the host."""
    lock_timeout: int = Field(600, ge=1)
    """Seconds that a save waits for others who write the table."""
    options: Mapping[str, str | int] = {}
    """More of libpq's parameters, such as ``application_name``."""
    snapshot: bool = False
    """Whether all that a run loads is as it was at one moment."""
    _moment: str | None = PrivateAttr(None)

    @property
    def place(self) -> str:
        """The database and its host."""
        return f"the database '{self.database}' at {self.host}:{self.port}"

    @property
    def user(self) -> str:
        """The user's name; libpq's own choice where none is said."""
        return getattr(self._credentials, "username", None) or "the system's user"

    def conninfo(self, **changes: Any) -> str:
        """Return what libpq connects with; it holds the password, and goes nowhere else."""
        from psycopg.conninfo import make_conninfo

        login = {"user": getattr(self._credentials, "username", None)}
        login["password"] = getattr(self._credentials, "password", None)
        said = {"host": self.host, "port": self.port, "dbname": self.database, "sslmode": self.sslmode}
        more = {"sslrootcert": self.sslrootcert, "connect_timeout": self.connect_timeout, **self.options}
        given = {**said, **login, **more, **changes}
        return str(make_conninfo("", **{name: value for name, value in given.items() if value is not None}))

    @property
    def url(self) -> str:
        """The address by which SQLAlchemy connects, with user and password; it goes nowhere else."""
        parts = [getattr(self._credentials, name, None) for name in ("username", "password")]
        login = ":".join(quote(part, safe="") for part in parts if part)
        said = {"sslmode": self.sslmode, "options": f"-csearch_path={self.schema_}", **self.options}
        place = f"{self.host}:{self.port}/{quote(self.database, safe='')}"
        return f"postgresql+psycopg://{login and login + '@'}{place}?{urlencode(said, quote_via=quote)}"

    @contextmanager
    def connected(self, table: str | None = None, *, writing: bool = False) -> Iterator[psycopg.Connection[Any]]:
        """Give a connection for small questions, to read only unless it is for writing.

        Raises:
            MissingExtraError: if a driver is not installed.
            ResourceError: if the database does not answer, or refuses.
        """
        driver = _require("psycopg")
        _require("adbc_driver_postgresql")
        from kedro_faucet.services.postgres.errors import telling

        with telling(self, table, is_save=writing), driver.connect(self.conninfo(), autocommit=True) as connection:
            connection.read_only = not writing
            yield connection

    def rows(self, text: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        with self.connected() as connection:
            return connection.execute(text, parameters).fetchall()

    def resources(self) -> list[str]:
        """Return the names of the tables and views of the schema."""
        found = [name for (name,) in self.rows(_TABLES, [self.schema_])]
        if not found:
            self.require_schema(self.schema_)
        return found

    def declared(self) -> dict[str, Declared]:
        """Return the tables with their primary and foreign keys."""
        return gathered(row[:6] for row in self.rows(_DECLARED, {"schema": self.schema_}))

    def require_schema(self, schema: str) -> None:
        """Refuse a schema that there is not.

        Raises:
            ResourceError: with the nearest name.
        """
        from kedro_faucet.services.postgres.errors import no_schema

        known = [name for (name,) in self.rows(f"{_PLACE} order by 1")]
        if schema not in known and not self.rows("select 1 from pg_namespace where nspname = %s", [schema]):
            raise no_schema(self, schema, known)

    def near_databases(self) -> str:
        """Return a sentence with the nearest name of a database, as far as the server tells."""
        with suppress(Exception):
            other = self.model_copy(update={"database": "postgres"})
            names = other.rows("select datname from pg_database where not datistemplate")
            return did_you_mean(self.database, [name for (name,) in names])
        return ""

    def exists(self, table: str) -> bool:
        """Tell whether there is a table or view."""
        [(found,)] = self.rows("select to_regclass(%s) is not null", [self.named(table)])
        return bool(found)

    def missing(self, table: str) -> ResourceError:
        """Return the error for a table that there is not, or whose schema there is not."""
        schema, _, name = table.rpartition(".")
        if schema:
            try:
                self.require_schema(schema)
                return self.model_copy(update={"schema_": schema}).missing(name)
            except ResourceError as error:
                return error
        return super().missing(table)

    def quoted(self, name: str) -> str:
        """Return a name in double quotes."""
        from kedro_faucet.services.postgres.types import quoted

        return quoted(name)

    def pinned(self) -> Self:
        """Return the database at the moment that the run holds, if it is to hold one."""
        from kedro_faucet.services.postgres.reading import moment
        from kedro_faucet.services.snapshots import held

        copy = self.model_copy()
        copy._moment = held(f"{self.place} {self.user}", lambda: moment(self)) if self.snapshot else None
        return copy

    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns of a selection."""
        from kedro_faucet.services.postgres.reading import schema_of

        return schema_of(self, selection)

    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows."""
        from kedro_faucet.services.postgres.reading import batches

        return batches(self, selection, wanted, conditions)

    def condition(self, field: pa.Field, sign: str, value: Any) -> str | None:
        """Return a comparison in PostgreSQL's SQL."""
        from kedro_faucet.services.postgres.reading import condition

        return condition(field, sign, value)

    def shares(self, selection: Selection, count: int) -> list[list[str]]:
        """Return conditions that part a large table by its primary key."""
        from kedro_faucet.services.postgres.reading import shares

        return shares(self, selection, count)

    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table that rows are saved to."""
        from kedro_faucet.services.postgres.saving import target

        return target(self, table)

    def staging(self, table: str, schema: pa.Schema, how: Save) -> AbstractContextManager[Staging | None]:
        """Give a place where many tasks put rows of a save at once."""
        from kedro_faucet.services.postgres.staging import staging

        return staging(self, table, schema)

    def fill(self, name: str, like: str, rows: pa.RecordBatchReader) -> int:
        """Put rows into a new table that is like another."""
        from kedro_faucet.services.postgres.staging import fill

        return fill(self, name, like, rows)

    def publication(self, name: str) -> Publication:
        """Return a set of tables that readers see change as one."""
        from kedro_faucet.services.postgres.publication import PostgresPublication

        return PostgresPublication(self, name)

    def save(self, table: str, rows: pa.RecordBatchReader | Staged, how: Save) -> int:
        """Take rows into a table in one transaction."""
        from kedro_faucet.services.postgres.saving import save

        return save(self, table, rows, how)


def _require(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise MissingExtraError(package, "postgres") from None
