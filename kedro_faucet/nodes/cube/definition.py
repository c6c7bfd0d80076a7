"""What a cube is made of: its attributes, measures and grouping sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.star.keys import check_name, check_unique
from kedro_faucet.nodes.star.measures import Measure, Part, parts_of

TOTAL = "total"
"""The ``grouping`` of the cells by no attribute."""

_TAKEN = ("grouping_id", "grouping", TOTAL)
# So many attributes have a bit each in an INTEGER.
_MOST = 31


@dataclass(frozen=True)
class CubeDefinition:
    """The attributes, measures and grouping sets of a cube: see ``Cube``."""

    name: str
    fact: str
    by: Sequence[str]
    measures: Sequence[Measure]
    sets: Sequence[Sequence[str]] | str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    keys: Collection[str] | None = None

    def __post_init__(self) -> None:
        """Check the names and the sets."""
        check_name(self.name, "cube")
        self._check_names()
        if not self.measures or not self.by or isinstance(self.by, str) or len(self.by) > _MOST:
            raise ConfigError(
                f"Cube '{self.name}' needs a list of attributes (by), at most {_MOST}, and a list of measures."
            )
        if isinstance(self.sets, str) and self.sets != "rollup":
            hint = did_you_mean(self.sets, ["rollup"])
            raise ConfigError(
                f"Cube '{self.name}': sets is None (all), 'rollup' or a list of lists, not '{self.sets}'.{hint}"
            )
        self._check_sets()

    def _check_names(self) -> None:
        counted = {*(part.name for part in self.parts), *(measure.name for measure in self.measures)}
        # Engines do not tell names by their case.
        check_unique((name.lower() for name in [*self.columns, *counted]), f"Cube '{self.name}' makes columns")
        for attribute in self.by:
            place_of(attribute)
            if column_of(attribute).lower() in _TAKEN:
                raise ConfigError(
                    f"Cube '{self.name}': '{attribute}' would become a column '{column_of(attribute)}', a name that "
                    "cubes use themselves: rename it in a SQL node."
                )

    def _check_sets(self) -> None:
        named = {attribute for attributes in self.grouping_sets for attribute in attributes}
        for attribute in [*named, *self.by]:
            if attribute not in self.by or attribute not in named:
                lacks = "by" if attribute not in self.by else "any of its sets"
                raise ConfigError(
                    f"Cube '{self.name}': '{attribute}' is not in {lacks}.{did_you_mean(attribute, self.by)}"
                )
        check_unique(map(self.grouping, self.grouping_sets), f"Cube '{self.name}' stores a set")

    @property
    def _played(self) -> list[tuple[str, bool]]:
        """The roles whose members' attributes it takes, and whether as they are now."""
        places = [attribute.split(".") for attribute in self.by]
        return list(dict.fromkeys((place[0], len(place) == 3) for place in places if len(place) > 1))

    @property
    def roles(self) -> list[str]:
        """The roles whose members' attributes it takes."""
        return list(dict.fromkeys(role for role, _ in self._played))

    @property
    def columns(self) -> list[str]:
        """The columns of the attributes."""
        return [column_of(attribute) for attribute in self.by]

    @property
    def parts(self) -> list[Part]:
        """The columns of the measures."""
        return parts_of(self.measures, f"Cube '{self.name}'")

    @property
    def grouping_sets(self) -> list[tuple[str, ...]]:
        """The sets of attributes, the finest first."""
        by = list(self.by)
        if self.sets is None:
            return [chosen for size in range(len(by), -1, -1) for chosen in combinations(by, size)]
        if isinstance(self.sets, str):
            return [tuple(by[:size]) for size in range(len(by), -1, -1)]
        return [tuple(chosen) for chosen in self.sets]

    def grouping(self, attributes: Iterable[str]) -> str:
        """Return the ``grouping`` of a set's cells: the columns of its attributes.

        >>> from kedro_faucet.nodes.star import Count
        >>> cube = CubeDefinition("delays", "flight", ["origin.faa", "carrier"], [Count()])
        >>> cube.grouping(["carrier", "origin.faa"]), cube.grouping([])
        ('origin_faa, carrier', 'total')
        """
        chosen = set(attributes)
        return ", ".join(column_of(attribute) for attribute in self.by if attribute in chosen) or TOTAL

    def bits(self, attributes: Iterable[str]) -> int:
        """Return the ``grouping_id`` of a set's cells.

        >>> from kedro_faucet.nodes.star import Count
        >>> CubeDefinition("delays", "flight", ["origin", "carrier"], [Count()]).bits(["origin"])
        1
        """
        return sum(1 << power for power, attribute in enumerate(reversed(self.by)) if attribute not in attributes)


def column_of(attribute: str) -> str:
    """Return the column of an attribute.

    >>> column_of("origin.faa"), column_of("plane.latest.carrier")
    ('origin_faa', 'plane_latest_carrier')
    """
    return attribute.replace(".", "_")


def place_of(attribute: str) -> tuple[str, str]:
    """Return the table of an attribute in a cube's SQL, and its column there.

    >>> place_of("carrier"), place_of("origin.faa"), place_of("plane.latest.carrier")
    (('fact', 'carrier'), ('role_origin', 'faa'), ('latest_plane', 'carrier'))

    Raises:
        ConfigError: if it is written otherwise.
    """
    match attribute.split("."):
        case [column]:
            return "fact", column
        case [role, column]:
            return f"role_{role}", column
        case [role, "latest", column]:
            return f"latest_{role}", column
    raise ConfigError(
        f"An attribute of a cube is written column, role.attribute or role.latest.attribute, not '{attribute}'."
    )
