"""What a save takes of the incoming rows, and what it notes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedro_faucet.config.run import current_run
from kedro_faucet.engines import Engine, Table
from kedro_faucet.storage.change import Change
from kedro_faucet.storage.intake.audit import audited
from kedro_faucet.storage.intake.deletes import delete_missing
from kedro_faucet.storage.intake.new_files import new_files
from kedro_faucet.storage.intake.policy import Policy, admitted
from kedro_faucet.storage.intake.reload import Range, again, reload
from kedro_faucet.storage.modes import Writer
from kedro_faucet.storage.schema import conform

if TYPE_CHECKING:
    from kedro_faucet.storage.intake.incremental import Incremental


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
        deletes: whether rows are deleted whose keys the source has no more.
    """

    increment: Incremental | None = None
    by_files: bool = False
    again: bool = False
    policy: Policy = "evolve"
    audit: tuple[str, ...] = ()
    put_aside: Callable[[Table], None] = lambda rejected: None
    deletes: bool = False

    @property
    def takes_all(self) -> bool:
        """Whether rows are taken as they come, whatever the table is."""
        return self.increment is None and not self.by_files and self.policy == "evolve"

    @property
    def deleting(self) -> bool:
        """Whether this save deletes rows whose keys the source has no more."""
        return self.deletes or current_run().deletes

    @property
    def reloaded(self) -> Range | None:
        """The range of cursors that the run loads again.

        Raises:
            ResourceError: if it asks for what is none.
        """
        asked = current_run().reload if self.increment else None
        return Range.of(asked) if asked else None

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
        elif self.increment and (which := self.reloaded):
            new = again(engine, old, new, self.increment.cursor, which)
        elif self.increment:
            new = self.increment.filter(engine, old if highest is None else highest, new)
        if self.audit:
            new = audited(engine, new, self.audit)
        return new if old is None or self.policy == "evolve" else self._admitted(engine, old, new)

    def change(
        self, engine: Engine, *, old: Table | None, new: Table, write: Writer, key: Sequence[str] = ()
    ) -> Change | None:
        """Return what becomes of a table, also by what the run was asked for: a range again, or deletes.

        Args:
            engine: whose tables they are.
            old: the table as it is; none where there is none yet.
            new: the incoming rows.
            write: the write mode.
            key: for a merge: the columns that tell rows apart.

        Raises:
            DataError: if rows are refused.
        """
        rows = self.rows(engine, old, new)
        if self.increment and (which := self.reloaded) and rows is not None:
            return reload(engine, old, rows, self.increment.cursor, which, write)
        found = None if rows is None else write(engine, old, rows)
        if not key or not self.deleting:
            return found
        return delete_missing(engine, old, found, new, key, most=current_run().deletes)

    def _admitted(self, engine: Engine, old: Table, new: Table) -> Table:
        rows, rejected = admitted(engine, old, new, self.policy)
        if rejected is not None:
            self.put_aside(rejected)
        return conform(engine, old, rows)
