"""What a cube is made of: its attributes, measures and grouping sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.star.keys import check_name, check_unique
from kedro_faucet.nodes.star.measures import Measure, Part


@dataclass(frozen=True)
class CubeDefinition:
    """The attributes, measures and grouping sets of a cube: see ``Cube``."""

    name: str
    fact: str
    by: Sequence[str]
    measures: Sequence[Measure]
    sets: Sequence[Sequence[str]] | str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the names and the sets."""
        check_name(self.name, "cube")
        check_unique([*self.columns, *(part.name for part in self.parts)], f"Cube '{self.name}' makes columns")
        if not self.measures or not self.by or isinstance(self.by, str):
            raise ConfigError(f"Cube '{self.name}' needs a list of attributes (by) and a list of measures.")
        if isinstance(self.sets, str) and self.sets != "rollup":
            hint = did_you_mean(self.sets, ["rollup"])
            raise ConfigError(
                f"Cube '{self.name}': sets is None (all), 'rollup' or a list of lists, not '{self.sets}'.{hint}"
            )
        named = {attribute for attributes in self.grouping_sets for attribute in attributes}
        for attribute in [*named, *self.by]:
            if attribute not in self.by or attribute not in named:
                lacks = "by" if attribute not in self.by else "any of its sets"
                raise ConfigError(
                    f"Cube '{self.name}': '{attribute}' is not in {lacks}.{did_you_mean(attribute, self.by)}"
                )

    @property
    def roles(self) -> list[str]:
        """The roles whose members' attributes it takes."""
        return list(dict.fromkeys(attribute.split(".")[0] for attribute in self.by if "." in attribute))

    @property
    def columns(self) -> list[str]:
        """The columns of the attributes."""
        return [column_of(attribute) for attribute in self.by]

    @property
    def parts(self) -> list[Part]:
        """The columns of the measures."""
        return list({part.name: part for measure in self.measures for part in measure.parts}.values())

    @property
    def grouping_sets(self) -> list[tuple[str, ...]]:
        """The sets of attributes, the finest first."""
        by = list(self.by)
        if self.sets is None:
            return [chosen for size in range(len(by), -1, -1) for chosen in combinations(by, size)]
        if isinstance(self.sets, str):
            return [tuple(by[:size]) for size in range(len(by), -1, -1)]
        return [tuple(chosen) for chosen in self.sets]

    def bits(self, attributes: Iterable[str]) -> int:
        """Return the ``grouping_id`` of a set's cells.

        >>> from kedro_faucet.nodes.star import Count
        >>> CubeDefinition("delays", "flight", ["origin", "carrier"], [Count()]).bits(["origin"])
        1
        """
        return sum(1 << power for power, attribute in enumerate(reversed(self.by)) if attribute not in attributes)


def column_of(attribute: str) -> str:
    """Return the column of an attribute.

    >>> column_of("origin.faa")
    'origin_faa'
    """
    return attribute.replace(".", "_")
