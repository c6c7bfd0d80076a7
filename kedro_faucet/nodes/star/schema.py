"""The star schema: which facts there are, and by which dimensions they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.star.calendar import DateDimension, TimeOfDayDimension
from kedro_faucet.nodes.star.dimension import Dimension
from kedro_faucet.nodes.star.fact import Fact
from kedro_faucet.nodes.star.keys import check_unique, columns_of


@dataclass(frozen=True)
class StarSchema:
    """Dimensions and facts that belong together.

    >>> from kedro_faucet.nodes.star import Role, Sum
    >>> schema = StarSchema(
    ...     dimensions=[Dimension("airport", source="lake/airports", key="faa"), DateDimension("date")],
    ...     facts=[
    ...         Fact(
    ...             "flight",
    ...             source="lake/flights",
    ...             grain=["flight_date", "flight"],
    ...             dimensions={"origin": Role("airport", "origin"), "flight_date": Role("date", "flight_date")},
    ...             measures=[Sum("distance")],
    ...         )
    ...     ],
    ... )
    >>> schema.sources("airport")
    ['lake/flights']
    >>> print(schema.diagram("flight"))
    erDiagram
        dim_airport ||--o{ fact_flight : origin
        dim_date ||--o{ fact_flight : flight_date

    Args:
        dimensions: the dimensions; facts share them (they are conformed).
        facts: the facts.

    Raises:
        ConfigError: if two have one name, a role names a dimension that is not there, or with another number of columns
            than its natural key has, or no fact names any day of a calendar.
    """

    dimensions: Sequence[Dimension | DateDimension | TimeOfDayDimension]
    facts: Sequence[Fact]

    def __post_init__(self) -> None:
        """Check the names, and that roles and dimensions fit."""
        check_unique((dimension.name for dimension in self.dimensions), "The star schema names dimensions")
        check_unique((fact.name for fact in self.facts), "The star schema names facts")
        for fact in self.facts:
            for name in fact.roles:
                self._check_role(fact, name)
        for dimension in self.dimensions:
            if not isinstance(dimension, Dimension) and not self.sources(dimension.name):
                part = "a day" if isinstance(dimension, DateDimension) else "a minute"
                raise ConfigError(
                    f"No fact names {part} of dimension '{dimension.name}', which has no source but the facts."
                )

    def fact(self, name: str) -> Fact:
        """Return a fact by its name.

        Raises:
            ConfigError: if there is none of the name.
        """
        found = {fact.name: fact for fact in self.facts}
        if name not in found:
            raise ConfigError(f"The star schema has no fact '{name}'.{did_you_mean(name, found)}")
        return found[name]

    def dimension(self, name: str) -> Dimension | DateDimension | TimeOfDayDimension:
        """Return a dimension by its name, with the columns of the facts that name its members.

        Raises:
            ConfigError: if there is none of the name.
        """
        found = {dimension.name: dimension for dimension in self.dimensions}
        if name not in found:
            raise ConfigError(f"The star schema has no dimension '{name}'.{did_you_mean(name, found)}")
        return replace(found[name], named_by=tuple(self._named(name).values()))

    def sources(self, dimension: str) -> list[str]:
        """Return the resources whose columns name members of a dimension, in the order of its ``named_by``."""
        return list(self._named(dimension))

    def diagram(self, *facts: str) -> str:
        """Return the schema as a Mermaid diagram: all of it, or these facts and their dimensions."""
        lines = [
            f"    dim_{role.dimension} ||--o{{ fact_{fact.name} : {name}"
            for fact in self.facts
            if not facts or fact.name in facts
            for name, role in fact.roles.items()
        ]
        return "\n".join(["erDiagram", *lines])

    def _named(self, dimension: str) -> dict[str, tuple[tuple[str, ...], ...]]:
        named: dict[str, list[tuple[str, ...]]] = {}
        for fact in self.facts:
            for role in fact.roles.values():
                columns = named.setdefault(fact.source, []) if role.dimension == dimension else []
                if role.columns not in columns:
                    columns.append(role.columns)
        return {source: tuple(columns) for source, columns in named.items()}

    def _check_role(self, fact: Fact, name: str) -> None:
        role, where = fact.roles[name], f"Role '{name}' of fact '{fact.name}'"
        found = {dimension.name: dimension for dimension in self.dimensions}
        if role.dimension not in found:
            hint = did_you_mean(role.dimension, found) or f" There are {', '.join(found)}."
            raise ConfigError(
                f"{where} is of dimension '{role.dimension}', which the star schema lacks.{hint} "
                "A role that is not called after its dimension is written Role(dimension, column)."
            )
        key = columns_of(getattr(found[role.dimension], "key", "date"))
        if len(key) != len(role.columns):
            names, own = ", ".join(key), ", ".join(role.columns)
            raise ConfigError(f"{where} has the columns {own}, but dimension '{role.dimension}' has the key {names}.")
