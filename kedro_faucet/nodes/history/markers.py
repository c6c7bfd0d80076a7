"""The markers of a history's log: which snapshots it has seen, and what is to be known of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from kedro_faucet.engines import Engine, Table, engine_of, literal
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.log import COLUMNS, KIND, KNOWN_AT, VALID_FROM, complete, near
from kedro_faucet.nodes.history.snapshot import Snapshot, utc

FEED = "feed"
"""The kind of a marker of changes: of one time there may be several."""
UNDONE = "undone"
"""The kind of a marker that takes back what was saved at its time."""


@dataclass(frozen=True)
class Marker:
    """One snapshot that was saved.

    Args:
        at: its time.
        complete: whether a key that it lacks was deleted.
        columns: the columns it had, in their order.
        key: the history's key; none in a log that knows none.
        checksums: what its rows sum up to, by each engine that saved it.
        known_at: when it was saved; nothing of what version 0.1.0 saved.
        replaces: whether it takes the place of others at its time, saved before or after it.
        stands: where it replaced others, its own checksums alone.
        changes: whether it holds changes that are valid from times of their own.
        feed: whether it is of changes alone, of which the last came at its time.
        truncated: of a feed, the times and sequences of changes that end all keys.
        run: the run that saved it.
    """

    at: datetime
    complete: bool
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    checksums: frozenset[str] = frozenset()
    known_at: datetime | None = None
    replaces: bool = False
    stands: frozenset[str] = frozenset()
    changes: bool = False
    feed: bool = False
    truncated: tuple[tuple[datetime, int], ...] = ()
    run: str | None = None

    @property
    def kind(self) -> str:
        """The word that the log keeps for it."""
        return FEED if self.feed else "full" if self.complete else "partial"

    def text(self) -> str:
        """Return what the log keeps of it beside its time and kind."""
        told = {"columns": self.columns, "key": self.key, "checksums": sorted(self.checksums)}
        flags = {name: True for name in ("replaces", "changes") if getattr(self, name)}
        ends = {"truncated": [(at.isoformat(), order) for at, order in self.truncated]} if self.truncated else {}
        return json.dumps({**told, **flags, **ends, **({"run": self.run} if self.run else {})})

    def same(self, other: Marker) -> bool:
        """Tell whether another marker is of the same rows, as far as their checksums tell."""
        alike = self.complete == other.complete and set(self.columns) == set(other.columns)
        return alike and bool(self.checksums & other.checksums)

    def answers(self, other: Marker) -> bool:
        """Tell whether saving another one at its time would change nothing: it is the same, or was replaced by it."""
        if other.replaces:
            return self.same(replace(other, checksums=other.checksums & (self.stands or self.checksums)))
        return self.same(other) or (self.replaces and bool(self.checksums & other.checksums))

    def after(self, earlier: Marker | None) -> Marker:
        """Return what is to be known of a time, of which there was a marker before."""
        if earlier is None:
            return replace(self, stands=self.checksums) if self.replaces else self
        standing = replace(self, stands=self.checksums) if self.replaces else earlier
        return replace(standing, key=earlier.key or self.key, checksums=earlier.checksums | self.checksums)


class Markers(list[Marker]):
    """The snapshots that a log has seen, in the order of their times.

    Args:
        marks: one a time.
        tied: whether the log may have several rows of a key and a time.
        known_at: when the log was saved last.
    """

    def __init__(self, marks: Iterable[Marker] = (), *, tied: bool = False, known_at: datetime | None = None) -> None:
        """Keep what the log tells as a whole."""
        super().__init__(marks)
        self.tied, self.known_at = tied, known_at

    def at(self, time: datetime) -> Marker | None:
        """Return the snapshot of a time."""
        return next((mark for mark in self if mark.at == time and not mark.feed), None)

    @property
    def snapshots(self) -> dict[datetime, Marker]:
        """The snapshots by their times: all but feeds."""
        return {mark.at: mark for mark in self if not mark.feed}

    @property
    def truncations(self) -> list[tuple[datetime, int]]:
        """The changes that end all keys: when each came, and its sequence."""
        return sorted({each for mark in self for each in mark.truncated})

    def now(self) -> datetime:
        """Return when a save that comes now is known: never before an earlier one, whatever a clock says."""
        now = datetime.now(UTC).replace(tzinfo=None)
        return max(now, self.known_at + timedelta(microseconds=1)) if self.known_at else now


def read_markers(engine: Engine, log: Table) -> Markers:
    """Return the snapshots that a log has seen, in the order of their times.

    Raises:
        ResourceError: if the table is no log of a history.
    """
    found: dict[datetime, Marker] = {}
    told = sorted(_told(engine, log), key=lambda row: (row[3] or datetime.min, row[0]))
    feeds = [_marker(*row) for row in told if row[1] == FEED]
    for at, kind, text, known_at in told:
        if kind == UNDONE:
            found.pop(at, None)
        elif kind != FEED:
            mark = _marker(at, kind, text, known_at)
            found[mark.at] = mark.after(found.get(mark.at))
    marks = sorted([*feeds, *found.values()], key=lambda mark: mark.at)
    tied = any(kind == UNDONE for _, kind, *_ in told) or any(m.replaces or m.changes for m in marks)
    return Markers(marks, tied=tied, known_at=told[-1][3] if told else None)


def _told(engine: Engine, log: Table) -> list[tuple[Any, ...]]:
    from kedro_faucet.engines.delta import few

    whole, columns, where = complete(engine, log), (VALID_FROM, KIND, COLUMNS, KNOWN_AT), f"{KIND} is not null"
    if (found := few(engine, whole, columns, where)) is not None:
        return found
    query = f"select {', '.join(columns)} from log where {where}"
    return engine.rows(engine.sql(query, log=near(engine, whole)))


def _marker(at: datetime, kind: str, text: str, known_at: datetime | None) -> Marker:
    """Return a marker as the log keeps it; version 0.1.0 kept the columns alone."""
    told = json.loads(text)
    told = {"columns": told} if isinstance(told, list) else told
    return Marker(
        utc(at),
        kind == "full",
        tuple(told["columns"]),
        tuple(told.get("key", ())),
        frozenset(told.get("checksums", ())),
        known_at,
        replaces="replaces" in told,
        changes="changes" in told,
        feed=kind == FEED,
        truncated=tuple((utc(at), order) for at, order in told.get("truncated", ())),
        run=told.get("run"),
    )


def kept_key(markers: Sequence[Marker], key: Sequence[str]) -> tuple[str, ...]:
    """Return the key of a history: the one that its log keeps, which an entry may repeat; else the entry's.

    Raises:
        DataError: if the entry gives another one, or nobody gives any.
    """
    kept = next((mark.key for mark in markers if mark.key), tuple(key))
    if not kept:
        raise DataError("A history's first save needs the columns that tell its rows apart, as in key: [customer_id].")
    if key and set(key) != set(kept):
        raise DataError(
            f"The key of this history is {', '.join(kept)}, but the entry says {', '.join(key)}: correct the entry "
            "(or leave its key out), or start another history at a path of its own."
        )
    return kept


def absent(markers: Sequence[Marker], column: str, time: str) -> str:
    """Write the condition that the snapshot which told of a time lacked a column; nothing where all of them had it.

    A row that is valid from a time of its own was told of by the snapshot that came next.

    >>> january, february = (Marker(datetime(2013, month, 28), True, ("id",) * (2 - month)) for month in (1, 2))
    >>> absent([january], "id", "valid_from"), absent([january, february], "id", "valid_from")
    ('', "(valid_from > TIMESTAMP '2013-01-28 00:00:00.000000')")
    """
    runs = [(list(run)[-1].at, had) for had, run in groupby(markers, lambda mark: column in mark.columns)]
    if not runs:
        return ""
    starts = ["", *(f"{time} > {literal(end)}" for end, _ in runs[:-1])]
    ends = [*(f"{time} <= {literal(end)}" for end, _ in runs[:-1]), ""]
    spans = [" and ".join(filter(None, span)) or "1 = 1" for span in zip(starts, ends, strict=True)]
    return " or ".join(f"({span})" for span, (_, had) in zip(spans, runs, strict=True) if not had)


def born(markers: Sequence[Marker], column: str) -> datetime | None:
    """Return the time of the first complete snapshot that had a column."""
    return next((mark.at for mark in markers if mark.complete and column in mark.columns), None)


def of_now(log: Table | None, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of this moment, which is read when the log is: then no other save can be newer but by its time.

    Raises:
        DataError: if the log has a newer one.
    """
    snapshot = replace(snapshot, at=datetime.now(UTC))
    newer = [] if log is None else [each.at for each in read_markers(engine_of(log), log)]
    if newer and max(newer) > snapshot.at:
        raise DataError(
            f"A table without a time is saved as of now, {snapshot.at}, and a snapshot of {max(newer)} is newer: "
            "save a Snapshot(table, at), with the time at which the table was so."
        )
    return snapshot
