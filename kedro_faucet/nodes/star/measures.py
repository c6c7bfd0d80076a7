"""Measures: what a cube counts, kept as parts that can be added up again; ratios are derived when they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from kedro_faucet.engines import quote
from kedro_faucet.engines.dialect.expressions import columns_in, with_columns
from kedro_faucet.exceptions import ConfigError, DataError

_FLOATS = ("FLOAT", "DOUBLE")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


@dataclass(frozen=True)
class Part:
    """A column of a cube: an aggregate of the fact, and the aggregate that rolls it up (None: nothing does).

    Args:
        name: the column's name.
        aggregate: the function of the fact's rows.
        again: the function of cells.
        column: the fact's column; None for its rows.
        times: another column that it is multiplied by.
        where: SQL of the fact's columns: which rows count.
    """

    name: str
    aggregate: str
    again: str | None
    column: str | None = None
    times: str | None = None
    where: str | None = None

    @property
    def columns(self) -> list[str]:
        """The fact's columns that it needs."""
        own = [column for column in (self.column, self.times) if column]
        return list(dict.fromkeys([*own, *(columns_in(self.where) if self.where else ())]))

    def from_fact(self, types: Mapping[str, str], table: str = "fact", keys: Collection[str] | None = None) -> str:
        """Return the aggregate of the rows of a fact whose columns have these types.

        >>> Part("distance_sum", "sum", "sum", "distance").from_fact({"distance": "INTEGER"})
        'cast(sum(fact."distance") as BIGINT) as "distance_sum"'

        Args:
            types: the types of the fact's columns.
            table: what the SQL calls the fact.
            keys: the columns that hold members' keys; None for those called ``…_key`` that the fact begins with.
        """
        return self.over(lambda column: value_of(column, types, table, keys), types)

    def over(self, named: Callable[[str], str], types: Mapping[str, str]) -> str:
        """Return the aggregate, given the SQL of each column."""
        distinct = "distinct " if self.again is None else ""
        return self._typed(f"{self.aggregate}({distinct}{self._value(named, types)})", self.kind(types))

    def _value(self, named: Callable[[str], str], types: Mapping[str, str]) -> str:
        def factor(column: str) -> str:
            """Return a factor; a product of integers has more digits than either."""
            return f"cast({named(column)} as decimal(19,0))" if types.get(column) in _INTEGERS else named(column)

        if self.column and self.times:
            value = f"{factor(self.column)} * {factor(self.times)}"
        else:
            value = named(self.column) if self.column else "1" if self.where else "*"
        return f"case when {with_columns(self.where, named)} then {value} end" if self.where else value

    def from_cells(self, kind: str) -> str:
        """Return the aggregate of finer cells."""
        again = f"{self.again}({quote(self.name)})"
        # No cells at all make no sum; the count of no rows is 0.
        return self._typed(f"coalesce({again}, 0)" if self.aggregate == "count" else again, kind)

    def kind(self, types: Mapping[str, str]) -> str:
        """Return the part's type, which is the same on both engines; nothing where the column's is not known."""
        if self.aggregate == "count":
            return "BIGINT"
        kinds = [types.get(column or "", "") for column in (self.column, self.times) if column]
        if self.aggregate != "sum" or not all(kinds):
            return kinds[0] if all(kinds) else ""
        if all(kind in _INTEGERS for kind in kinds):
            return "DECIMAL(38,0)" if self.times else "BIGINT"
        scales = [_scale(kind) for kind in kinds]
        return "DOUBLE" if None in scales else f"DECIMAL(38,{sum(scale or 0 for scale in scales)})"

    def _typed(self, aggregate: str, kind: str) -> str:
        return f"{f'cast({aggregate} as {kind})' if kind else aggregate} as {quote(self.name)}"


def parts_of(measures: Iterable[Measure], where: str) -> list[Part]:
    """Return the columns of measures, each once.

    Raises:
        ConfigError: if two measures, or parts of them, would be one column and are not the same.
    """
    found: dict[str, tuple[object, Measure]] = {}
    for measure in dict.fromkeys(measures):
        own = {part.name: part for part in measure.parts}
        for name, made in {measure.name: measure, **own}.items():
            # Engines do not tell names by their case.
            known, other = found.setdefault(name.lower(), (made, measure))
            if known != made:
                raise ConfigError(
                    f"{where}: {other} and {measure} would both be the column '{name}': call one otherwise."
                )
    return [part for part, _ in found.values() if isinstance(part, Part)]


