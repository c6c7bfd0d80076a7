"""What the schema of a published set holds: which versions there are, and which tables are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.services.postgres.types import literal, quoted
from kedro_faucet.services.sql.publication import Published

if TYPE_CHECKING:
    import psycopg

    from kedro_faucet.services.postgres.service import Postgres

_PREPARED = """
create schema if not exists {schema};
create table if not exists {schema}.versions (version bigint primary key, published_at timestamptz not null);
create table if not exists {schema}.tables (
    version bigint, name text, parent text not null, rows bigint not null, primary key (version, name)
);
create table if not exists {schema}.current (version bigint);
insert into {schema}.current select null where not exists (select from {schema}.current);
create or replace function {schema}.version_of(parent text) returns bigint
    language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    shown bigint;
begin
    select version into shown from {schema}.current;
    -- A snapshot from before may name what has gone since; what it would find then is nothing.
    if to_regclass(format('%I.%I', {name}, parent || ':' || shown)) is null then
        raise exception 'the mart was published anew since this transaction began'
            using errcode = 'serialization_failure', hint = 'Begin the transaction again.';
    end if;
    return shown;
end $$;
"""
_COLUMNS = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum
"""
_GRANTED = """
select distinct coalesce(r.rolname, 'public') from pg_class c, aclexplode(c.relacl) a
left join pg_roles r on r.oid = a.grantee
where c.oid = to_regclass(%s) and a.privilege_type = 'SELECT' and a.grantee <> c.relowner
"""
_VERSIONS = """
select version, published_at, version = (select version from {schema}.current), name, rows
from {schema}.versions left join {schema}.tables using (version) order by version desc, name
"""
_LEFT = """
select relname from pg_class where relnamespace = to_regnamespace(%s) and relkind = 'r' and not relispartition
and relname not in ('versions', 'tables', 'current')
"""


class Name(NamedTuple):
    """A table's name, taken apart."""

    schema: str
    table: str


class Catalog:
    """The schema of a set, and the views that show its tables."""

    def __init__(self, service: Postgres, name: str, connection: psycopg.Connection[Any]) -> None:
        """Keep the connection."""
        self._service, self.connection = service, connection
        self.schema = f"kf_{name}"

    def run(self, sql: str) -> None:
        """Do what SQL says."""
        self.connection.execute(sql)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.connection.execute(sql, parameters or None).fetchall()

    def inside(self, table: str) -> str:
        """Return the quoted name of a table or function in the set's schema."""
        return f"{quoted(self.schema)}.{quoted(table)}"

    def view(self, name: str) -> str:
        """Return the quoted name of the view that shows a table."""
        schema, table = self._split(name)
        return f"{quoted(schema)}.{quoted(table)}"

    def parent(self, name: str, version: int) -> str:
        """Return the name of a table that begins with a version."""
        return f"{name.replace('.', '/')}:{version}"

    def partition(self, parent: str, version: int) -> str:
        """Return the name of the partition that has a version's rows."""
        return f"{parent}:{version}"

    def prepare(self) -> None:
        """Make the schema and its tables, where they are not there."""
        with self.connection.transaction():
            if not self.is_there():
                self.run(_PREPARED.format(schema=quoted(self.schema), name=literal(self.schema)))

    def is_there(self) -> bool:
        """Tell whether there is a set."""
        return bool(self.rows("select 1 where to_regclass(%s) is not null", [self.inside("current")]))

    def shown(self) -> dict[str, str]:
        """Return the tables that the views show: their names, and the tables that they are parts of."""
        [(version,)] = self.rows(f"select version from {self.inside('current')}")
        return {} if version is None else self.parents(version)

    def parents(self, version: int) -> dict[str, str]:
        """Return the tables of a version, and what they are parts of."""
        return dict(self.rows(f"select name, parent from {self.inside('tables')} where version = %s", [version]))

    def parents_of(self, name: str) -> list[str]:
        """Return what a table has been a part of, the last first."""
        query = f"select parent from {self.inside('tables')} where name = %s group by 1 order by max(version) desc"
        return [parent for (parent,) in self.rows(query, [name])]

    def next(self) -> int:
        """Return the number of a new version."""
        [(number,)] = self.rows(f"select coalesce(max(version), 0) + 1 from {self.inside('versions')}")
        return int(number)

    def columns(self, named: str) -> list[tuple[str, str]]:
        """Return the columns of a table with their types in the server's words."""
        return self.rows(_COLUMNS, [named])

    def leftovers(self) -> list[str]:
        """Return the tables that a killed publication has left."""
        return [name for (name,) in self.rows(_LEFT, [quoted(self.schema)])]

    def attach(self, version: int, name: str, parent: str, rows: int) -> None:
        """Make the loaded table of a version a part of another."""
        loaded, place = self.partition(self.parent(name, version), version), self.partition(parent, version)
        if loaded != place:
            self.run(f"alter table {self.inside(loaded)} rename to {quoted(place)}")
        self.run(f"alter table {self.inside(parent)} attach partition {self.inside(place)} for values in ({version})")
        into = f"insert into {self.inside('tables')} values (%s, %s, %s, %s)"
        self.connection.execute(into, [version, name, parent, rows])

    def add(self, version: int) -> None:
        """Note that there is a version."""
        self.run(f"insert into {self.inside('versions')} values ({version}, now())")

    def versions(self) -> list[Published]:
        """Return the versions, the newest first."""
        if not self.is_there():
            return []
        found: dict[int, Published] = {}
        for version, at, is_current, name, rows in self.rows(_VERSIONS.format(schema=quoted(self.schema))):
            tables = found.setdefault(version, Published(version, at, bool(is_current), {})).tables
            tables.update({} if name is None else {name: rows})
        return list(found.values())

    def drop(self, version: int) -> None:
        """Drop the tables of a version, and those that no version is a part of any more."""
        parents = self.parents(version)
        for parent in parents.values():
            self.run(f"drop table {self.inside(self.partition(parent, version))}")
        self.run(f"delete from {self.inside('tables')} where version = {version}")
        self.run(f"delete from {self.inside('versions')} where version = {version}")
        used = {parent for (parent,) in self.rows(f"select parent from {self.inside('tables')}")}
        for parent in set(parents.values()) - used:
            self.run(f"drop table {self.inside(parent)}")

    def require_schema(self, name: str) -> None:
        """Make the schema of a view, if there is none."""
        schema = quoted(self._split(name).schema)
        if not self.rows("select 1 where to_regnamespace(%s) is not null", [schema]):
            self.run(f"create schema {schema}")

    def require_roles(self, names: Sequence[str]) -> None:
        """Refuse a role that there is not.

        Raises:
            ResourceError: with the nearest name.
        """
        known = ["public", *(role for (role,) in self.rows("select rolname from pg_roles order by 1"))]
        for name in names:
            if name not in known:
                raise ResourceError(f"{self._service.place} has no role '{name}'.{did_you_mean(name, known)}")

    def grants(self, name: str) -> list[str]:
        """Return the roles that may read a view."""
        return [role for (role,) in self.rows(_GRANTED, [self.view(name)])]

    def grant(self, name: str, role: str) -> None:
        """Let a role read a view."""
        to = "public" if role == "public" else quoted(role)
        self.run(f"grant usage on schema {quoted(self._split(name).schema)} to {to}")
        self.run(f"grant select on {self.view(name)} to {to}")

    def _split(self, name: str) -> Name:
        """Take a name apart; tables without a schema go to the provider's."""
        schema, _, table = name.rpartition(".")
        return Name(self._service.schema_ if schema in ("", "main") else schema, table)
