"""What two tables differ in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Changed:
    """A column whose values differ.

    Args:
        column: its name.
        rows: in how many rows.
        examples: the key of some, with the value on the left and the one on the right.
    """

    column: str
    rows: int
    examples: tuple[tuple[Row, Any, Any], ...]


@dataclass(frozen=True)
class Differences:
    """What two tables differ in.

    Args:
        key: the columns that rows were told apart by; none where whole rows were counted.
        rows: how many each has.
        columns: the columns that only one of them has, with their types.
        types: the types of columns that both have, where they differ.
        uncompared: the columns of both whose values cannot be compared.
        only: how many rows only one of them has.
        only_examples: the key of some of them; where there is none, the row.
        changed: how many rows of one key differ.
        values: in what they do.
    """

    key: tuple[str, ...]
    rows: tuple[int, int]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    types: Mapping[str, tuple[str, str]]
    uncompared: tuple[str, ...]
    only: tuple[int, int]
    only_examples: tuple[tuple[Row, ...], tuple[Row, ...]]
    changed: int = 0
    values: tuple[Changed, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether they differ in nothing."""
        return not (any(self.columns) or self.types or any(self.only) or self.changed or self.uncompared)
