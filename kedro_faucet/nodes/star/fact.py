"""Facts: one row a row of the source, each with the keys of the members it names, as they were at its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError, DataError, did_you_mean
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.calendar.time_of_day import check_moment, is_of_minutes
from kedro_faucet.nodes.star.integrity import REBUILD, check_keys, check_version
from kedro_faucet.nodes.star.keys import EXAMPLES, check_alike, check_columns, check_name, check_time, check_unique
from kedro_faucet.nodes.star.measures import Measure
from kedro_faucet.nodes.star.role import Lookup, Role, natural_key


@dataclass(frozen=True)
class Fact:
    """A fact of a star schema.

    >>> from kedro_faucet.engines import connect
    >>> from kedro_faucet.nodes.star import Dimension, Sum
    >>> engine = connect()
    >>> flights = engine.sql("select 1 as flight, 'JFK' as origin, 90 as distance union all select 2, null, 80")
    >>> airports = Dimension("airport", "lake/airports", "faa").build(engine.sql("select 'JFK' as faa"))
    >>> fact = Fact("flight", "lake/flights", ["flight"], {"origin": Role("airport", "origin")}, [Sum("distance")])
    >>> fact.build(flights, airport=airports).columns
    ['origin_key', 'flight', 'distance']
    >>> max(engine.rows(fact.build(flights, airport=airports)), key=lambda row: row[1])
    (0, 2, 80)

    No row of the source is lost or doubled. A role gives ``<role>_key``, the key of the member that the row names, and
    ``<role>_version_key`` where the dimension is of type 2 and the fact has a time: the version that was valid then.
    Before a member's first version the first one counts; where no version was valid (after a deletion), the version is
    the member ``invalid``, or the last one before (``Role(…, deleted="last")``); a row without a time has ``invalid``.
    Then follow the grain, the time, the measures' columns and ``keep``.

    Args:
        name: the fact's name.
        source: the resource that holds its rows.
        grain: the columns that tell one row from all others.
        dimensions: the roles by their names; a column alone means the dimension that the role is called after.
        measures: what cubes may count; the fact keeps their columns.
        at: the column that tells when a row happened.
        keep: further columns to keep.

    Raises:
        ConfigError: if a name cannot be one, or a column's name would be used twice.
        DataError: if rows of the source have the same grain, or a dimension was made by kedro-faucet 0.1.
    """

    name: str
    source: str
    grain: Sequence[str]
    dimensions: Mapping[str, Role | str]
    measures: Sequence[Measure] = ()
    at: str | None = None
    keep: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check the names."""
        check_name(self.name, "fact")
        for role in self.dimensions:
            check_name(role, "role")
        check_unique(self.grain, f"Fact '{self.name}' names in its grain")
        if not self.grain or isinstance(self.grain, str):
            raise ConfigError(
                f"Fact '{self.name}': its grain is a list of the columns that tell one row from all others."
            )

    @property
    def roles(self) -> dict[str, Role]:
        """The roles, also those that were given as a column alone."""
        return {name: Role(name, role) if isinstance(role, str) else role for name, role in self.dimensions.items()}

    @property
    def columns(self) -> list[str]:
        """The columns that it keeps of its source."""
        measured = [column for measure in self.measures for column in measure.columns]
        return list(dict.fromkeys([*self.grain, *([self.at] if self.at else []), *measured, *self.keep]))

    def build(self, table: Table, **dimensions: Table) -> Table:
        """Return the fact; its rows are computed when they are saved or read.

        Args:
            table: the source.
            dimensions: the dimensions by their names.
        """
        engine = engine_of(table)
        schemas = {name: engine.schema(found) for name, found in dimensions.items()}
        self._check_columns(engine.schema(table), schemas)
        self._check_grain(table)
        named = {f"dim_{name}": found for name, found in dimensions.items()}
        return engine.sql(self.sql(schemas), source=table, **named)

    def sql(self, schemas: Mapping[str, Mapping[str, str]]) -> str:
        """Return the SQL over dimensions of these columns and types."""
        lookups = [Lookup(name, role, schemas[role.dimension], self.at) for name, role in self.roles.items()]
        versions = dict.fromkeys(lookup.versions() for lookup in lookups if lookup.versioned)
        columns = [column for lookup in lookups for column in lookup.columns()]
        columns += [f"source.{quote(column)}" for column in self.columns]
        with_ = f"with {', '.join(versions)}\n" if versions else ""
        joins = "\n".join(lookup.join() for lookup in lookups)
        return with_ + "select\n    " + ",\n    ".join(columns) + f"\nfrom source\n{joins}"

    def lineage(self, table: Traced, **dimensions: Traced) -> Traced:
        """Return the columns: keys from the dimensions, the others from the source."""
        schemas = {name: found.schema for name, found in dimensions.items()}
        return trace(
            self.sql(schemas), {"source": table} | {f"dim_{name}": found for name, found in dimensions.items()}
        )

    def check(self, fact: Table, *, rebuild: str = REBUILD, **dimensions: Table) -> None:
        """Refuse a built fact that holds keys which its dimensions lack.

        Args:
            fact: what ``build`` made, perhaps earlier.
            rebuild: what the message says is to be done.
            dimensions: the dimensions by their names; roles of others are not looked at.

        Raises:
            DataError: if it does: one of them was built anew without the other.
        """
        keys = {}
        for name, role in self.roles.items():
            for kind in ("key", "version_key"):
                if role.dimension in dimensions and f"{name}_{kind}" in fact.columns:
                    keys[f"{name}_{kind}"] = (role.dimension, dimensions[role.dimension], f"{role.dimension}_{kind}")
        check_keys(fact, f"Fact '{self.name}'", keys, rebuild)

    def twice(self) -> str:
        """Return the SQL for rows with the same grain."""
        grain = ", ".join(map(quote, self.grain))
        counted = f"select {grain}, count(*) as kf_copies from source group by {grain}"
        return f"{counted} having count(*) > 1 order by {grain} limit {EXAMPLES}"

    def _check_grain(self, table: Table) -> None:
        engine = engine_of(table)
        twice = engine.rows(engine.sql(self.twice(), source=table))
        if twice:
            examples = "; ".join(f"({', '.join(map(str, row[:-1]))}) {row[-1]} times" for row in twice)
            raise DataError(
                f"{self.source} has more than one row for a grain of fact '{self.name}'. "
                f"{', '.join(self.grain)}: {examples}. Name what tells them apart, or keep one in a SQL node."
            )

    def _check_columns(self, schema: dict[str, str], dimensions: Mapping[str, Mapping[str, str]]) -> None:
        check_columns(self.columns, schema, self.source)
        made = [f"{role}_{kind}" for role in self.roles for kind in ("key", "version_key")]
        check_unique([*made, *self.columns], f"Fact '{self.name}' makes columns with the names")
        if self.at:
            check_time(schema[self.at], f"{self.source}.{self.at}", f"the time of fact '{self.name}'")
        for name, role in self.roles.items():
            check_columns(role.columns, schema, self.source)
            if role.dimension not in dimensions:
                hint = did_you_mean(role.dimension, dimensions)
                raise DataError(
                    f"Role '{name}' of fact '{self.name}' needs dimension '{role.dimension}', which is not given.{hint}"
                )
            check_version(role.dimension, dimensions[role.dimension])
            keys = natural_key(role, dimensions[role.dimension])
            if is_of_minutes(keys):
                check_moment(schema[role.columns[0]], f"{self.source}.{role.columns[0]}", role.dimension)
                continue
            for column, (key, kind) in zip(role.columns, keys.items(), strict=True):
                found = "DATE" if kind == "DATE" and schema[column] == "TIMESTAMP" else schema[column]
                check_alike(found, kind, f"{self.source}.{column}", f"dim_{role.dimension}.{key}")
