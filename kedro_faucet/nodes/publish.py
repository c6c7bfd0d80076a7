"""Publish: a set of tables that belong together, handed on as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table
from kedro_faucet.nodes.lineage import Traced
from kedro_faucet.nodes.star.integrity import check_versions


@dataclass(frozen=True)
class Publish:
    """Put tables together under the names that readers will see: ``schema.table``.

    >>> from kedro_faucet.engines import connect
    >>> day = connect().sql("select 20130101 as date_key")
    >>> list(Publish(["star/dim_date"]).build(day))
    ['star.dim_date']

    Args:
        resources: the resources, in the order in which ``build`` takes their tables.
    """

    resources: Sequence[str]

    @property
    def names(self) -> list[str]:
        """The names that readers will see; a resource without a provider is in the schema ``main``."""
        split = [resource.split("/", 1) for resource in self.resources]
        return [f"{parts[0]}.{parts[1].replace('/', '_')}" if len(parts) > 1 else f"main.{parts[0]}" for parts in split]

    def build(self, *tables: Table) -> dict[str, Table]:
        """Return the tables by their names.

        Raises:
            DataError: if a fact holds keys of versions which its dimension lacks: one was built without the other.
        """
        named = dict(zip(self.names, tables, strict=True))
        for name, table in named.items():
            schema, is_fact, _ = name.partition(".fact_")
            if is_fact:
                check_versions(table, name, {dim: named[dim] for dim in named if dim.startswith(f"{schema}.dim_")})
        return named

    def lineage(self, *tables: Traced) -> dict[str, Traced]:
        """Return the columns of each table as they are."""
        return dict(zip(self.names, tables, strict=True))

    def sql(self) -> str:
        """Return the SQL that a preview shows."""
        pairs = zip(self.names, self.resources, strict=True)
        return "\n".join(f"create table {name} as from {resource};" for name, resource in pairs)
