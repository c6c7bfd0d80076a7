"""Roles: how a fact finds the members that it names, and the version that was valid at its time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import quote
from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.star.keys import INVALID, MISSING, columns_of
from kedro_faucet.nodes.star.members import FAR

_FIRST, _END = "timestamp '0001-01-01 00:00:00'", "timestamp '9999-12-31 23:59:59'"
MINUTE = "minute_of_day"
"""The natural key of minutes, which a time tells."""
_DELETED = ("invalid", "last")
# Natural keys may have any name but these.
_STARTS, _ENDS, _NEXT = "kf_starts_at", "kf_ends_at", "kf_next_at"


@dataclass(frozen=True)
class Role:
    """The part that a dimension plays in a fact: its members are named by these columns.

    >>> Role("airport", "origin").columns
    ('origin',)

    Args:
        dimension: the name of the dimension.
        column: the fact's column that names a member; several where the natural key has several.
        deleted: the version that a fact finds at a time when its member was deleted: ``"invalid"``, the member that
            stands for what cannot be, or ``"last"``, the last version before.

    Raises:
        ConfigError: if ``deleted`` is neither.
    """

    dimension: str
    column: str | Sequence[str]
    deleted: str = "invalid"

    def __post_init__(self) -> None:
        """Check what is found after a deletion."""
        if self.deleted not in _DELETED:
            hint = did_you_mean(self.deleted, _DELETED)
            raise ConfigError(
                f"A role of dimension '{self.dimension}': deleted is 'invalid' or 'last', not '{self.deleted}'.{hint}"
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The fact's columns."""
        return columns_of(self.column)


def natural_key(role: Role, schema: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a dimension's natural key, with their types: they follow the column ``member``.

    >>> dimension = {"airport_key": "BIGINT", "member": "VARCHAR", "faa": "VARCHAR", "lat": "DOUBLE"}
    >>> natural_key(Role("airport", "dest"), dimension)
    {'faa': 'VARCHAR'}
    """
    columns = list(schema)
    first = columns.index("member") + 1
    return {column: schema[column] for column in columns[first : first + len(role.columns)]}


def _as_key(own: str, key: str, kind: str) -> str:
    """Return the SQL of what a fact's column says of a natural key: of a time, its day or its minute."""
    if kind == "DATE":
        return f"cast({own} as date)"
    return f"hour({own}) * 60 + minute({own})" if (key, kind) == (MINUTE, "SMALLINT") else own


@dataclass(frozen=True)
class Lookup:
    """The part of a fact's SQL that finds the member that plays a role.

    A join on the natural key and, where the dimension has versions and the fact a time, on the time: each row meets one
    row of the dimension or none, so that no row of the fact is lost or doubled.

    Args:
        name: the name of the role.
        role: the role.
        schema: the dimension's columns and types.
        at: the fact's column that tells when a row happened.
    """

    name: str
    role: Role
    schema: Mapping[str, str]
    at: str | None

    @property
    def typed(self) -> bool:
        """Whether the dimension has versions."""
        return f"{self.role.dimension}_version_key" in self.schema

    @property
    def versioned(self) -> bool:
        """Whether the fact's time chooses among the versions."""
        return self.typed and self.at is not None

    def columns(self) -> Iterator[str]:
        """Yield the SQL of the fact's keys."""
        missing = " or ".join(f"source.{quote(column)} is null" for column in self.role.columns)
        for kind in ["key", "version_key"] if self.versioned else ["key"]:
            found = f"role_{self.name}.{quote(f'{self.role.dimension}_{kind}')}"
            other = f"case when {missing} then {MISSING} else {INVALID} end"
            yield f"coalesce({found}, {other}) as {quote(f'{self.name}_{kind}')}"

    def join(self) -> str:
        """Return the SQL of the join."""
        alias = f"role_{self.name}"
        table = self._named("versions") if self.versioned else self._members()
        same = []
        for column, (key, kind) in zip(self.role.columns, natural_key(self.role, self.schema).items(), strict=True):
            same.append(f"{alias}.{quote(key)} = {_as_key(f'source.{quote(column)}', key, kind)}")
        if self.versioned:
            at = f"least(coalesce(cast(source.{quote(str(self.at))} as timestamp), {FAR}), {FAR})"
            same += [f"{at} >= {alias}.{_STARTS}", f"{at} < {alias}.{_ENDS}"]
        return f"left join {table} as {alias} on {' and '.join(same)}"

    def versions(self) -> str:
        """Return the SQL of the versions with their times, and between them the times when none was valid.

        The first version counts from the beginning; a row without a time meets the time after the last version.
        """
        dimension, timed = self.role.dimension, self._named("timed")
        keys = ", ".join(map(quote, natural_key(self.role, self.schema)))
        durable, version = quote(f"{dimension}_key"), quote(f"{dimension}_version_key")
        window = f"over (partition by {durable} order by valid_from)"
        until = f"lead(valid_from) {window}" if self.role.deleted == "last" else "valid_to"
        return f"""{timed} as (
    select
        {keys}, {durable}, {version},
        case when row_number() {window} = 1 then {_FIRST} else valid_from end as {_STARTS},
        least(coalesce({until}, {FAR}), {FAR}) as {_ENDS},
        coalesce(lead(valid_from) {window}, {_END}) as {_NEXT}
    from dim_{dimension}
    where member in ('known', 'orphan')
),
{self._named("versions")} as (
    select {keys}, {durable}, {version}, {_STARTS}, {_ENDS} from {timed}
    union all
    select {keys}, {durable}, {INVALID}, {_ENDS}, {_NEXT} from {timed} where {_ENDS} < {_NEXT}
)"""

    def _named(self, what: str) -> str:
        """Return the name of a CTE, which roles of one dimension share where they find the same."""
        return f"{'last_' if self.role.deleted == 'last' else ''}{what}_{self.role.dimension}"

    def _members(self) -> str:
        if not self.typed:
            return f"dim_{self.role.dimension}"
        keys = ", ".join(map(quote, natural_key(self.role, self.schema)))
        return f"(select distinct {keys}, {quote(f'{self.role.dimension}_key')} from dim_{self.role.dimension})"
