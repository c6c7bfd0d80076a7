"""The rows that a save appends to a log, written as SELECTs over inputs called ``snapshot``, ``log``, ``changed``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kedro_faucet.engines import literal, quote
from kedro_faucet.nodes.history.log import (
    COLUMNS,
    KIND,
    KNOWN_AT,
    OPERATION,
    OWN,
    SEEN,
    SEQUENCE,
    VALID_FROM,
    VOID,
    listed,
    on_key,
    state,
)
from kedro_faucet.nodes.history.markers import Marker, Markers, absent


@dataclass(frozen=True)
class Rows:
    """Writes the SELECTs of one save.

    Args:
        key: the columns that tell the rows of a snapshot apart.
        types: the source's columns and their types, as the log has them after the save.
        given: the columns that are read from the snapshot; others are NULL.
        mark: the marker of the snapshot.
        old: the columns that are read from the log; none at the first save.
        markers: those that the log has.
    """

    key: Sequence[str]
    types: Mapping[str, str]
    given: Sequence[str]
    mark: Marker
    old: Sequence[str] = ()
    markers: Markers = field(default_factory=Markers)

    @property
    def columns(self) -> list[str]:
        """The source's columns: the key first, then the others."""
        return [*self.key, *self.others]

    @property
    def others(self) -> list[str]:
        """The source's columns without the key."""
        return [name for name in self.types if name not in self.key]

    @property
    def is_newest(self) -> bool:
        """Whether the snapshot is later than all that the log has, and tells of no other time."""
        return not self.mark.changes and all(mark.at < self.mark.at for mark in self.markers)

    def inserted(self) -> str:
        """Write all rows of the snapshot: what the first save appends."""
        return f"select {self.cast(self.given)}, {self.own(literal('insert'))} from snapshot"

    def marker(self, kind: str | None = None) -> str:
        """Write the marker: no key, but what is to be known of the snapshot."""
        told = literal("snapshot"), literal(kind or self.mark.kind), literal(self.mark.text())
        return f"select {self.cast([])}, {self.own(*told)}"

    def compared(self, marked: bool, guarded: Iterable[str] = ()) -> str:
        """Write what differs from the log's state at the snapshot's time.

        A partial snapshot keeps every key that it mentions, changed or not: what came later then stays right, whatever
        is saved late. At a time that is marked already, it is compared with what was kept at that time alone; one that
        replaces it also takes back what it alone mentioned.
        """
        kept = [*self.old, VALID_FROM]
        old = self._at(self.mark.at, kept) if marked and not self.mark.complete else state(self.key, kept, self.mark.at)
        whole = self.mark.complete or marked
        every = not self.mark.complete and (self.mark.replaces or not marked)
        where = "true" if every else " or ".join(self._differences(marked and not self.mark.replaces))
        keys = ", ".join(f"coalesce(new.{quote(name)}, old.{quote(name)}) as {quote(name)}" for name in self.key)
        gone = "delete" if self.mark.complete or not self.mark.replaces else VOID
        return f"""
            select {", ".join([keys, *([listed(self.others, "new")] if self.others else [])])},
                case when new._here is null then '{gone}' when old._here is null then 'insert' else 'update' end
                    as {OPERATION}{"".join(f", {each}" for each in self._moves(guarded))}
            from (select {self.cast(self.given)}, 1 as _here from snapshot) new
            {"full" if whole else "left"} join (
                select {self.cast(self.old)}, {VALID_FROM} as {quote(SEEN)}, 1 as _here from ({old}) was
            ) old on {on_key(self.key, "new", "old")}
            where {where}"""

    def _moves(self, guarded: Iterable[str]) -> list[str]:
        """Tell of some columns what they were, and whether they are another value now."""
        told = []
        for name in guarded:
            gap = absent(self.markers, name, f"old.{quote(SEEN)}")
            alive = " and ".join(["new._here = 1 and old._here = 1", *([f"not ({gap})"] if gap else [])])
            moved = f"case when {alive} and new.{quote(name)} is distinct from old.{quote(name)} then 1 else 0 end"
            told += [f"old.{quote(name)} as {quote(f'{name} was')}", f"{moved} as {quote(f'{name} moved')}"]
        return told

    def _differences(self, marked: bool) -> list[str]:
        """A NULL that is known differs from one where the snapshot before lacked the column."""
        differs = [f"new.{quote(name)} is distinct from old.{quote(name)}" for name in self.others]
        had = [] if marked else [name for name in self.others if name in self.mark.columns]
        unknown = [absent(self.markers, name, f"old.{quote(SEEN)}") for name in had]
        return ["new._here is null", "old._here is null", *differs, *filter(None, unknown)]

    def changed(self) -> str:
        """Write the changed rows, as the log keeps them."""
        return f"select {listed(self.columns)}, {self.own(OPERATION)} from changed"

    def all_reversed(self) -> list[str]:
        """Write what the changed keys were at the times at which what the snapshot changes ends."""
        return [self.reversed(at) for at in self._reached()]

    def _reached(self) -> list[datetime]:
        """Return for each column the time of the next complete snapshot that had it."""
        later = [mark for mark in self.markers if mark.complete and mark.at > self.mark.at]
        having = ([mark.at for mark in later if name in mark.columns][:1] for name in self.columns)
        return sorted({*(mark.at for mark in later[:1]), *(at for found in having for at in found)})

    def reversed(self, later: datetime) -> str:
        """Write what the changed keys were at the next complete snapshot, where the log does not say so yet."""
        operation = "case when old._here is null then 'delete' else 'update' end"
        others = [listed(self.others, "old")] if self.others else []
        return f"""
            select {", ".join([listed(self.key, "changed"), *others])}, {self.own(operation, at=later)}
            from changed left join (
                select {self.cast(self.old)}, 1 as _here from ({state(self.key, self.old, later)}) was
            ) old on {on_key(self.key, "changed", "old")}
            left join (select *, 1 as _there from ({self._at(later, self.key)}) was) told
                on {on_key(self.key, "changed", "told")}
            where told._there is null"""

    def undone(self) -> str:
        """Write the rows that take back all that the snapshot has."""
        rows = f"{self._at(self.mark.at, self.columns)} and {SEQUENCE} is null"
        return f"select {self.cast(self.old)}, '{VOID}' as {OPERATION} from ({rows}) was"

    def rewritten(self) -> str:
        """Write the whole log in the new types."""
        return f"select {self.cast(self.old)}, {listed(OWN)} from written"

    def _at(self, at: datetime, columns: Iterable[str]) -> str:
        return f"select {listed(columns)} from log where {KIND} is null and {VALID_FROM} = {literal(at)}"

    def own(
        self,
        operation: str,
        kind: str = "NULL",
        told: str = "NULL",
        at: datetime | str | None = None,
        sequence: str = "NULL",
    ) -> str:
        """List the log's own columns with their values, which are SQL."""
        time = at if isinstance(at, str) else literal(at or self.mark.at)
        values = {VALID_FROM: time, OPERATION: operation, KIND: kind, COLUMNS: told, SEQUENCE: sequence}
        values[KNOWN_AT] = literal(self.mark.known_at) if self.mark.known_at else "NULL"
        return ", ".join(f"cast({values[name]} as {kind}) as {name}" for name, kind in OWN.items())

    def _named(self, names: Iterable[str], present: Sequence[str] | None = None) -> list[tuple[str, str]]:
        """Return columns with their values in their types; those that are not present are NULL."""
        given = self.given if present is None else present
        return [(name, f"cast({quote(name) if name in given else 'NULL'} as {self.types[name]})") for name in names]

    def cast(self, present: Sequence[str]) -> str:
        """List all columns in their types; those that are not present are NULL."""
        return ", ".join(f"{value} as {quote(name)}" for name, value in self._named(self.columns, present))
