"""What a save takes of the incoming rows, and what it notes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedro_faucet.engines import Engine, Table
from kedro_faucet.storage.intake.audit import audited
from kedro_faucet.storage.intake.new_files import new_files
from kedro_faucet.storage.intake.policy import Policy, admitted
from kedro_faucet.storage.intake.reload import Range, reload
from kedro_faucet.storage.modes import Change
from kedro_faucet.storage.schema import conform

if TYPE_CHECKING:
    from kedro_faucet.storage.incremental import Incremental


@dataclass(frozen=True)
class Intake:
    """What a resource's entry says of incoming rows.

    Args:
        increment: which rows are new by a cursor; none: all.
        by_files: whether instead the files that the table does not have yet are taken.
        again: whether a changed file is taken again.
        policy: what becomes of columns and values that the table was not made for.
        audit: the audit columns.
        put_aside: keeps rows that the table does not take.
    """

    increment: Incremental | None = None
    by_files: bool = False
    again: bool = False
    policy: Policy = "evolve"
    audit: tuple[str, ...] = ()
    put_aside: Callable[[Table], None] = lambda rejected: None

    @property
    def takes_all(self) -> bool:
        """Whether rows are taken as they come, whatever the table is."""
        return self.increment is None and not self.by_files and self.policy == "evolve"

    def rows(self, engine: Engine, old: Table | None, new: Table, highest: Table | None = None) -> Table | None:
        """Return the rows that are taken; nothing if no file is new.

        Args:
            engine: whose tables they are.
            old: the table as it is; none where there is none yet.
            new: the incoming rows.
            highest: of a database's table the highest cursor, where that is cheaper to ask.

        Raises:
            DataError: if rows are refused.
        """
        if self.by_files:
            found = new_files(engine, old, new, again=self.again)
            if found is None:
                return None
            new = found
        elif self.increment:
            new = self.increment.filter(engine, old if highest is None else highest, new)
        if self.audit:
            new = audited(engine, new, self.audit)
        return new if old is None or self.policy == "evolve" else self._admitted(engine, old, new)

    def reload(self, engine: Engine, old: Table | None, new: Table, which: str, key: Sequence[str]) -> Change | None:
        """Return the table with a range of cursors replaced by what the source has of it now."""
        assert self.increment is not None
        rows = audited(engine, new, self.audit) if self.audit else new
        return reload(engine, old, rows, self.increment.cursor, Range.of(which), key)

    def _admitted(self, engine: Engine, old: Table, new: Table) -> Table:
        rows, rejected = admitted(engine, old, new, self.policy)
        if rejected is not None:
            self.put_aside(rejected)
        return conform(engine, old, rows)
