"""What a history refuses, before anything is written: columns, types, keys and deletes that cannot be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.engines.dialect.types import fits
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.history.log import RESERVED, Marker, listed


def check_names(columns: Sequence[str]) -> None:
    """Refuse a snapshot that has a column of a reserved name.

    >>> check_names(["tailnum", "Valid_From"])
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The column 'Valid_From' has a name that a history keeps for itself: rename it.
    """
    taken = [name for name in columns if name.lower() in RESERVED]
    if taken:
        raise DataError(f"The column '{taken[0]}' has a name that a history keeps for itself: rename it.")


def check_options(columns: Sequence[str], **options: Sequence[str]) -> None:
    """Refuse an option that names a column that is not there.

    >>> check_options(["tailnum", "carrier"], key=["tailnun"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: 'key' names the column 'tailnun', but there are tailnum, carrier. Did you ...
    """
    for option, wanted in options.items():
        for name in wanted:
            if name not in columns:
                raise DataError(
                    f"'{option}' names the column '{name}', but there are {', '.join(columns)}."
                    f"{did_you_mean(name, columns)}"
                )


def check_columns(columns: Sequence[str], at: datetime, markers: Sequence[Marker]) -> None:
    """Refuse a snapshot that lacks a column that an earlier one had, or has one that a later one lacks."""
    for mark in markers:
        (old, before), (new, after) = sorted([(mark.columns, mark.at), (tuple(columns), at)], key=lambda pair: pair[1])
        gone = [name for name in old if name not in new]
        if gone and before != after:
            raise DataError(
                f"The snapshot at {before} has the column '{gone[0]}', the one at {after} lacks it: a column may not "
                f"vanish.{did_you_mean(gone[0], new)} If the source dropped it, select it as NULL."
            )


def merged_types(log: Mapping[str, str], snapshot: Mapping[str, str]) -> dict[str, str]:
    """Return the types that a log has once it holds a snapshot: its own, wider ones, and those of new columns.

    >>> merged_types({"id": "INTEGER"}, {"id": "BIGINT", "name": "VARCHAR"})
    {'id': 'BIGINT', 'name': 'VARCHAR'}

    Raises:
        DataError: if neither type holds every value of the other.
    """
    return {**log, **{name: _merged(name, log.get(name, kind), kind) for name, kind in snapshot.items()}}


def _merged(name: str, old: str, new: str) -> str:
    if fits(new, old):
        return old
    if fits(old, new):
        return new
    raise DataError(
        f"The column '{name}' is {new} in the snapshot and {old} in the history: a type may widen "
        f"(INTEGER to BIGINT, FLOAT to DOUBLE), not change. Cast it to {old}."
    )


@dataclass(frozen=True)
class Counts:
    """What a comparison found: the snapshot's rows, the keys to refuse, the keys changed, inserted and deleted."""

    rows: int
    refused: int
    changed: int = 0
    inserted: int = 0
    deleted: int = 0

    @property
    def before(self) -> int:
        """The keys that were alive before the snapshot."""
        return self.rows - self.inserted + self.deleted


def count(engine: Engine, key: Sequence[str], snapshot: Table, changed: Table | None = None) -> Counts:
    """Count everything that may be refused, in one query."""
    query = f"""
        select cast(coalesce(sum(_n), 0) as bigint) as total, count(*) filter (where {_refused(key)}) as refused
        from ({_per_key(key)}) per_key"""
    if changed is None:
        return Counts(*engine.rows(engine.sql(query, snapshot=snapshot))[0])
    query = f"""
        select totals.*, operations.* from ({query}) totals cross join (
            select count(*) as changed, count(*) filter (where _operation = 'insert') as inserted,
                count(*) filter (where _operation = 'delete') as deleted
            from changed
        ) operations"""
    return Counts(*engine.rows(engine.sql(query, snapshot=snapshot, changed=changed))[0])


def refuse_keys(engine: Engine, snapshot: Table, key: Sequence[str], refused: int) -> None:
    """Refuse duplicate and NULL keys, with up to five examples."""
    if not refused:
        return
    query = f"select * from ({_per_key(key)}) k where {_refused(key)} order by _n desc, {listed(key)} limit 5"
    rows = engine.rows(engine.sql(query, snapshot=snapshot))
    examples = "; ".join(f"{_values(row[:-1])} {_times(row[-1])}" for row in rows)
    raise DataError(
        f"The snapshot has {_keys(refused)} ({', '.join(key)}) duplicate or NULL: {examples}"
        f"{'; …' if refused > len(rows) else ''}. A history needs exactly one row a key."
    )


def refuse_deletes(engine: Engine, changed: Table, key: Sequence[str], found: Counts, limit: float) -> None:
    """Refuse a snapshot that would delete more than a share of the keys, or all of them."""
    if not found.deleted or (found.deleted <= limit * found.before and found.deleted < found.before):
        return
    query = f"select {listed(key)} from changed where _operation = 'delete' order by {listed(key)} limit 5"
    examples = "; ".join(_values(row) for row in engine.rows(engine.sql(query, changed=changed)))
    why = "which is all of them" if found.deleted == found.before else f"more than max_deletes: {limit} allows"
    raise DataError(
        f"The snapshot would delete {found.deleted:,} of {_keys(found.before)}, {why}: "
        f"{examples}{'; …' if found.deleted > 5 else ''}. Is the extract complete? "
        "If it is right, raise max_deletes for this save (never to all keys)."
    )


def _per_key(key: Sequence[str]) -> str:
    return f"select {listed(key)}, count(*) as _n from snapshot group by {listed(key)}"


def _refused(key: Sequence[str]) -> str:
    return " or ".join(["_n > 1", *(f"{quote(column)} is null" for column in key)])


def _values(row: Sequence[Any]) -> str:
    return ", ".join("NULL" if value is None else str(value) for value in row)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count:,} keys"
