"""The log of a history: what its rows and markers say, and the state that they give at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.nodes.history.snapshot import utc

VALID_FROM, OPERATION, KIND, COLUMNS = "valid_from", "_operation", "_kind", "_columns"
OWN = {VALID_FROM: "TIMESTAMP", OPERATION: "VARCHAR", KIND: "VARCHAR", COLUMNS: "VARCHAR"}
"""The columns that a log has beside the source's own; those of a marker hold its kind and the snapshot's columns."""
RESERVED = frozenset({*OWN, "valid_to", "is_current"}).union(
    # What the SQL of saves and views calls columns of its own.
    ("_n", "_here", "_there", "_newest", "_before", "_opens", "_next_opens", "_since", "_until")
)
STATISTICS = [VALID_FROM, OPERATION, KIND]
"""Columns whose least and greatest values a table's own log may keep: none of them is personal."""


@dataclass(frozen=True)
class Marker:
    """One snapshot that was saved: its time, whether it was complete, and the columns it had, in their order."""

    at: datetime
    complete: bool
    columns: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The word that the log keeps for it."""
        return "full" if self.complete else "partial"


def read_markers(engine: Engine, log: Table) -> list[Marker]:
    """Return the snapshots that a log has seen, in the order of their times.

    Raises:
        ResourceError: if the table is no log of a history.
    """
    if not set(OWN) <= set(log.columns):
        raise ResourceError("The Delta table there is no history: something else wrote it. Choose another path.")
    query = f"select {VALID_FROM}, {KIND}, {COLUMNS} from log where {KIND} is not null"
    rows = sorted(engine.rows(engine.sql(query, log=log)))  # here: on Spark, a sort is one job more
    return [Marker(utc(at), kind == "full", tuple(json.loads(columns))) for at, kind, columns in rows]


def source_types(engine: Engine, log: Table) -> dict[str, str]:
    """Return the types of the source's columns in a log."""
    return {name: kind for name, kind in engine.schema(log).items() if name not in OWN}


def names(value: str | Iterable[str]) -> tuple[str, ...]:
    """Let one name stand for a list of one.

    >>> names("tailnum"), names(["carrier", "flight"])
    (('tailnum',), ('carrier', 'flight'))
    """
    return (value,) if isinstance(value, str) else tuple(value)


def listed(columns: Iterable[str], table: str = "") -> str:
    """Quote columns and list them, of one table where it is named.

    >>> listed(["a", "b"], "s")
    's."a", s."b"'
    """
    prefix = f"{table}." if table else ""
    return ", ".join(prefix + quote(column) for column in columns)


def on_key(key: Sequence[str], left: str, right: str) -> str:
    """Compare two tables on a key, which is never NULL in a log."""
    return " and ".join(f"{left}.{quote(column)} = {right}.{quote(column)}" for column in key)


def state(key: Sequence[str], columns: Iterable[str], at: datetime | None = None) -> str:
    """Write the SELECT of the rows that were alive at a time, out of an input named ``log``.

    The newest row of a key is found by its time and joined back: twice as fast as a window over all columns.
    """
    until = f" and {VALID_FROM} <= {literal(at)}" if at else ""
    return f"""
        select {listed(columns, "log")} from log join (
            select {listed(key)}, max({VALID_FROM}) as _newest from log
            where {KIND} is null{until} group by {listed(key)}
        ) newest on {on_key(key, "log", "newest")} and log.{VALID_FROM} = newest._newest
        where log.{KIND} is null and log.{OPERATION} <> 'delete'"""


def born(markers: Sequence[Marker], column: str, complete: bool) -> datetime | None:
    """Return the time of the first snapshot (or the first complete one) that had a column."""
    times = [mark.at for mark in markers if column in mark.columns and (mark.complete or not complete)]
    return min(times, default=None)
