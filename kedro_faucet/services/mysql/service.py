"""MySQL or MariaDB as a provider: where it is, what there is, and whether it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import Field

from kedro_faucet.exceptions import MissingExtraError, ResourceError, did_you_mean
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.file import below
from kedro_faucet.services.keys import Declared, gathered
from kedro_faucet.services.mysql.tls import Mode, for_pymysql, for_sqlalchemy
from kedro_faucet.services.mysql.types import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from kedro_faucet.services.sql.staging import Staged, Staging

_TABLES = "select table_name from information_schema.tables where table_schema = %s"

_DECLARED = """
select table_name, null, 'table', null, null, null, 0 from information_schema.tables
where table_schema = %(schema)s and table_type = 'BASE TABLE'
union all
select k.table_name, k.constraint_name, lower(left(c.constraint_type, 1)), k.column_name, k.referenced_table_name,
k.referenced_column_name, k.ordinal_position
from information_schema.key_column_usage k join information_schema.table_constraints c
on c.table_schema = k.table_schema and c.table_name = k.table_name and c.constraint_name = k.constraint_name
where k.table_schema = %(schema)s and c.constraint_type <> 'UNIQUE'
and coalesce(k.referenced_table_schema, %(schema)s) = %(schema)s
order by 1, 2, 7
"""


class MySQL(Database):
    """Tables in a MySQL database.

    ```yaml
    shop: {service: mysql, host: localhost, port: 3306, database: shop, credentials: shop_db}
    ```

    Credentials have a ``username`` and a ``password``.
    """

    is_staged: ClassVar[bool] = True
    service: Literal["mysql", "mariadb"]
    host: str = "localhost"
    port: int = 3306
    database: str
    connect_timeout: int = Field(4, ge=1)
    """Seconds for each answer of the server while we connect."""
    lock_timeout: int = Field(600, ge=1)
    """Seconds that a save waits for others who write the table."""
    ssl_mode: Mode = "preferred"
    """Whether the connection is encrypted, and of whom the certificate is to be."""
    ssl_ca: str | None = None
    """A file with the certificates of those who are believed; default: the system's."""

    def below(self, root: Path | None) -> Self:
        """Return the service with its file of certificates below the project's folder."""
        return self.model_copy(update={"ssl_ca": below(self.ssl_ca, root)}) if self.ssl_ca else self

    @property
    def place(self) -> str:
        """The database and its host."""
        return f"the database '{self.database}' at {self.host}:{self.port}"

    @property
    def user(self) -> str:
        """The user's name."""
        return getattr(self._credentials, "username", None) or ""

    @property
    def _password(self) -> str:
        return getattr(self._credentials, "password", None) or ""

    def address(self) -> str:
        """Return where the database is; it holds the password, and goes nowhere else."""
        login = f"{quote(self.user, safe='')}:{quote(self._password, safe='')}"
        place = f"{self.host}:{self.port}/{quote(self.database, safe='')}"
        return f"mysql://{login}@{place}"

    @property
    def url(self) -> str:
        """The address by which SQLAlchemy connects, with user and password; it goes nowhere else."""
        said = {"charset": "utf8mb4", **for_sqlalchemy(self.ssl_mode, self.ssl_ca)}
        return f"mysql+pymysql{self.address().removeprefix('mysql')}?{urlencode(said, quote_via=quote)}"

    @contextmanager
    def connected(self, table: str | None = None, *, writing: bool = False, **more: Any) -> Iterator[Any]:
        """Give a connection of PyMySQL for small questions, to read only; ``more`` says otherwise.

        Raises:
            MissingExtraError: if a driver is not installed.
            ResourceError: if the server does not answer, or refuses.
        """
        driver = _require("pymysql")
        _require("connectorx")
        from kedro_faucet.services.mysql.errors import telling

        where: dict[str, Any] = {"host": self.host, "port": self.port, "database": self.database}
        login = {"user": self.user, "password": self._password}
        reading = {"init_command": "set session transaction read only", "read_timeout": 2 * self.connect_timeout}
        where |= for_pymysql(self.ssl_mode, self.ssl_ca)
        given = {**where, **login, "charset": "utf8mb4", "autocommit": True, **reading, **more}
        with (
            telling(self, table, is_save=writing),
            closing(driver.connect(connect_timeout=self.connect_timeout, **given)) as connection,
        ):
            yield connection

    def rows(self, text: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return list(cursor.fetchall())

    def resources(self) -> list[str]:
        """Return the names of the tables and views of the database."""
        return sorted(name for (name,) in self.rows(_TABLES, [self.database]))

    def declared(self) -> dict[str, Declared]:
        """Return the tables with their primary and foreign keys."""
        return gathered(row[:6] for row in self.rows(_DECLARED, {"schema": self.database}))

    def exists(self, table: str) -> bool:
        """Tell whether there is a table or view."""
        schema, _, name = table.rpartition(".")
        return bool(self.rows(f"{_TABLES} and table_name = %s", [schema or self.database, name]))

    def near_databases(self) -> str:
        """Return a sentence with the nearest name of a database, as far as the server tells."""
        with suppress(ResourceError), self.connected(database=None) as connection, connection.cursor() as cursor:
            cursor.execute("show databases")
            return did_you_mean(self.database, [name for (name,) in cursor.fetchall()])
        return ""

    def missing(self, table: str) -> ResourceError:
        """Return the error for a table that there is not, in whichever database."""
        schema, _, name = table.rpartition(".")
        if schema and schema != self.database:
            return self.model_copy(update={"database": schema}).missing(name)
        return super().missing(name)

    def quoted(self, name: str) -> str:
        """Return a name in backticks."""
        return quoted(name)

    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns of a selection."""
        from kedro_faucet.services.mysql.reading import schema_of

        return schema_of(self, selection)

    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows."""
        from kedro_faucet.services.mysql.reading import batches

        return batches(self, selection, wanted, conditions)

    def condition(self, field: pa.Field, sign: str, value: Any) -> str | None:
        """Return a comparison in MySQL's SQL."""
        from kedro_faucet.services.mysql.filters import condition

        return condition(field, sign, value)

    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table that rows are saved to."""
        from kedro_faucet.services.mysql.saving import Write

        with self.connected(table) as connection:
            return Write(self, table, connection).target()

    def staging(self, table: str, schema: pa.Schema, how: Save) -> AbstractContextManager[Staging | None]:
        """Give a place where many tasks put rows of a save at once."""
        from kedro_faucet.services.mysql.staging import staging

        return staging(self, table, schema, how)

    def fill(self, name: str, like: str, rows: pa.RecordBatchReader) -> int:
        """Put rows into a new table that is like another."""
        from kedro_faucet.services.mysql.staging import fill

        return fill(self, name, like, rows)

    def save(self, table: str, rows: pa.RecordBatchReader | Staged, how: Save) -> int:
        """Take rows into a table in one transaction."""
        from kedro_faucet.services.mysql.saving import save

        return save(self, table, rows, how)


class MariaDB(MySQL):
    """Tables in a MariaDB database.

    ```yaml
    shop: {service: mariadb, host: localhost, port: 3306, database: shop, credentials: shop_db}
    ```

    Credentials have a ``username`` and a ``password``.
    """


def _require(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise MissingExtraError(package, "mysql") from None
