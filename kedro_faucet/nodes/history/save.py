"""What a snapshot adds to a history's log: a row for each key that changed, and one marker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kedro_faucet.engines import Table, engine_of
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history import checks
from kedro_faucet.nodes.history.log import checksum, names, source_types
from kedro_faucet.nodes.history.markers import Marker, kept_key, read_markers
from kedro_faucet.nodes.history.rows import Rows
from kedro_faucet.nodes.history.snapshot import Snapshot
from kedro_faucet.nodes.history.types import refuse_nested, settle


@dataclass(frozen=True)
class Addition:
    """What a save writes, in one commit.

    Args:
        rows: the rows to append; where ``rewrite`` holds, the whole log with them.
        rewrite: whether a type changed, so that the log must be written anew.
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
        key: the columns that tell the rows of a snapshot apart; a log keeps its key, so it may be left out later.
        complete: whether a key that a snapshot lacks is deleted.
        max_deletes: the share of keys that one snapshot may delete.
        dropped: the columns that the source may lack from some time on.
        types: types that columns are to have for good.
        allow_empty: whether a complete snapshot may have no row.
        allow_future: whether a snapshot's time may be more than a day ahead.
    """

    key: str | Sequence[str] = ()
    complete: bool = True
    max_deletes: float = 0.5
    dropped: str | Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    allow_empty: bool = False
    allow_future: bool = False

    def __post_init__(self) -> None:
        """Let one name stand for a list of one."""
        object.__setattr__(self, "key", names(self.key))
        object.__setattr__(self, "dropped", names(self.dropped))

    def knows(self, markers: Sequence[Marker], snapshot: Snapshot) -> bool:
        """Tell whether a log has this very snapshot, by what its markers say alone.

        A snapshot out of a table of many is told of all that the log has, so that the others need not be looked at.

        Raises:
            DataError: if the log's key is another one.
        """
        if markers:
            kept_key(markers, names(self.key))
        found = {mark.at: mark for mark in markers if mark.complete == self.complete}
        snapshot.seen.update(found)
        return snapshot.at in found and found[snapshot.at].same(self._mark(snapshot))

    def addition(
        self, log: Table | None, snapshot: Snapshot, markers: Sequence[Marker] | None = None
    ) -> Addition | None:
        """Return what to append to a log, or None if it has this very snapshot already.

        Args:
            log: the log as it is; None before the first save.
            snapshot: what to save.
            markers: those of the log, where they were read before.

        Raises:
            DataError: if the snapshot is refused; the message says why.
        """
        if markers is None:
            markers = [] if log is None else read_markers(engine_of(log), log)
        rules = replace(self, key=kept_key(markers, names(self.key)))
        checks.check_time(snapshot.at, self.allow_future)
        checks.check_names(snapshot.table.columns)
        checks.check_options(snapshot.table.columns, key=names(rules.key))
        mark = rules._mark(snapshot)
        checks.check_columns(mark, markers, names(self.dropped))
        types = settle(engine_of(snapshot.table), log, snapshot.table, self.types)
        rows = Rows(rules.key, types.merged, types.given, mark, types.old, markers)
        return rules._first(rows, snapshot.table) if log is None else rules._added(rows, log, snapshot.table)

    def _mark(self, snapshot: Snapshot) -> Marker:
        if not (found := snapshot.checksum):
            engine = engine_of(snapshot.table)
            refuse_nested(engine.schema(snapshot.table))
            found = checksum(engine, snapshot.table)
        return Marker(snapshot.at, self.complete, snapshot.columns, names(self.key), frozenset({found}))

    def _first(self, rows: Rows, table: Table) -> Addition:
        engine = engine_of(table)
        found = checks.count(engine, self.key, table)
        checks.refuse_keys(engine, table, self.key, found.refused)
        checks.refuse_empty(found, self.allow_empty or not self.complete)
        return Addition(engine.sql(f"{rows.inserted()} union all {rows.marker()}", snapshot=table))

    def _added(self, rows: Rows, log: Table, table: Table) -> Addition | None:
        engine = engine_of(log)
        if not any(mark.key for mark in rows.markers):
            checks.refuse_other_key(engine, log, self.key)
        known = next((mark for mark in rows.markers if mark.at == rows.mark.at), None)
        changed = engine.persist(engine.sql(rows.compared(known is not None), log=log, snapshot=table))
        found = checks.count(engine, self.key, table, changed)
        checks.refuse_keys(engine, table, self.key, found.refused)
        if known:
            return self._again(rows, log, known, found.changed)
        if self.complete:
            checks.refuse_empty(found, self.allow_empty)
            checks.refuse_deletes(engine, changed, self.key, found, self.max_deletes)
        later = [rows.reversed(at) for at in _reached(rows)]
        inputs = {"changed": changed, **({"log": log} if later else {})}
        return _addition(rows, log, [rows.changed(), *later], inputs)

    def _again(self, rows: Rows, log: Table, known: Marker, changed: int) -> Addition | None:
        """Refuse another snapshot at a time that has one; of the same, keep what the log does not know of it yet."""
        mark = rows.mark
        if changed or known.complete != mark.complete or set(known.columns) != set(mark.columns):
            raise DataError(
                f"Another snapshot was saved at {mark.at} already. Save this one at a time of its own; to replace the "
                "other, restore the Delta table to its version before it, and save again what was saved since then."
            )
        return None if known.key and known.same(mark) else _addition(rows, log, [], {})


def _reached(rows: Rows) -> list[datetime]:
    """Return the times at which what a snapshot changes ends: for each column, the next complete one that had it."""
    later = [mark for mark in rows.markers if mark.complete and mark.at > rows.mark.at]
    having = ([mark.at for mark in later if name in mark.columns][:1] for name in rows.columns)
    return sorted({*(mark.at for mark in later[:1]), *(at for found in having for at in found)})


def _addition(rows: Rows, log: Table, parts: Sequence[str], inputs: Mapping[str, Table]) -> Addition:
    """Return rows to append, with the marker; where a type changed, the whole log with them."""
    engine = engine_of(log)
    rewrite = any(rows.types[name] != kind for name, kind in source_types(engine, log).items())
    parts = [*parts, rows.marker(), *([rows.rewritten()] if rewrite else [])]
    inputs = {**inputs, **({"log": log} if rewrite else {})}
    return Addition(engine.sql(" union all ".join(parts), **inputs), rewrite)
