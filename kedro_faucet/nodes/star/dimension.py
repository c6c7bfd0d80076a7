"""Dimensions: one row a member (type 1), or one row a version of it (type 2), with keys that never change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.star.keys import INVALID, MISSING, check_alike, check_columns, check_name, columns_of
from kedro_faucet.nodes.star.members import check_members

VALIDITY = ("valid_from", "valid_to", "is_current")


@dataclass(frozen=True)
class Dimension:
    """A dimension of a star schema; type 2 where its source has valid_from, valid_to and is_current.

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
    (``invalid``: -1). The version key of a member's first version is the member's own key, so that an orphan that
    becomes known keeps both.

    Args:
        name: the dimension's name: lower-case letters, digits and underscores.
        source: the resource that holds its members.
        key: the natural key, one column or several.
        named_by: for each facts table that ``build`` takes, the columns in it that name members; a star schema fills
            it in.

    Raises:
        ConfigError: if the name cannot be one.
        DataError: if rows of the source are refused: keys that are NULL or twice there, versions that overlap, two
            natural keys with one surrogate key.
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
        self._check_columns(engine.schema(table), [engine.schema(fact) for fact in facts])
        versions = set(VALIDITY) <= set(table.columns)
        named = {f"fact_{number}": fact for number, fact in enumerate(facts)}
        rows = engine.persist(engine.sql(self.sql(versions), source=table, **named))
        check_members(rows, self.name, self.source, self.keys, versions)
        return rows

    def sql(self, versions: bool = False) -> str:
        """Return the SQL; with ``versions`` that of a type 2 dimension."""
        keys = _listed(f"members.{quote(key)}" for key in self.keys)
        same = " and ".join(f"source.{quote(key)} = members.{quote(key)}" for key in self.keys)
        taken = _listed(map(quote, (*self.keys, *(VALIDITY if versions else ()))))
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
    {f"{self._version(keys)}," if versions else ""}
    members.member,
    {keys},
    source.* exclude ({taken}){_VALIDITY if versions else ""}
from members
left join source on {same}"""

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

    def _version(self, keys: str) -> str:
        """Return the SQL for the key of a version; the first has the member's own, as an orphan had."""
        first = f"row_number() over (partition by members.member, {keys} order by source.valid_from) = 1"
        later = f"surrogate_key({keys}, cast(source.valid_from as timestamp))"
        return self._key("version_key", f"case when {first} then surrogate_key({keys}) else {later} end")

    def _check_columns(self, schema: dict[str, str], facts: Sequence[dict[str, str]]) -> None:
        check_columns(self.keys, schema, self.source)
        made = {f"{self.name}_key", f"{self.name}_version_key", "member"} & (set(schema) - set(self.keys))
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


_VALIDITY = """,
    cast(source.valid_from as timestamp) as valid_from,
    cast(source.valid_to as timestamp) as valid_to,
    coalesce(source.is_current, true) as is_current"""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _aliased(columns: Sequence[str], names: Sequence[str]) -> str:
    return _listed(f"{quote(column)} as {quote(name)}" for column, name in zip(columns, names, strict=True))
