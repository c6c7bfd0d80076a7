"""What a snapshot adds to a history's log: a row for each key that changed, and one marker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import (
    check_columns,
    check_names,
    check_options,
    count,
    merged_types,
    refuse_deletes,
    refuse_keys,
)
from kedro_faucet.nodes.history.log import Marker, names, read_markers, source_types
from kedro_faucet.nodes.history.rows import Rows
from kedro_faucet.nodes.history.snapshot import Snapshot


@dataclass(frozen=True)
class Addition:
    """What a save writes, in one commit.

    Args:
        rows: the rows to append; where ``rewrite`` holds, the whole log with them.
        rewrite: whether a type got wider, so that the log must be written anew.
    """

    rows: Table
    rewrite: bool = False


@dataclass(frozen=True)
class Comparison:
    """Compares snapshots with a log and says what to append; it writes nothing itself.

    Saving a snapshot at ``t`` appends a row at ``t`` for every key that differs from the state at ``t``. If a later
    complete snapshot was saved before, each of these keys also gets a row at the nearest one's time, with the state
    that held there: so the order in which snapshots are saved does not matter.

    Args:
        key: the columns that tell the rows of a snapshot apart.
        complete: whether a key that a snapshot lacks is deleted.
        max_deletes: the share of keys that one snapshot may delete.
    """

    key: str | Sequence[str]
    complete: bool = True
    max_deletes: float = 0.5

    def __post_init__(self) -> None:
        """Let one name stand for a list of one."""
        object.__setattr__(self, "key", names(self.key))

    def addition(self, log: Table | None, snapshot: Snapshot) -> Addition | None:
        """Return what to append to a log, or None if it has this very snapshot already.

        Args:
            log: the log as it is; None before the first save.
            snapshot: what to save.

        Raises:
            DataError: if the snapshot is refused; the message says why.
        """
        types = engine_of(snapshot.table).schema(snapshot.table)
        check_names(list(types))
        check_options(list(types), key=names(self.key))
        mark = Marker(snapshot.at, self.complete, tuple(types))
        if log is None:
            return self._first(Rows(self.key, merged_types({}, types), (), mark), snapshot.table)
        markers = read_markers(engine_of(log), log)
        check_columns(mark.columns, mark.at, markers)
        before = source_types(engine_of(log), log)
        rows = Rows(self.key, merged_types(before, types), list(before), mark)
        changed = self._changed(rows, log, snapshot.table, markers)
        if changed is None:
            return None
        widened = any(rows.types[name] != kind for name, kind in before.items())
        return self._next(rows, log, changed, markers, widened)

    def _first(self, rows: Rows, table: Table) -> Addition:
        engine = engine_of(table)
        refuse_keys(engine, table, self.key, count(engine, self.key, table).refused)
        return Addition(engine.sql(f"{rows.inserted()} union all {rows.marker()}", snapshot=table))

    def _changed(self, rows: Rows, log: Table, table: Table, markers: Sequence[Marker]) -> Table | None:
        """Return what differs, or None where this very snapshot was saved before."""
        engine = engine_of(log)
        known = [mark for mark in markers if mark.at == rows.mark.at]
        changed = engine.persist(engine.sql(rows.compared(bool(known)), log=log, snapshot=table))
        found = count(engine, self.key, table, changed)
        refuse_keys(engine, table, self.key, found.refused)
        if known:
            _refuse_another(known[0], rows.mark, found.changed)
            return None
        if self.complete:
            refuse_deletes(engine, changed, self.key, found, self.max_deletes)
        return changed

    def _next(self, rows: Rows, log: Table, changed: Table, markers: Sequence[Marker], widened: bool) -> Addition:
        later = [mark.at for mark in markers if mark.complete and mark.at > rows.mark.at][:1]
        parts = [rows.changed(), rows.marker(), *map(rows.reversed, later), *([rows.rewritten()] if widened else [])]
        inputs = {"changed": changed, **({"log": log} if later or widened else {})}
        return Addition(engine_of(log).sql(" union all ".join(parts), **inputs), widened)


def _refuse_another(known: Marker, mark: Marker, changed: int) -> None:
    """Refuse a snapshot at a time at which another one was saved."""
    if changed or known.complete != mark.complete or set(known.columns) != set(mark.columns):
        raise DataError(
            f"Another snapshot was saved at {mark.at} already. Save this one at a time of its own; to replace the "
            "other, restore the Delta table to its version before it, and save again what was saved since then."
        )
