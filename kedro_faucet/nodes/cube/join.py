"""How a cube finds the members whose attributes its cells are by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kedro_faucet.engines import quote
from kedro_faucet.exceptions import DataError


@dataclass(frozen=True)
class Join:
    """The join of a fact with the members that play a role, as they were or as they are now.

    >>> print(Join("origin", "airport", latest=False, types={"airport_key": "BIGINT"}, fact={}).sql())
    left join role_origin as role_origin on role_origin."airport_key" = fact."origin_key"

    Args:
        role: the role.
        dimension: the name of the dimension.
        latest: whether as they are now.
        types: the columns and types of the dimension.
        fact: those of the fact.
    """

    role: str
    dimension: str
    latest: bool
    types: Mapping[str, str]
    fact: Mapping[str, str]

    @property
    def own(self) -> str:
        """The fact's column of keys."""
        return f"{self.role}_{self._kind}"

    @property
    def key(self) -> str:
        """The dimension's column of keys."""
        return f"{self.dimension}_{self._kind}"

    def sql(self) -> str:
        """Return the SQL: by the version that the fact found at its time, else the last one of the member."""
        alias, table = f"{'latest' if self.latest else 'role'}_{self.role}", f"role_{self.role}"
        if self._versioned and self._kind == "key":
            table = f"(select * from {table} where is_latest)"
        return f"left join {table} as {alias} on {alias}.{quote(self.key)} = fact.{quote(self.own)}"

    @property
    def _versioned(self) -> bool:
        return f"{self.dimension}_version_key" in self.types

    @property
    def _kind(self) -> str:
        as_was = self._versioned and not self.latest and f"{self.role}_version_key" in self.fact
        return "version_key" if as_was else "key"


def dimension_of(types: Mapping[str, str], where: str) -> str:
    """Return the name of a dimension: its first column is its key.

    >>> dimension_of({"airport_key": "BIGINT", "member": "VARCHAR", "faa": "VARCHAR"}, "Role 'origin'")
    'airport'

    Raises:
        DataError: if the table is no dimension.
    """
    first = next(iter(types), "")
    if "member" not in types or not first.endswith("_key"):
        raise DataError(
            f"{where} is played by a table with the columns {', '.join(types)}, which is no dimension: give it what "
            "Dimension.build made, as it is."
        )
    return first.removesuffix("_key")