def check_sums(measures: Collection[Measure], types: Mapping[str, str], where: str) -> None:
    """Refuse to add up what is no number.

    Raises:
        DataError: with the measure and what to ask for instead.
    """
    for measure in measures:
        for part in measure.parts:
            for column in (part.column, part.times) if part.aggregate == "sum" else ():
                if column and types[column] not in (*_INTEGERS, *_FLOATS) and not types[column].startswith("DECIMAL"):
                    raise DataError(
                        f"{where}: {measure} adds up '{column}', which is a {types[column]}: ask for "
                        f"Count('{column}') or CountDistinct('{column}'), or cast it to a number in a SQL node."
                    )


def _scale(kind: str) -> int | None:
    """Return the digits after the point of an exact type."""
    if kind.startswith("DECIMAL"):
        return int(kind.removesuffix(")").split(",")[1])
    return 0 if kind in _INTEGERS else None


def value_of(column: str, types: Mapping[str, str], table: str, keys: Collection[str] | None = None) -> str:
    """Return the SQL of a column's value that counts: of a key, not that of the members missing and invalid.

    >>> value_of("origin_key", {"origin_key": "BIGINT"}, "fact")
    'case when fact."origin_key" > 0 then fact."origin_key" end'
    """
    value = f"{table}.{quote(column)}"
    if keys is None:
        keys = list(takewhile(lambda name: name.endswith("_key") and types[name] in _INTEGERS, types))
    return f"case when {value} > 0 then {value} end" if column in keys else value


@dataclass(frozen=True)
class Measure:
    """What all measures can do."""

    additive: ClassVar[bool] = True
    from_zero: ClassVar[bool] = False
    """Whether nothing happening makes a zero, as of sums and counts."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The fact's columns that it needs."""
        return tuple(dict.fromkeys(column for part in self.parts for column in part.columns))

    @property
    def name(self) -> str:
        """The column that a reader sees."""
        return self.parts[0].name

    @property
    def parts(self) -> tuple[Part, ...]:
        """The columns that a cube stores."""
        raise NotImplementedError

    def derived(self, prefix: str = "") -> str:
        """Return the SQL that gives a reader the measure from its parts, whose names may have a prefix."""
        return quote(prefix + self.name)


@dataclass(frozen=True)
class Sum(Measure):
    """The sum of a column.

    >>> Sum("distance").name
    'distance_sum'
    """

    from_zero: ClassVar[bool] = True
    column: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """The sum."""
        return (Part(f"{self.column}_sum", "sum", "sum", self.column),)


@dataclass(frozen=True)
class Mean(Measure):
    """One sum divided by another."""

    def derived(self, prefix: str = "") -> str:
        """Return the quotient of the parts."""
        total, weight = (quote(prefix + part.name) for part in self.parts)
        return f"safe_divide({total}, {weight})"


@dataclass(frozen=True)
class Average(Mean):
    """The mean of a column where it is not NULL; a cube stores its sum and its count.

    >>> Average("dep_delay").name, [part.name for part in Average("dep_delay").parts]
    ('dep_delay_average', ['dep_delay_sum', 'dep_delay_count'])
    """

    column: str

    @property
    def name(self) -> str:
        """The column that a reader sees."""
        return f"{self.column}_average"

    @property
    def parts(self) -> tuple[Part, ...]:
        """The sum and the count."""
        return (
            Part(f"{self.column}_sum", "sum", "sum", self.column),
            Part(f"{self.column}_count", "count", "sum", self.column),
        )


@dataclass(frozen=True)
class Count(Measure):
    """The number of rows, or of those where a column is not NULL; of a role's key, of those that name a member.

    >>> Count().name, Count("dep_delay").name
    ('count', 'dep_delay_count')
    """

    from_zero: ClassVar[bool] = True
    column: str | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The count."""
        return (Part(f"{self.column}_count" if self.column else "count", "count", "sum", self.column),)


@dataclass(frozen=True)
class CountDistinct(Measure):
    """The exact number of different values in each cell; of a role's key, of members. Cells cannot be added up.

    >>> CountDistinct("tailnum").name
    'tailnum_distinct'
    """

    additive: ClassVar[bool] = False
    from_zero: ClassVar[bool] = True
    column: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """The count."""
        return (Part(f"{self.column}_distinct", "count", None, self.column),)


@dataclass(frozen=True)
class Min(Measure):
    """The least value of a column."""

    column: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """The least value."""
        return (Part(f"{self.column}_min", "min", "min", self.column),)


@dataclass(frozen=True)
class Max(Measure):
    """The greatest value of a column."""

    column: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """The greatest value."""
        return (Part(f"{self.column}_max", "max", "max", self.column),)
