"""A cube: the cells of every grouping set over one fact, made in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.cube.definition import CubeDefinition, column_of
from kedro_faucet.nodes.cube.rollup import rollup
from kedro_faucet.nodes.star.keys import check_columns
from kedro_faucet.nodes.star.measures import Measure


@dataclass(frozen=True)
class Cube(CubeDefinition):
    """Measures of a fact by every set of some attributes.

    >>> from kedro_faucet.engines import connect
    >>> from kedro_faucet.nodes.star import Average, Count
    >>> engine = connect()
    >>> flights = engine.sql("select 'JFK' as origin, 'AA' as carrier, 5 as delay union all select 'LGA', 'AA', 10")
    >>> cube = Cube("delays", fact="flight", by=["origin", "carrier"], measures=[Count(), Average("delay")])
    >>> cells = cube.build(flights)
    >>> cells.columns
    ['grouping_id', 'origin', 'carrier', 'count', 'delay_sum', 'delay_count']
    >>> engine.rows(cube.select(cells, by=["carrier"]))
    [('AA', 2, 7.5)]

    A cell keeps the parts that can be added up: sums and counts, never a ratio. ``grouping_id`` tells which attributes
    a cell is over all values of (one bit each, the last attribute's is 1), so that NULL is a value like any other.

    Args:
        name: the cube's name.
        fact: the name of the fact.
        by: attributes of the roles' members, written ``role.attribute`` (the column is ``role_attribute``), and columns
            of the fact itself. Where a dimension has versions, members are as they were at the fact's time; as they
            are now where the fact has none.
        measures: what is counted.
        sets: the sets of attributes: None for all of them, ``"rollup"`` for each beginning of ``by`` (a hierarchy), or
            a list of lists.
        dimensions: the dimension of each role that is not called after its own; a star schema fills it in.

    Raises:
        ConfigError: if a name cannot be one, an attribute is in no set, or a set names one that is not in ``by``.
        DataError: if the fact or a dimension lacks a column.
    """

    def build(self, fact: Table, **roles: Table) -> Table:
        """Return the cells; they are computed when they are saved or read.

        Args:
            fact: the fact.
            roles: the dimensions by the names of the roles that they play.
        """
        engine = engine_of(fact)
        types = engine.schema(fact)
        self._check_columns(types, roles)
        versioned = [role for role in roles if f"{self._dimension(role)}_version_key" in roles[role].columns]
        named = {f"role_{name}": found for name, found in roles.items()}
        return engine.sql(self.sql(types, versioned), fact=fact, **named)

    def select(self, cells: Table, by: Sequence[str] = (), measures: Sequence[Measure] | None = None) -> Table:
        """Return the cells of one set of attributes, with ratios; rolled up from a finer set where it is not stored.

        Args:
            cells: what ``build`` made.
            by: the attributes; none for the total.
            measures: the measures; default: all of the cube's.

        Raises:
            DataError: if the cube cannot answer: an attribute or a measure that it lacks, or a distinct count that
                would have to be added up; the message names what can be asked.
        """
        return rollup(self, cells, by, self.measures if measures is None else measures)

    def sql(self, types: Mapping[str, str] | None = None, versioned: Sequence[str] = ()) -> str:
        """Return the SQL, given the types of the fact's columns and the roles whose dimensions have versions."""
        types = types or {}
        additive = all(measure.additive for measure in self.measures)
        finest = self._finest(types) if additive else self._rows()
        parts = [
            part.from_cells(part.kind(types)) if additive else part.from_fact(types, "cells") for part in self.parts
        ]
        sets = [_listed(quote(column_of(name)) for name in chosen) for chosen in self.grouping_sets]
        joins = [self._join(role, types, role in versioned) for role in self.roles]
        return "\n".join(
            [
                "with cells as (",
                _indented("select", _lines([*self._attributes(), *finest]), "from fact", *joins),
                *([f"    group by {_listed(map(self._attribute, self.by))}"] if additive else []),
                ")",
                "select",
                _indented(
                    f"{self._grouping_id()} as grouping_id,",
                    *(f"{quote(name)}," for name in self.columns),
                    _lines(parts),
                ),
                "from cells",
                "group by grouping sets (",
                _indented(_lines(f"({chosen})" for chosen in sets)),
                ")",
                # Of no rows at all, one engine would make a total and the other none.
                "having count(*) > 0",
            ]
        )

    def _finest(self, types: Mapping[str, str]) -> list[str]:
        """Return the parts of the finest cells: what can be added up is counted once, and not again for every set."""
        return [part.from_fact(types) for part in self.parts]

    def _rows(self) -> list[str]:
        """Return the measures' columns: different values have to be counted anew for every set."""
        return list(
            dict.fromkeys(
                f"fact.{quote(column)}" for part in self.parts if (column := part.column) and column not in self.by
            )
        )

    def _grouping_id(self) -> str:
        powers = range(len(self.by) - 1, -1, -1)
        bits = (f"grouping({quote(name)}) * {1 << power}" for name, power in zip(self.columns, powers, strict=True))
        return f"cast({' + '.join(bits)} as integer)"

    def _attributes(self) -> list[str]:
        return [f"{self._attribute(name)} as {quote(column_of(name))}" for name in self.by]

    def _attribute(self, name: str) -> str:
        role, _, attribute = name.rpartition(".")
        return f"role_{role}.{quote(attribute)}" if role else f"fact.{quote(attribute)}"

    def _join(self, role: str, types: Mapping[str, str], versioned: bool) -> str:
        """Return the SQL that finds a member: the version that the fact found at its time, else the newest one."""
        found = versioned and f"{role}_version_key" in types
        kind = "version_key" if found else "key"
        key, table = quote(f"{self._dimension(role)}_{kind}"), f"role_{role}"
        if versioned and not found:
            newest = f"row_number() over (partition by {key} order by valid_from desc) = 1"
            table = f"(select * from role_{role} qualify {newest}) as role_{role}"
        return f"left join {table} on role_{role}.{key} = fact.{quote(f'{role}_{kind}')}"

    def _dimension(self, role: str) -> str:
        return self.dimensions.get(role, role)

    def _check_columns(self, fact: Mapping[str, str], roles: Mapping[str, Table]) -> None:
        where = f"fact '{self.fact}'"
        own = [name for name in self.by if "." not in name]
        measured = [column for measure in self.measures for column in measure.columns]
        check_columns([*own, *measured, *(f"{role}_key" for role in self.roles)], fact, f"Cube '{self.name}': {where}")
        for name in self.by:
            role, _, attribute = name.rpartition(".")
            if role and role not in roles:
                raise DataError(
                    f"Cube '{self.name}' needs the dimension that plays '{role}'.{did_you_mean(role, roles)}"
                )
            if role:
                check_columns([attribute], roles[role].columns, f"Cube '{self.name}': role '{role}'")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _lines(names: Iterable[str]) -> str:
    return ",\n".join(names)


def _indented(*lines: str) -> str:
    return indent("\n".join(lines), "    ")
