"""A table that rows are saved to: its columns in the server's words, and how rows become them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.postgres.types import Column, field_of, literal, quoted, stored

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.service import Postgres

STAGE = "pg_temp.kf_stage"
"""Where rows wait, for one transaction alone."""

_COLUMNS = """
select a.attname, case when t.typcategory = 'A' then t.typelem else 0 end::int8, coalesce(b.oid, t.oid)::int8,
  case when t.typtypmod = -1 then a.atttypmod else t.typtypmod end::int8, format_type(a.atttypid, a.atttypmod),
  format_type(a.atttypid, -1), a.attgenerated <> '', a.atthasdef or a.attidentity <> '', c.relkind::text
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
left join pg_type b on b.oid = t.typbasetype
where a.attrelid = to_regclass({table}) and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
# Of these, PostgreSQL does not tell whether two are equal, or calls equal what is not.
_NOT_COMPARED = ("json", "xml", "point", "box", "circle", "polygon", "path", "lseg", "line")


class TargetColumn(NamedTuple):
    """A column of a table.

    Args:
        name: its name.
        type: in the server's words.
        base: the same without a length.
        kept: what is read of it; None of a number without bounds.
        computed: whether the server computes it of others.
        filled: whether the server gives a value where none comes.
    """

    name: str
    type: str
    base: str
    kept: pa.DataType | None
    computed: bool
    filled: bool

    def of(self, value: str, kind: str) -> str:
        """Return a value of a type as one of the column's: what does not fit in its length is refused by the server."""
        return value if kind in (self.type, self.base) else f"{value}::{self.base}"


@dataclass(frozen=True)
class Target:
    """A table there is."""

    named: str
    columns: tuple[TargetColumn, ...]

    @property
    def written(self) -> dict[str, TargetColumn]:
        """The columns that rows bring values of."""
        return {column.name: column for column in self.columns if not column.computed}

    def is_as(self, schema: pa.Schema) -> bool:
        """Tell whether rows go in as they are."""
        found = {column.name: column.type for column in self.written.values()}
        return found == {field.name: stored(field.name, field.type) for field in schema}

    def insert(self, types: Mapping[str, str], source: str = STAGE, where: str = "true") -> str:
        """Return the SQL that takes rows of these types from where they wait."""
        names = [name for name in types if name in self.written]
        values = ", ".join(self.written[name].of(f"s.{quoted(name)}", types[name]) for name in names)
        into = f"insert into {self.named} as t ({listed(names)}) overriding system value"
        return f"{into} select {values} from {source} s where {where}"

    def with_key(self, key: Sequence[str]) -> str:
        """Return the SQL that gives the table a primary key."""
        return f"alter table {self.named} add primary key ({listed(key)})"

    def is_compared(self, names: Sequence[str]) -> bool:
        """Tell whether the server knows of all these columns whether two values are the same."""
        bases = [self.written[name].base.removesuffix("[]") for name in names]
        return not set(bases) & set(_NOT_COMPARED)


def find(service: Postgres, ask: Any, table: str) -> Target | None:
    """Return a table by its name, if there is one.

    Args:
        service: where it is.
        ask: returns the rows of a query.
        table: its name.

    Raises:
        ResourceError: if it is a view.
    """
    found = ask(_COLUMNS.format(table=literal(service.named(table))))
    if found and (kind := found[0][-1]) in _VIEWS:
        raise ResourceError(f"{service.place}: {table} is {_VIEWS[kind]}, to read only: save to a table.")
    return Target(service.named(table), tuple(_column(*row[:-1]) for row in found)) if found else None


_VIEWS = {"v": "a view", "m": "a materialized view"}


def _column(name: str, element: int, oid: int, modifier: int, full: str, base: str, *is_made: bool) -> TargetColumn:
    column = Column(name, element or oid, modifier, bool(element))
    try:
        kept = field_of(column, {}).type
    except ResourceError:  # a number without bounds takes any
        kept = None
    return TargetColumn(name, full, base, kept, *is_made)


def listed(names: Sequence[str], of: str = "") -> str:
    """Return names of columns with commas between, of a table where one is given."""
    return ", ".join(f"{of}{quoted(name)}" for name in names)
