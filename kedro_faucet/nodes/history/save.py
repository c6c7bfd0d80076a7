"""What a snapshot adds to a history's log: a row for each key that changed, and one marker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kedro_faucet.config.run import current_run
from kedro_faucet.engines import Table, engine_of
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history import checks
from kedro_faucet.nodes.history.feed import (
    Changes,
    Feed,
    ended_again,
    filled,
    refuse_columns,
    refuse_rows,
    refuse_ties,
    told_truncations,
    warn_of_order,
    with_ends,
)
from kedro_faucet.nodes.history.log import checksum, complete, names, near, settled, source_types
from kedro_faucet.nodes.history.markers import UNDONE, Marker, Markers, kept_key, read_markers
from kedro_faucet.nodes.history.rows import Rows
from kedro_faucet.nodes.history.snapshot import Snapshot, utc
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
        replace: whether each snapshot takes the place of another one at its time.
        feed: which columns tell changes that are valid from times of their own.
        max_changes: for a column, the share of the keys that stay of which one snapshot may change it.
    """

    key: str | Sequence[str] = ()
    complete: bool = True
    max_deletes: float = 0.5
    dropped: str | Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    allow_empty: bool = False
    allow_future: bool = False
    replace: bool = False
    feed: Feed = field(default_factory=Feed)
    max_changes: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let one name stand for a list of one."""
        object.__setattr__(self, "key", names(self.key))
        object.__setattr__(self, "dropped", names(self.dropped))

    def knows(self, markers: Markers, snapshot: Snapshot) -> bool:
        """Tell whether a log has this very snapshot, by what its markers say alone.

        A snapshot out of a table of many is told of all that the log has, so that the others need not be looked at.

        Raises:
            DataError: if the log's key is another one.
        """
        if markers:
            kept_key(markers, names(self.key))
        if self.is_feed:
            sums = self._mark(snapshot, snapshot.columns).checksums
            return any(mark.feed and mark.checksums & sums for mark in markers)
        found = {at: mark for at, mark in markers.snapshots.items() if mark.complete == self.complete}
        snapshot.seen.update({} if self.replace else found)
        return snapshot.at in found and found[snapshot.at].answers(
            self._mark(snapshot, self.feed.kept(snapshot.columns))
        )

    @property
    def is_feed(self) -> bool:
        """Whether rows tell changes alone: nothing of keys that are not among them, and nothing of a common time."""
        return bool(self.feed.changed_at) and not self.complete

    def addition(self, log: Table | None, snapshot: Snapshot, markers: Markers | None = None) -> Addition | None:
        """Return what to append to a log, or None if it has this very snapshot already.

        Args:
            log: the log as it is; None before the first save.
            snapshot: what to save.
            markers: those of the log, where they were read before.

        Raises:
            DataError: if the snapshot is refused; the message says why.
        """
        if markers is None:
            markers = Markers() if log is None else read_markers(engine_of(log), log)
        rules = replace(self, key=kept_key(markers, names(self.key)))
        engine, told = engine_of(snapshot.table), snapshot.table
        checks.check_names(told.columns)
        if self.is_feed:
            mark = Marker(snapshot.at, False, ())
            told = filled(engine, Changes(names(rules.key), {}, (), mark, (), markers, self.feed), told, log)
            if not self.feed.kept(told.columns):
                return None  # messages that tell of no row
        checks.check_options(told.columns, key=names(rules.key))
        table = self.feed.payload(engine, told) if self.feed.changed_at else told
        mark = replace(rules._mark(snapshot, tuple(table.columns)), known_at=markers.now())
        types = settle(engine, log, table, self.types)
        rows = Changes(rules.key, types.merged, types.given, mark, types.old, markers, self.feed)
        whole = None if log is None else complete(engine, log)
        if self.feed.changed_at:
            return rules._changed(rows, whole, told, table)
        rules._check(rows)
        if whole is None:
            return rules._first(rows, table)
        return rules._added(rows, whole, rules._told(rows, whole), table)

    def _check(self, rows: Rows) -> None:
        checks.check_time(rows.mark.at, self.allow_future)
        checks.check_columns(rows.mark, rows.markers, names(self.dropped))

    def _told(self, rows: Rows, log: Table) -> Table:
        """Return what is to be read of a log: of the newest snapshot what its keys were last, else all."""
        engine = engine_of(log)
        if rows.markers.tied:
            return settled(engine, log, self.key)
        return near(engine, log) if rows.is_newest else log

    def _mark(self, snapshot: Snapshot, columns: Sequence[str]) -> Marker:
        if not (found := snapshot.checksum):
            engine = engine_of(snapshot.table)
            refuse_nested(engine.schema(snapshot.table))
            found = checksum(engine, snapshot.table)
        return Marker(
            snapshot.at,
            self.complete,
            tuple(columns),
            names(self.key),
            frozenset({found}),
            replaces=self.replace or snapshot.replace,
            changes=bool(self.feed.changed_at),
            feed=self.is_feed,
            run=current_run().id,
        )

    def _changed(self, rows: Changes, log: Table | None, told: Table, table: Table) -> Addition | None:
        """Add changes from times of their own; a complete snapshot is compared with what they give."""
        engine = engine_of(told)
        if rows.mark.replaces:
            raise DataError("A snapshot that replaces another is compared as a whole: save it without changed_at.")
        found = refuse_rows(engine, rows, told, rows.mark.at if self.complete else None)
        ends = told_truncations(engine, rows, told) if found.truncates else ()
        if self.is_feed:
            if not found.last:
                return None
            rows = replace(rows, mark=replace(rows.mark, at=utc(found.last), truncated=ends))
        else:
            counted = checks.count(engine, self.key, table)
            checks.refuse_keys(engine, table, self.key, counted.refused, rows.mark.at)
            checks.refuse_empty(counted, self.allow_empty, rows.mark.at)
        self._check(rows)
        before = {} if log is None else {"log": self._told(rows, log)}
        changes = with_ends(engine, rows, engine.sql(rows.told(), snapshot=told), log, ends)
        inputs = {"told": changes, **({} if log is None else {"log": log})}
        fresh = engine.persist(engine.sql(rows.fresh(log is None), **inputs))
        refuse_ties(engine, rows, fresh)
        refuse_columns(engine, rows, fresh)
        warn_of_order(engine, rows, fresh, log)
        is_ended = log is not None and any(mark.complete for mark in rows.markers)
        query = " union all ".join([rows.appended(), *([rows.ended()] if is_ended else [])])
        added = engine.persist(engine.sql(query, changed=fresh, **(before if is_ended else {})))
        if log is None:
            return Addition(engine.sql(f"select * from added union all {rows.marker()}", added=added))
        if self.is_feed:
            return _addition(rows, log, [], {"added": added})
        both = engine.sql(f"{rows.rewritten()} union all select * from added", written=log, added=added)
        given = replace(rows, old=tuple(rows.columns))
        return self._added(given, log, settled(engine, both, self.key), table, {"added": added})

    def _first(self, rows: Rows, table: Table) -> Addition:
        engine = engine_of(table)
        found = checks.count(engine, self.key, table)
        checks.refuse_keys(engine, table, self.key, found.refused, rows.mark.at)
        checks.refuse_empty(found, self.allow_empty or not self.complete, rows.mark.at)
        return Addition(engine.sql(f"{rows.inserted()} union all {rows.marker()}", snapshot=table))

    def _added(
        self, rows: Changes, log: Table, told: Table, table: Table, more: Mapping[str, Table] | None = None
    ) -> Addition | None:
        engine = engine_of(log)
        if not any(mark.key for mark in rows.markers):
            checks.refuse_other_key(engine, log, self.key)
        known = rows.markers.at(rows.mark.at)
        if known and known.replaces and not rows.mark.replaces:
            return _addition(rows, log, [], {})  # what was replaced before it came: it is noted, and that is all
        changed = engine.persist(
            engine.sql(rows.compared(known is not None, self._limits(rows)), log=told, snapshot=table)
        )
        found = checks.count(engine, self.key, table, changed)
        checks.refuse_keys(engine, table, self.key, found.refused, rows.mark.at)
        if known and not (rows.mark.replaces and known.complete == self.complete):
            return self._again(rows, log, known, found.changed)
        if self.complete:
            checks.refuse_empty(found, self.allow_empty, rows.mark.at)
            checks.refuse_deletes(engine, changed, self.key, found, self.max_deletes, rows.mark.at)
        checks.refuse_changes(engine, changed, self.key, found, self._limits(rows), rows.mark.at)
        later = [*rows.all_reversed(), *([] if more else ended_again(rows))]  # changes end by themselves
        inputs = {"changed": changed, **({"log": told} if later else {}), **(more or {})}
        return _addition(rows, log, [rows.changed(), *later], inputs)

    def _limits(self, rows: Rows) -> Mapping[str, float]:
        checks.check_options(rows.others, max_changes=list(self.max_changes))
        return self.max_changes

    def _again(self, rows: Rows, log: Table, known: Marker, changed: int) -> Addition | None:
        """Refuse another snapshot at a time that has one; of the same, keep what the log does not know of it yet."""
        mark = rows.mark
        if known.complete != mark.complete:
            raise DataError(
                f"A {known.kind} snapshot was saved at {mark.at}, and this one is {mark.kind}: save it at a time of "
                "its own, or undo the other one first (kedro faucet history … undo TIME)."
            )
        if changed or set(known.columns) != set(mark.columns):
            raise DataError(
                f"Another snapshot was saved at {mark.at} already. Save this one at a time of its own; if it corrects "
                "the other one, replace that: Snapshot(table, at, replace=True), or replace: true in the entry."
            )
        return None if known.key and known.same(mark) else _addition(rows, log, [], {})


def undone(log: Table | None, at: datetime) -> Addition:
    """Return what to append to a log to take back the snapshot of a time, as if it had never been saved.

    Raises:
        DataError: if there is none.
    """
    if log is None:
        raise DataError("There is no snapshot yet.")
    engine = engine_of(log)
    log = complete(engine, log)
    markers = read_markers(engine, log)
    mark = markers.at(at)
    if mark is None:
        times = ", ".join(map(str, sorted(markers.snapshots, key=lambda each: abs(each - at))[:3]))
        raise DataError(
            f"No snapshot was saved at {at}; the nearest are those of {times or 'no time'}. (What a feed said "
            "is corrected by a change of a higher sequence.)"
        )
    key, types = kept_key(markers, ()), source_types(engine, log)
    rows = Rows(key, types, (), replace(mark, known_at=markers.now()), tuple(types), markers)
    told = settled(engine, log, key) if markers.tied else log
    changed = engine.persist(engine.sql(rows.undone(), log=told))
    parts = [rows.changed(), *rows.all_reversed(), rows.marker(UNDONE)]
    return Addition(engine.sql(" union all ".join(parts), changed=changed, log=told))


def _addition(rows: Rows, log: Table, parts: Sequence[str], inputs: Mapping[str, Table]) -> Addition:
    """Return rows to append, with the marker; where a type changed, the whole log with them."""
    engine = engine_of(log)
    rewrite = any(rows.types[name] != kind for name, kind in source_types(engine, log).items())
    parts = [
        *parts,
        *(["select * from added"] if "added" in inputs else []),
        rows.marker(),
        *([rows.rewritten()] if rewrite else []),
    ]
    inputs = {**inputs, **({"written": log} if rewrite else {})}
    return Addition(engine.sql(" union all ".join(parts), **inputs), rewrite)
