"""The markers of a history's log: which snapshots it has seen, and what is to be known of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from kedro_faucet.engines import Engine, Table, literal
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.nodes.history.log import COLUMNS, KIND, OWN, VALID_FROM
from kedro_faucet.nodes.history.snapshot import utc


@dataclass(frozen=True)
class Marker:
    """One snapshot that was saved.

    Args:
        at: its time.
        complete: whether a key that it lacks was deleted.
        columns: the columns it had, in their order.
        key: the history's key; none in a log that knows none.
        checksums: what its rows sum up to, by each engine that saved it.
    """

    at: datetime
    complete: bool
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    checksums: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """The word that the log keeps for it."""
        return "full" if self.complete else "partial"

    def text(self) -> str:
        """Return what the log keeps of it beside its time and kind."""
        return json.dumps({"columns": self.columns, "key": self.key, "checksums": sorted(self.checksums)})

    def same(self, other: Marker) -> bool:
        """Tell whether another marker is of the same rows, as far as their checksums tell."""
        alike = self.complete == other.complete and set(self.columns) == set(other.columns)
        return alike and bool(self.checksums & other.checksums)


def read_markers(engine: Engine, log: Table) -> list[Marker]:
    """Return the snapshots that a log has seen, in the order of their times.

    Raises:
        ResourceError: if the table is no log of a history.
    """
    if not set(OWN) <= set(log.columns):
        raise ResourceError("The Delta table there is no history: something else wrote it. Choose another path.")
    query = f"select {VALID_FROM}, {KIND}, {COLUMNS} from log where {KIND} is not null"
    found: dict[datetime, Marker] = {}
    for row in sorted(engine.rows(engine.sql(query, log=log))):  # here: on Spark, a sort is one job more
        mark = _marker(*row)
        known = found.setdefault(mark.at, mark)
        found[mark.at] = replace(mark, key=known.key or mark.key, checksums=known.checksums | mark.checksums)
    return list(found.values())


def _marker(at: datetime, kind: str, text: str) -> Marker:
    """Return a marker as the log keeps it; version 0.1.0 kept the columns alone."""
    told = json.loads(text)
    told = {"columns": told} if isinstance(told, list) else told
    key, checksums = tuple(told.get("key", ())), frozenset(told.get("checksums", ()))
    return Marker(utc(at), kind == "full", tuple(told["columns"]), key, checksums)


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
    """Write the condition that the snapshot of a time lacked a column; nothing where all of them had it.

    >>> january, february = (Marker(datetime(2013, month, 28), True, ("id",) * (2 - month)) for month in (1, 2))
    >>> absent([january], "id", "valid_from"), absent([january, february], "id", "valid_from")
    ('', "(valid_from >= TIMESTAMP '2013-02-28 00:00:00.000000')")
    """
    runs = [(next(run).at, had) for had, run in groupby(markers, lambda mark: column in mark.columns)]
    ends = [f" and {time} < {literal(start)}" for start, _ in runs[1:]] + [""]
    spans = [f"({time} >= {literal(start)}{end})" for (start, had), end in zip(runs, ends, strict=False) if not had]
    return " or ".join(spans)


def born(markers: Sequence[Marker], column: str) -> datetime | None:
    """Return the time of the first complete snapshot that had a column."""
    return next((mark.at for mark in markers if mark.complete and column in mark.columns), None)
