"""Clean: several steps of column hygiene as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Protocol

from kedro_faucet.engines import Table
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.hygiene.cast import Cast
from kedro_faucet.nodes.hygiene.secret import Secret
from kedro_faucet.nodes.lineage import Traced, tell


class Step(Protocol):
    """A brick from one table to another, that can show its SQL."""

    @property
    def build(self) -> Any:
        """The function from table to table."""
        ...

    def sql(self) -> str:
        """Return the SQL that a preview shows."""
        ...


@dataclass(frozen=True)
class Clean:
    """Do several steps of hygiene, one after the other.

    >>> from kedro_faucet.engines import connect
    >>> from kedro_faucet.nodes.hygiene import Cast, CleanNames, Mask
    >>> engine = connect()
    >>> raw = engine.sql("select '7' as \\"Order ID\\", 'ada@example.org' as \\"E-Mail\\"")
    >>> made = Clean([CleanNames(), Cast({"order_id": "BIGINT"}), Mask(email=["e_mail"])]).build(raw)
    >>> made.columns, engine.rows(made)
    (['order_id', 'e_mail'], [(7, 'a***@example.org')])

    Args:
        steps: the bricks.

    Raises:
        ConfigError: if there is none, or a ``Cast`` that rejects rows is not the last one.
    """

    steps: Sequence[Step]

    def __post_init__(self) -> None:
        """Check the steps."""
        if not self.steps:
            raise ConfigError("Clean needs a step, as CleanNames().")
        if any(_rejects(step) for step in self.steps[:-1]):
            raise ConfigError("A Cast(invalid='reject') has two results: let it be the last step.")

    @property
    def rejects(self) -> bool:
        """Whether the result is two tables."""
        return _rejects(self.steps[-1])

    def build(self, table: Table, secret: Secret | None = None) -> Any:
        """Return what the last step makes.

        Args:
            table: the rows.
            secret: the secret of steps that need one; default: that of the environment.
        """
        for step in self.steps:
            keyed = "secret" in signature(step.build).parameters
            table = step.build(table, secret) if keyed else step.build(table)
        return table

    def lineage(self, table: Traced, secret: object = None) -> Any:
        """Return the columns of what the last step makes."""
        made: Any = table
        for step in self.steps:
            made = tell(step, made)
        return made

    def sql(self) -> str:
        """Return the SQL of all steps, for a preview."""
        return "\n\n".join(f"-- {type(step).__name__}\n{step.sql()}" for step in self.steps)


def _rejects(step: Step) -> bool:
    return isinstance(step, Cast) and step.invalid == "reject"
