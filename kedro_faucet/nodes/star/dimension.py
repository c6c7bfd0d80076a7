"""Dimensions: one row a member (type 1), or one row a version of it (type 2), with keys that never change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.keys import (
    INVALID,
    MISSING,
    check_alike,
    check_columns,
    check_name,
    columns_of,
)
from kedro_faucet.nodes.star.members import OPEN, check_members

VALIDITY = ("valid_from", "valid_to")
_TIMES = ("TIMESTAMP", "DATE")
_KINDS = {"valid_from": _TIMES, "valid_to": _TIMES, "is_current": ("BOOLEAN",)}


@dataclass(frozen=True)
class Dimension:
    """A dimension of a star schema; type 2 where its source has valid_from and valid_to.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> airports = engine.sql("select 'JFK' as faa, 'Kennedy' as name")
    >>> flights = engine.sql("select 'JFK' as origin union all select 'XXX' union all select null")
    >>> airport = Dimension("airport", source="lake/airports", key="faa", named_by=[["origin"]])
    >>> sorted(row[1:3] for row in engine.rows(airport.build(airports, flights)))
    [('invalid', None), ('known', 'JFK'), ('missing', None), ('orphan', 'XXX')]

    The columns are ``airport_key`` (and ``airport_version_key`` in a type 2 dimension), ``member``, the natural key,
    the attributes. Every member has a row: those of the source (``known``), those that only facts name (``orphan``,
    with the key that they will have once they are known), no natural key (``missing``: 0), and what cannot be
    (``invalid``: -1).

    A version is valid from ``valid_from`` until before ``valid_to`` (NULL, or in the year 9999: it goes on). Its key is
    made of the natural key and ``valid_from``: it never names another version. ``is_current`` (the source's, if it has
    one) tells the versions that go on; ``is_latest`` the last one of each member, also of those that were deleted.

    Args:
        name: the dimension's name: lower-case letters, digits and underscores.
        source: the resource that holds its members.
        key: the natural key, one column or several.
        named_by: for each facts table that ``build`` takes, the columns in it that name members; a star schema fills
            it in.

    Raises:
        ConfigError: if the name cannot be one.
        DataError: if rows of the source are refused: keys that are NULL or twice there, versions that overlap or that
            end with the last moment instead of the next one's first, two natural keys with one surrogate key.
    """

    name: str
    source: str
    key: str | Sequence[str]
    named_by: Sequence[Sequence[str | Sequence[str]]] = ()

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.name, "dimension")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the natural key."""
        return columns_of(self.key)

    def build(self, table: Table, *facts: Table) -> Table:
        """Return the dimension, computed once and checked.

        Args:
            table: the source.
            facts: the tables whose columns name members, in the order of ``named_by``.
        """
        engine = engine_of(table)
        schema = engine.schema(table)
        self._check_columns(schema, [engine.schema(fact) for fact in facts])
        _check_validity(table, self.source)
        versions = _versioned(schema)
        named = {f"fact_{number}": fact for number, fact in enumerate(facts)}
        rows = engine.persist(engine.sql(self.sql(schema), source=table, **named))
        check_members(rows, self.name, self.source, self.keys, versions, schema.get("valid_to") == "DATE")
        return rows

    def sql(self, schema: Mapping[str, str] | None = None) -> str:
        """Return the SQL, given the types of the source's columns."""
        schema = schema or {}
        versions = _versioned(schema)
        keys = _listed(f"members.{quote(key)}" for key in self.keys)
        same = " and ".join(f"source.{quote(key)} = members.{quote(key)}" for key in self.keys)
        taken = [*self.keys, *(name for name in (*VALIDITY, "is_current") if versions and name in schema)]
        return f"""
with named as (
    {self._named()}
),
known as (
    select distinct {_listed(map(quote, self.keys))} from source
),
members as (
    select 'known' as member, {_listed(map(quote, self.keys))} from known
    union all
    select 'orphan', {_listed(f"named.{quote(key)}" for key in self.keys)}
    from named left join known on {same.replace("source.", "known.").replace("members.", "named.")}
    where known.{quote(self.keys[0])} is null and {" and ".join(f"named.{quote(key)} is not null" for key in self.keys)}
    union all
    select 'missing', {_listed("null" for _ in self.keys)}
    union all
    select 'invalid', {_listed("null" for _ in self.keys)}
)
select
    {self._key("key", f"surrogate_key({keys})")},
    {f"{self._version(keys, schema)}," if versions else ""}
    members.member,
    {keys},
    source.* exclude ({_listed(map(quote, taken))}){_validity(keys, schema) if versions else ""}
from members
left join source on {same}"""

    def lineage(self, table: Traced, *facts: Traced) -> Traced:
        """Return the columns, of which the keys come from the facts too: they name members that the source lacks."""
        named = {f"fact_{number}": fact for number, fact in enumerate(facts)}
        return trace(self.sql(table.schema), {"source": table, **named})

    def _named(self) -> str:
        """Return the SQL for the natural keys that facts name."""
        selects = [
            f"select distinct {_aliased(columns_of(key), self.keys)} from fact_{number}"
            for number, keys in enumerate(self.named_by)
            for key in keys
        ]
        return "\n    union\n    ".join(selects) or f"select {_listed(map(quote, self.keys))} from source where false"

    def _key(self, kind: str, surrogate: str) -> str:
        """Return the SQL of a key; the members that stand for no natural key have fixed ones."""
        fixed = f"when 'missing' then {MISSING} when 'invalid' then {INVALID}"
        return f"case members.member {fixed} else {surrogate} end as {quote(f'{self.name}_{kind}')}"

    def _version(self, keys: str, schema: Mapping[str, str]) -> str:
        """Return the SQL for the key of a version; an orphan, which has none yet, stands under its own key."""
        orphan = f"when members.member = 'orphan' then surrogate_key({keys})"
        version = f"surrogate_key({keys}, {_typed('valid_from', schema)})"
        return self._key("version_key", f"case {orphan} else {version} end")

    def _check_columns(self, schema: dict[str, str], facts: Sequence[dict[str, str]]) -> None:
        check_columns(self.keys, schema, self.source)
        own = {"is_latest"} if _versioned(schema) else set()
        made = {f"{self.name}_key", f"{self.name}_version_key", "member", *own} & (set(schema) - set(self.keys))
        if made:
            raise DataError(
                f"{self.source} has a column '{made.pop()}', which dimension '{self.name}' makes itself: rename it."
            )
        for key in self.keys:
            check_alike(schema[key], schema[key], f"{self.source}.{key}", "itself")
        for fact, named in zip(facts, self.named_by, strict=True):
            for columns in map(columns_of, named):
                check_columns(columns, fact, f"A fact that names '{self.name}'")
                for column, key in zip(columns, self.keys, strict=True):
                    check_alike(fact[column], schema[key], f"A fact's '{column}'", f"{self.source}.{key}")


