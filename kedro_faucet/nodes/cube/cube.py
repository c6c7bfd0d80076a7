"""A cube: the cells of every grouping set over one fact, made in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.cube.definition import TOTAL, CubeDefinition, column_of, place_of
from kedro_faucet.nodes.cube.join import Join, dimension_of
from kedro_faucet.nodes.cube.rollup import rollup
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.integrity import check_keys, check_version
from kedro_faucet.nodes.star.keys import check_columns
from kedro_faucet.nodes.star.measures import Measure, Part, check_sums, value_of


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
    ['grouping_id', 'grouping', 'origin', 'carrier', 'count', 'delay_sum', 'delay_count']
    >>> engine.rows(cube.select(cells, by=["carrier"]))
    [('AA', 2, 7.5)]

    A cell keeps the parts that can be added up: sums and counts, never a ratio. ``grouping`` names the columns that a
    cell is by (``origin, carrier``; ``total`` where it is by none), so that NULL is a value like any other;
    ``grouping_id`` has a bit for each of the others (the last attribute's is 1).

    Args:
        name: the cube's name.
        fact: the name of the fact.
        by: attributes of the roles' members, written ``role.attribute`` (the column is ``role_attribute``), and columns
            of the fact itself. Where a dimension has versions, members are as they were at the fact's time; as they
            are now where the fact has none, or where it is written ``role.latest.attribute``.
        measures: what is counted; of a key, the members missing and invalid are not.
        sets: the sets of attributes: None for all of them, ``"rollup"`` for each beginning of ``by`` (a hierarchy), or
            a list of lists.
        dimensions: the dimension of each role that is not called after its own; a star schema fills it in.
        keys: the columns of the fact that hold keys; a star schema fills it in; None for those called ``…_key`` that
            the fact begins with.

    Raises:
        ConfigError: if a name cannot be one, an attribute is in no set, or a set names one that is not in ``by``.
        DataError: if the fact or a dimension lacks a column, or the fact holds keys that a dimension lacks.
    """

    def build(self, fact: Table, **roles: Table) -> Table:
        """Return the cells; they are computed when they are saved or read.

        Args:
            fact: the fact.
            roles: the dimensions by the names of the roles that they play.
        """
        engine = engine_of(fact)
        types = {role: engine.schema(table) for role, table in roles.items()}
        self._check_columns(engine.schema(fact), types)
        joins = self._joins(engine.schema(fact), types)
        held = {join.own: (join.dimension, roles[join.role], join.key) for join in joins}
        check_keys(fact, f"Cube '{self.name}': fact '{self.fact}'", held)
        named = {f"role_{name}": roles[name] for name in self.roles}
        return engine.sql(self.sql(engine.schema(fact), types), fact=fact, **named)

    def lineage(self, fact: Traced, **roles: Traced) -> Traced:
        """Return the columns: attributes from the dimensions, parts of measures from the fact."""
        types = {role: table.schema for role, table in roles.items()}
        named = {f"role_{name}": roles[name] for name in self.roles}
        return trace(self.sql(fact.schema, types), {"fact": fact, **named})

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

    def sql(self, types: Mapping[str, str] | None = None, roles: Mapping[str, Mapping[str, str]] | None = None) -> str:
        """Return the SQL, given the types of the columns of the fact and of the dimensions by their roles."""
        types = types or {}
        additive = all(measure.additive for measure in self.measures)
        finest = [part.from_fact(types, keys=self.keys) for part in self.parts] if additive else self._rows(types)
        parts = [part.from_cells(part.kind(types)) if additive else self._counted(part, types) for part in self.parts]
        sets = [_listed(quote(column_of(name)) for name in chosen) for chosen in self.grouping_sets]
        joins = [join.sql() for join in self._joins(types, roles or {})]
        return "\n".join(
            [
                "with cells as (",
                _indented("select", _lines([*self._attributes(), *finest]), "from fact", *joins),
                *([f"    group by {_listed(map(self._attribute, self.by))}"] if additive else []),
                ")",
                "select",
                _indented(
                    f"{self._grouping_id()} as grouping_id,",
                    f"{self._grouping()} as {quote('grouping')},",
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

    def _rows(self, types: Mapping[str, str]) -> list[str]:
        """Return what the measures count of each row: different values have to be counted anew for every set."""
        columns = dict.fromkeys(column for part in self.parts for column in part.columns)
        return [f"{value_of(column, types, 'fact', self.keys)} as {quote(f'kf_{column}')}" for column in columns]

    def _counted(self, part: Part, types: Mapping[str, str]) -> str:
        """Return a measure over such rows."""
        return part.over(lambda column: f"cells.{quote(f'kf_{column}')}", types)

    def _grouping(self) -> str:
        """Return the SQL that names the columns which a cell is by."""
        names = (f"case when grouping({quote(name)}) = 0 then {literal(name)} end" for name in self.columns)
        return f"coalesce(nullif(concat_ws(', ', {_listed(names)}), ''), {literal(TOTAL)})"

    def _grouping_id(self) -> str:
        powers = range(len(self.by) - 1, -1, -1)
        bits = (f"grouping({quote(name)}) * {1 << power}" for name, power in zip(self.columns, powers, strict=True))
        return f"cast({' + '.join(bits)} as integer)"

    def _attributes(self) -> list[str]:
        return [f"{self._attribute(name)} as {quote(column_of(name))}" for name in self.by]

    def _attribute(self, name: str) -> str:
        table, column = place_of(name)
        return f"{table}.{quote(column)}"

    def _joins(self, fact: Mapping[str, str], types: Mapping[str, Mapping[str, str]]) -> list[Join]:
        """Return the joins; a role's dimension is the one that the cube says, else the one that it is given."""
        found = []
        for role, latest in self._played:
            known = types.get(role) or {f"{role}_key": "BIGINT", "member": "VARCHAR"}
            name = self.dimensions.get(role) or dimension_of(known, f"Cube '{self.name}': role '{role}'")
            check_version(name, known)
            found.append(Join(role, name, latest, known, fact))
            if role in types:
                check_columns([found[-1].key], known, f"Cube '{self.name}': role '{role}'")
        return found

    def _check_columns(self, fact: Mapping[str, str], roles: Mapping[str, Mapping[str, str]]) -> None:
        where = f"Cube '{self.name}': fact '{self.fact}'"
        own = [name for name in self.by if "." not in name]
        measured = [column for measure in self.measures for column in measure.columns]
        check_columns([*own, *measured, *(f"{role}_key" for role in self.roles)], fact, where)
        check_sums(self.measures, fact, where)
        for role, *_, attribute in (name.split(".") for name in self.by if name not in own):
            if role not in roles:
                raise DataError(
                    f"Cube '{self.name}' needs the dimension that plays '{role}'.{did_you_mean(role, roles)}"
                )
            check_columns([attribute], roles[role], f"Cube '{self.name}': role '{role}'")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _lines(names: Iterable[str]) -> str:
    return ",\n".join(names)


def _indented(*lines: str) -> str:
    return indent("\n".join(lines), "    ")
