"""What a history consists of: its snapshots, each with what it changed, and rows by their keys as text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kedro_faucet.engines import literal, quote
from kedro_faucet.exceptions import DataError, shortened
from kedro_faucet.nodes.history.log import OPERATION, VALID_FROM
from kedro_faucet.nodes.history.views import History


@dataclass(frozen=True)
class Saved:
    """One snapshot or feed that a history has.

    Args:
        at: its time; of a feed that of its last change.
        kind: full, partial or feed.
        known_at: when it was saved; nothing of what version 0.1.0 saved.
        inserts: keys that came with it.
        updates: keys of which it changed something.
        deletes: keys that went with it.
        rows: keys that there were then.
        run: the run that saved it; nothing where none did, or a version before 0.2.0.
    """

    at: datetime
    kind: str
    known_at: datetime | None
    inserts: int = 0
    updates: int = 0
    deletes: int = 0
    rows: int = 0
    run: str | None = None


def summary(history: History) -> list[Saved]:
    """Return what was saved, in the order of its times; a change between two of them counts for the later one.

    >>> from kedro_faucet import Snapshot, engines
    >>> from kedro_faucet.nodes.history import Comparison
    >>> fleet = engines.connect().sql("select 'N10156' as tailnum, 'EV' as carrier")
    >>> log = Comparison("tailnum").addition(None, Snapshot(fleet, "2013-01-31")).rows
    >>> [(each.kind, each.inserts, each.rows) for each in summary(History(log))]
    [('full', 1, 1)]
    """
    query = f"select {VALID_FROM}, {OPERATION}, count(*) as many from changes group by {VALID_FROM}, {OPERATION}"
    counted = history.engine.rows(history.engine.sql(query, changes=history.changes()))
    found = [Saved(mark.at, mark.kind, mark.known_at, run=mark.run) for mark in history.markers]
    times = [each.at for each in found]
    for at, operation, many in counted:
        number = min(bisect_left(times, at), len(times) - 1)
        name = f"{operation}s"
        found[number] = replace(found[number], **{name: getattr(found[number], name) + many})
    rows = 0
    for number, each in enumerate(found):
        rows += each.inserts - each.deletes
        found[number] = replace(each, rows=rows)
    return found


def told(change: Mapping[str, Any], key: Sequence[str]) -> str:
    """Return what a row of ``changes`` did to the columns beside the key.

    >>> told({"id": 7, "name": "Ada", "city": None, "_before_name": "Ada", "_before_city": "Rome"}, ["id"])
    'city: Rome → NULL'
    >>> told({"id": 7, "name": "Ada", "_operation": "insert", "_before_name": None}, ["id"])
    'name: Ada'
    """
    said = []
    for name in [name for name in change if name not in key and f"_before_{name}" in change]:
        before, after = change[f"_before_{name}"], change[name]
        if change.get(OPERATION) in ("insert", "delete"):
            said.append(f"{name}: {_shown(after if change[OPERATION] == 'insert' else before)}")
        elif repr(before) != repr(after):  # NaN differs from itself
            said.append(f"{name}: {_shown(before)} → {_shown(after)}")
    return ", ".join(said)


def _shown(value: Any) -> str:
    return "NULL" if value is None else shortened(value)


def split_keys(key: Sequence[str], given: Iterable[str]) -> list[list[str]]:
    """Return the parts of keys, which are written with commas between them.

    >>> split_keys(["country", "id"], ["de,7"]), split_keys(["name"], ["Doe, Jane"])
    ([['de', '7']], [['Doe, Jane']])

    Raises:
        DataError: if one has not as many parts as the key has columns.
    """
    found = [text.split(",") if len(key) > 1 else [text] for text in given]
    for parts in found:
        if len(parts) != len(key):
            raise DataError(f"'{','.join(parts)}' has {len(parts)} parts, but the key is {', '.join(key)}.")
    return found


def of_keys(key: Sequence[str], found: Iterable[Sequence[str]]) -> str:
    """Write the condition that a row has one of some keys, each part as text.

    >>> of_keys(["id"], [["7"]])
    '((cast("id" as varchar) = \\'7\\'))'
    """
    rows = (
        " and ".join(f"cast({quote(name)} as varchar) = {literal(part)}" for name, part in zip(key, parts, strict=True))
        for parts in found
    )
    return f"({' or '.join(f'({row})' for row in rows)})"
