"""Measures made of others: of some rows alone, by a weight, and one divided by another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kedro_faucet.engines import quote
from kedro_faucet.engines.dialect.expressions import columns_in
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.star.keys import check_name
from kedro_faucet.nodes.star.measures import Mean, Measure, Part, parts_of


@dataclass(frozen=True)
class Filtered(Measure):
    """A measure of some rows alone.

    >>> from kedro_faucet.nodes.star import Count
    >>> Filtered(Count(), where="dep_delay > 15", called="late").parts[0].name
    'late'

    Args:
        measure: what is counted.
        where: SQL of the fact's columns.
        called: the column that a reader sees.

    Raises:
        ConfigError: if the name cannot be one, or the condition is not of a row's own columns.
    """

    measure: Measure
    where: str
    called: str

    def __post_init__(self) -> None:
        """Check the name and the condition."""
        check_name(self.called, "measure")
        columns_in(self.where)

    @property
    def additive(self) -> bool:  # type: ignore[override]
        """Whether cells can be added up."""
        return self.measure.additive

    @property
    def from_zero(self) -> bool:  # type: ignore[override]
        """Whether nothing happening makes a zero."""
        return self.measure.from_zero

    @property
    def name(self) -> str:
        """The column that a reader sees."""
        return self.called

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those of the measure, of the rows that count."""
        return tuple(replace(part, name=self._name(part), where=self._both(part)) for part in self.measure.parts)

    def _name(self, part: Part) -> str:
        return self.called if self._is_stored else f"{self.called}_{part.name}"

    @property
    def _is_stored(self) -> bool:
        return [part.name for part in self.measure.parts] == [self.measure.name]

    def _both(self, part: Part) -> str:
        return f"({part.where}) and ({self.where})" if part.where else self.where

    def derived(self, prefix: str = "") -> str:
        """Return the measure of its own parts."""
        return quote(prefix + self.called) if self._is_stored else self.measure.derived(f"{prefix}{self.called}_")


@dataclass(frozen=True)
class Ratio(Measure):
    """One measure divided by another, of the same cell: never a mean of ratios; NULL where the second is 0.

    >>> from kedro_faucet.nodes.star import Count
    >>> Ratio(Filtered(Count(), "dep_delay > 15", "late"), Count("dep_delay"), called="late_share").derived()
    'safe_divide("late", "dep_delay_count")'

    Args:
        numerator: what is divided.
        denominator: what it is divided by.
        called: the column that a reader sees.

    Raises:
        ConfigError: if the name cannot be one.
    """

    numerator: Measure
    denominator: Measure
    called: str

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.called, "measure")
        if self.called.lower() in {part.name.lower() for part in self.parts}:
            raise ConfigError(f"The ratio '{self.called}' has a part of that name: call it otherwise.")

    @property
    def additive(self) -> bool:  # type: ignore[override]
        """Whether cells can be added up."""
        return self.numerator.additive and self.denominator.additive

    @property
    def name(self) -> str:
        """The column that a reader sees."""
        return self.called

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those of both measures."""
        return tuple(parts_of([self.numerator, self.denominator], f"The ratio '{self.called}'"))

    def derived(self, prefix: str = "") -> str:
        """Return the quotient."""
        return f"safe_divide({self.numerator.derived(prefix)}, {self.denominator.derived(prefix)})"


@dataclass(frozen=True)
class WeightedAverage(Mean):
    """The mean of a column by the weight of each row, where neither is NULL; NULL where the weights make 0.

    >>> WeightedAverage("price", weight="quantity").name
    'price_average_by_quantity'

    Args:
        column: the column; its products with the weights are exact where both are integers or decimals.
        weight: the column of the weights.
    """

    column: str
    weight: str

    @property
    def name(self) -> str:
        """The column that a reader sees."""
        return f"{self.column}_average_by_{self.weight}"

    @property
    def parts(self) -> tuple[Part, ...]:
        """The sum of the products, and that of the weights."""
        known = f"{quote(self.column)} is not null"
        return (
            Part(f"{self.column}_by_{self.weight}_sum", "sum", "sum", self.column, times=self.weight),
            Part(f"{self.weight}_of_{self.column}_sum", "sum", "sum", self.weight, where=known),
        )