def _versioned(columns: Collection[str]) -> bool:
    return set(VALIDITY) <= set(columns)


def _check_validity(table: Table, source: str) -> None:
    """Refuse versions that would be taken for none, or whose times are not times."""
    schema = engine_of(table).schema(table)
    if not _versioned(schema):
        if "dbt_valid_from" in schema:
            raise DataError(
                f"{source} has dbt_valid_from and dbt_valid_to, as a snapshot of dbt has: in a SQL node, rename them "
                "valid_from and valid_to to keep its versions, or leave both out."
            )
        return
    for column, kinds in _KINDS.items():
        if schema.get(column, kinds[0]) not in kinds and _has_values(table, column):
            raise DataError(
                f"{source}.{column} is {schema[column]}, and of a dimension of versions {' or '.join(kinds)}: declare "
                "its type in the catalog, or cast it in a SQL node."
            )


def _has_values(table: Table, column: str) -> bool:
    """Tell whether a column is not all NULL: such a one may be of any type."""
    engine = engine_of(table)
    return bool(engine.rows(engine.sql(f"select count({column}) as n from source", source=table))[0][0])


def _typed(column: str, schema: Mapping[str, str]) -> str:
    """Return the SQL of a time or flag; what is of another type has been found to be all NULL."""
    kinds = _KINDS[column]
    return f"cast({f'source.{column}' if schema.get(column) in kinds else 'null'} as {kinds[0].lower()})"


def _validity(keys: str, schema: Mapping[str, str]) -> str:
    """Return the SQL of a version's times, and whether it goes on, and whether it is its member's last one."""
    since, until, current = (_typed(column, schema) for column in _KINDS)
    return f""",
    {since} as valid_from,
    {until} as valid_to,
    case when members.member = 'known' then coalesce({current}, {until} >= {OPEN}, true) else true end as is_current,
    row_number() over (partition by members.member, {keys} order by source.valid_from desc) = 1 as is_latest"""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _aliased(columns: Sequence[str], names: Sequence[str]) -> str:
    return _listed(f"{quote(column)} as {quote(name)}" for column, name in zip(columns, names, strict=True))
