"""A set of tables in PostgreSQL: each version is a partition, and one row says which version the views show."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from kedro_faucet.exceptions import ResourceError, listed
from kedro_faucet.services.postgres.catalog import Catalog
from kedro_faucet.services.postgres.saving import writing
from kedro_faucet.services.postgres.types import literal, quoted, stored
from kedro_faucet.services.rows import Rows
from kedro_faucet.services.sql.publication import Publication, Published, Tables

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.service import Postgres

VERSION = "kf_version"


class Part(NamedTuple):
    """A table of a new version, loaded and not yet shown."""

    name: str
    columns: list[tuple[str, str]]
    rows: int


class PostgresPublication(Publication):
    """A set whose tables lie in a schema of its own, ``kf_mart`` for the set ``mart``, and are read by views.

    Each table is parted by the version; a version comes as a new partition and is shown by one row's update. Where a
    table's columns are others than before, it begins anew, and its view with it.
    """

    def __init__(self, service: Postgres, name: str) -> None:
        """Keep where the set is."""
        self._service, self._name = service, name

    def publish(self, tables: Tables, keep: int, readers: Sequence[str]) -> None:
        """Load a new version beside the others, and show it."""
        with self._alone() as catalog:
            catalog.require_roles(readers)
            catalog.prepare()
            shown = catalog.shown()
            for name in tables.keys() - shown.keys():
                self._refuse_another_s(catalog, name)
            for left in catalog.leftovers():
                catalog.run(f"drop table {catalog.inside(left)}")
            number = catalog.next()
            parts = [self._load(catalog, number, name, rows) for name, rows in tables.items()]
            with catalog.connection.transaction():
                for part in parts:
                    catalog.attach(number, part.name, self._parent(catalog, number, part), part.rows)
                catalog.add(number)
                self._show(catalog, number, readers)
            for parent in catalog.parents(number).values():  # and by it each part, also the new one
                catalog.run(f"analyze {catalog.inside(parent)}")
            self._forget(catalog, keep)

    def versions(self) -> list[Published]:
        """Return the versions that there are, the newest first."""
        with self._service.connected() as connection:
            return Catalog(self._service, self._name, connection).versions()

    def restore(self, version: int) -> None:
        """Show a version that is kept."""
        with self._alone() as catalog:
            known = {each.version: each.is_current for each in catalog.versions()}
            if version not in known:
                there = listed([str(each) for each in known]) or "none"
                raise ResourceError(f"{self._place} has no version {version}. There are: {there}.")
            with catalog.connection.transaction():
                self._show(catalog, version, ())

    @property
    def _place(self) -> str:
        return f"The mart '{self._name}' in {self._service.place}"

    @contextmanager
    def _alone(self) -> Iterator[Catalog]:
        """Give the only connection that changes the set."""
        with self._service.connected(self._name, writing=True) as connection:
            catalog = Catalog(self._service, self._name, connection)
            catalog.run(f"set lock_timeout = '{self._service.lock_timeout}s'")
            catalog.rows("select pg_advisory_lock(hashtextextended(%s, 0))::text", [catalog.schema])
            yield catalog

    def _refuse_another_s(self, catalog: Catalog, name: str) -> None:
        if catalog.rows("select 1 where to_regclass(%s) is not null", [catalog.view(name)]):
            raise ResourceError(
                f"{self._place} would have a table {name}, and another's has that name there: rename it, "
                "or publish to another database."
            )

    def _load(self, catalog: Catalog, number: int, name: str, rows: Any) -> Part:
        """Put rows into the partition of a version, which nobody sees yet."""
        place = catalog.partition(catalog.parent(name, number), number)
        with rows() as reader, writing(self._service, name) as write:
            columns = [(field.name, stored(field.name, field.type)) for field in reader.schema]
            said = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns)
            of_version = f"{VERSION} bigint not null default {number} check ({VERSION} = {number})"
            write.run(f"create table {catalog.inside(place)} ({said}, {of_version})")
            taken = Rows(reader)
            write.into(f"{catalog.schema}.{place}", taken)
        return Part(name, columns, taken.count)

    def _parent(self, catalog: Catalog, number: int, part: Part) -> str:
        """Return the table that a part belongs to: one with its columns, or a new one."""
        for known in catalog.parents_of(part.name):
            if catalog.columns(catalog.inside(known))[:-1] == part.columns:
                return known
        parent = catalog.parent(part.name, number)
        said = ", ".join(f"{quoted(column)} {kind}" for column, kind in part.columns)
        of_version = f"{VERSION} bigint not null) partition by list ({VERSION})"
        catalog.run(f"create table {catalog.inside(parent)} ({said}, {of_version}")
        return parent

    def _show(self, catalog: Catalog, version: int, readers: Sequence[str]) -> None:
        """Let the views show a version, in a transaction that stands."""
        wanted, shown = catalog.parents(version), catalog.shown()
        changed = {name: parent for name, parent in wanted.items() if shown.get(name) != parent}
        gone = shown.keys() - wanted.keys()
        self._lock(catalog, [catalog.view(name) for name in sorted({*changed, *gone} & shown.keys())])
        for name in gone:
            catalog.run(f"drop view {catalog.view(name)}")
        for name, parent in changed.items():
            self._make_view(catalog, name, parent)
        for role in readers:
            for name in wanted:
                catalog.grant(name, role)
        catalog.run(f"update {catalog.inside('current')} set version = {version}")

    def _lock(self, catalog: Catalog, views: Sequence[str]) -> None:
        """Lock all views or none: who holds one and wants another would wait for us, and we for them."""
        from psycopg.errors import LockNotAvailable

        end = time.monotonic() + self._service.lock_timeout
        while views:
            try:
                with catalog.connection.transaction():
                    return catalog.run(f"lock table {', '.join(views)} in access exclusive mode nowait")
            except LockNotAvailable:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        return None

    def _make_view(self, catalog: Catalog, name: str, parent: str) -> None:
        """Make a view anew; one whose columns only become more stays, with what was granted and said of it."""
        from psycopg.errors import InvalidTableDefinition

        columns = ", ".join(quoted(column) for column, _ in catalog.columns(catalog.inside(parent))[:-1])
        which = f"(select {catalog.inside('version_of')}({literal(parent)}))"
        query = f"select {columns} from {catalog.inside(parent)} where {VERSION} = {which}"
        catalog.require_schema(name)
        try:
            with catalog.connection.transaction():
                return catalog.run(f"create or replace view {catalog.view(name)} as {query}")
        except InvalidTableDefinition:
            grants = catalog.grants(name)
            catalog.run(f"drop view {catalog.view(name)}")
            catalog.run(f"create view {catalog.view(name)} as {query}")
            for role in grants:
                catalog.grant(name, role)
        return None

    def _forget(self, catalog: Catalog, keep: int) -> None:
        """Drop the versions that are too many; what a reader holds stays until a later publication."""
        from psycopg.errors import LockNotAvailable

        old = [each.version for each in catalog.versions()[keep:] if not each.is_current]
        try:
            for version in reversed(old):
                with catalog.connection.transaction():
                    catalog.run("set local lock_timeout = '1s'")
                    catalog.drop(version)
        except LockNotAvailable:
            logging.getLogger(__name__).info("%s keeps version %s: somebody reads it.", self._place, version)
