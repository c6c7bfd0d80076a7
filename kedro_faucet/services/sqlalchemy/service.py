"""Any database that SQLAlchemy reaches as a provider: where it is, what there is, and whether it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, field_validator

from kedro_faucet.exceptions import MissingExtraError, ResourceError, did_you_mean, listed
from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.file import below
from kedro_faucet.services.keys import Declared
from kedro_faucet.services.patience import within

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import URL, Connection, Engine

    from kedro_faucet.services.sql.staging import Staged

_SECRET = re.compile(r"//[^/@]*:[^/@]*@|(?:pwd|password|passwd|token|secret|api_?key)(?:=|%3D)", re.IGNORECASE)


class SQLAlchemy(Database):
    """Tables in any database that SQLAlchemy has a dialect of.

    ```yaml
    any: {service: sqlalchemy, url: "mssql+pyodbc://host/shop?driver=ODBC+Driver+18", credentials: shop_db}
    ```

    Credentials have a ``username`` and a ``password``, which are no part of the address.
    """

    service: Literal["sqlalchemy"]
    url_: str = Field(alias="url")
    connect_timeout: int = Field(9, ge=1)
    """Seconds in which the database has to let us in."""
    options: Mapping[str, str | int | bool] = {}
    """What the driver is told when it connects."""

    @field_validator("url_")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        if _SECRET.search(value):
            raise ValueError("a password is no part of it: say username and password in credentials.yml")
        if not re.match(r"[\w+]+://", value):
            raise ValueError("it is an address of SQLAlchemy's, as in mssql+pyodbc://host/database")
        return value

    def below(self, root: Path | None) -> Self:
        """Return the service with its file, if it is one, below the project's folder."""
        scheme, _, path = self.url_.partition(":///")
        if scheme.partition("+")[0] != "sqlite" or not path:
            return self
        file, mark, query = path.partition("?")
        return self.model_copy(update={"url_": f"{scheme}:///{below(file, root)}{mark}{query}"})

    @property
    def place(self) -> str:
        """The address without what is after its path."""
        return re.sub(r"//[^/@]*@", "//", self.url_.partition("?")[0])

    @property
    def secrets_said(self) -> list[str | None]:
        """What no message repeats."""
        return [getattr(self._credentials, "password", None)]

    @property
    def _url(self) -> URL:
        try:
            from sqlalchemy import exc, make_url
        except ImportError:
            raise MissingExtraError("sqlalchemy", "sqlalchemy") from None
        try:
            login = {name: getattr(self._credentials, name, None) for name in ("username", "password")}
            return make_url(self.url_).set(**{name: value for name, value in login.items() if value})
        except exc.ArgumentError:
            raise ResourceError(f"{self.place} is no address of SQLAlchemy's: correct url: in providers.yml.") from None

    @property
    def url(self) -> str:
        """The address with user and password; it goes nowhere else."""
        return self._url.render_as_string(hide_password=False)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, which holds no connection.

        Raises:
            MissingExtraError: if SQLAlchemy is not installed.
            ResourceError: if it has no such dialect, or its driver is not installed.
        """
        return _engine(self._url, tuple(self.options.items()))

    @property
    def file(self) -> Path | None:
        """The file of a database that is one."""
        url = self._url
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    @contextmanager
    def connected(self, table: str | None = None, *, writing: bool = False) -> Iterator[Connection]:
        """Give a connection; what is not committed is undone.

        Raises:
            MissingExtraError: if SQLAlchemy is not installed.
            ResourceError: if the database does not answer, or refuses.
        """
        engine, file = self.engine, self.file
        from kedro_faucet.services.sqlalchemy.dialects import DIALECTS, Dialect
        from kedro_faucet.services.sqlalchemy.errors import telling

        if file and writing:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif file and not file.is_file():
            raise ResourceError(f"There is no file {file}: it is made by the first save, or correct url:.")
        with telling(self, table, connecting=True):
            connection = within(self.connect_timeout, engine.connect)
        reading = DIALECTS.get(engine.dialect.name, Dialect()).reading
        with telling(self, table, writing=writing), connection:
            if reading and not writing:
                connection.exec_driver_sql(reading)
            yield connection

    def check(self) -> None:
        """Ask for the names of the tables, for no longer than we wait for a connection."""
        self.engine  # noqa: B018  # importing a driver may take long, and a missing one is told
        from kedro_faucet.services.sqlalchemy.errors import telling

        with telling(self, connecting=True):
            within(self.connect_timeout, self.resources)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query."""
        from kedro_faucet.services.sqlalchemy.reading import streamed

        with self.connected() as connection, streamed(connection, text) as result:
            return [tuple(row) for row in result.fetchall()]

    def parts(self, table: str) -> tuple[str, str | None]:
        """Return a table's name, and its schema."""
        *schema, name = self.split(table)
        return name, ".".join(schema) or self.schema_

    @property
    def levels(self) -> int:
        """How many names tell where a table is: with a database's own, where it reaches others."""
        return 2 if self.engine.dialect.name in ("postgresql", "mysql", "mariadb", "sqlite") else 4

    def resources(self) -> list[str]:
        """Return the names of the tables and views of the schema."""
        from sqlalchemy import inspect

        with self.connected() as connection:
            inspector = inspect(connection)
            self._require_schema(inspector.get_schema_names(), self.schema_)
            return sorted({*inspector.get_table_names(self.schema_), *inspector.get_view_names(self.schema_)})

    def declared(self) -> dict[str, Declared]:
        """Return the tables with their primary and foreign keys, as far as the dialect tells."""
        self.engine  # noqa: B018  # or which package is missing
        from kedro_faucet.services.sqlalchemy.reading import declared

        return declared(self)

    def _require_schema(self, known: Sequence[str], schema: str | None) -> None:
        if schema and schema not in known:
            raise ResourceError(
                f"{self.place}: there is no schema '{schema}'.{did_you_mean(schema, known)} "
                f"There are: {listed(known, near=schema)}. Correct schema: in providers.yml, or create it."
            )

    def exists(self, table: str) -> bool:
        """Tell whether there is a table or view."""
        from sqlalchemy import inspect

        if (file := self.file) and not file.is_file():
            return False
        with self.connected(table) as connection:
            return inspect(connection).has_table(*self.parts(table))

    def missing(self, table: str) -> ResourceError:
        """Return the error for a table that there is not, or whose schema there is not."""
        name, schema = self.parts(table)
        try:
            return super(SQLAlchemy, self.model_copy(update={"schema_": schema})).missing(name)
        except ResourceError as error:
            return error

    def quoted(self, name: str) -> str:
        """Return a name in the database's quotes, if it needs any."""
        from kedro_faucet.services.sqlalchemy.types import quoted

        return quoted(name, self.engine.dialect)

    def schema_of(self, selection: Selection) -> pa.Schema:
        """Return the columns of a selection."""
        self.engine  # noqa: B018  # or which package is missing
        from kedro_faucet.services.sqlalchemy.reading import schema_of

        return schema_of(self, selection)

    def batches(self, selection: Selection, wanted: pa.Schema, conditions: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Stream rows."""
        from kedro_faucet.services.sqlalchemy.reading import batches

        return batches(self, selection, wanted, conditions)

    def condition(self, field: pa.Field, sign: str, value: Any) -> str | None:
        """Return a comparison in the database's SQL."""
        from kedro_faucet.services.sqlalchemy.reading import condition

        return condition(self.engine.dialect, field, sign, value)

    def target(self, table: str) -> dict[str, Kept] | None:
        """Return the columns of a table that rows are saved to."""
        if (file := self.file) and not file.is_file():
            return None
        from kedro_faucet.services.sqlalchemy.saving import Write

        with self.connected(table) as connection:
            return Write(self, table, connection).target()

    def save(self, table: str, rows: pa.RecordBatchReader | Staged, how: Save) -> int:
        """Take rows into a table in one transaction."""
        self.engine  # noqa: B018  # or which package is missing
        from kedro_faucet.services.sql import save
        from kedro_faucet.services.sqlalchemy.saving import Write

        with self.connected(table, writing=True) as connection:
            write = Write(self, table, connection)
            write.alone()
            return save(write, rows, how)


@lru_cache(maxsize=32)
def _engine(url: URL, options: tuple[tuple[str, Any], ...]) -> Engine:
    from sqlalchemy import NullPool, create_engine, event, exc

    from kedro_faucet.services.sqlalchemy.dialects import DIALECTS, PACKAGES, Dialect

    name = url.drivername.partition("+")[0]
    if name == "sqlite" and url.database in (None, "", ":memory:"):
        raise ResourceError("A database in memory ends with each connection: name a file, as in sqlite:///data/app.db.")
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=dict(options))
    except exc.NoSuchModuleError:
        package = PACKAGES.get(name, f"the package that has the dialect '{name}'")
        raise ResourceError(f"SQLAlchemy does not know {url.drivername}: pip install {package}.") from None
    except ImportError as error:
        module = (error.name or name).partition(".")[0]
        raise ResourceError(
            f"The driver of {url.drivername} is not installed: pip install {PACKAGES.get(module, module)}."
        ) from None
    if engine.dialect.is_async:
        raise ResourceError(f"{url.drivername} is for asynchronous programs: name another driver in url:.")

    @event.listens_for(engine, "connect")
    def _say(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for sql in DIALECTS.get(name, Dialect()).session:
            cursor.execute(sql)
        cursor.close()
        connection.commit()

    return engine
