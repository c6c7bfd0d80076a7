"""Publish: a set of tables that belong together, handed on as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table
from kedro_faucet.nodes.star.fact import Fact


@dataclass(frozen=True)
class Publish:
    """Put tables together under the names that readers will see: ``schema.table``.

    >>> from kedro_faucet.engines import connect
    >>> day = connect().sql("select 20130101 as date_key")
    >>> list(Publish(["star/dim_date"]).build(day))
    ['star.dim_date']

    Args:
        resources: the resources, in the order in which ``build`` takes their tables.
        facts: facts that may be among them: none is published beside dimensions that lack its keys.
    """

    resources: Sequence[str]
    facts: Sequence[Fact] = ()

    @property
    def names(self) -> list[str]:
        """The names that readers will see; a resource without a provider is in the schema ``main``."""
        split = [resource.split("/", 1) for resource in self.resources]
        return [f"{parts[0]}.{parts[1].replace('/', '_')}" if len(parts) > 1 else f"main.{parts[0]}" for parts in split]

    def build(self, *tables: Table) -> dict[str, Table]:
        """Return the tables by their names.

        Raises:
            DataError: if a fact holds keys that a dimension lacks.
        """
        given = dict(zip(self.resources, tables, strict=True))
        for fact in self.facts:
            for resource in self.resources:
                provider, _, name = resource.rpartition("/")
                if name == f"fact_{fact.name}":
                    fact.check(given[resource], **_dimensions(fact, provider, given))
        return dict(zip(self.names, tables, strict=True))

    def sql(self) -> str:
        """Return the SQL that a preview shows."""
        pairs = zip(self.names, self.resources, strict=True)
        return "\n".join(f"create table {name} as from {resource};" for name, resource in pairs)


def _dimensions(fact: Fact, provider: str, given: Mapping[str, Table]) -> dict[str, Table]:
    """Return those of a fact's dimensions that are published too."""
    named = {role.dimension: f"{provider}/dim_{role.dimension}" for role in fact.roles.values()}
    return {dimension: given[resource] for dimension, resource in named.items() if resource in given}
