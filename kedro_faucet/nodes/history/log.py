"""The log of a history: its columns, and the state that its rows give at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.engines.delta_log import CLOSED, NEWEST
from kedro_faucet.exceptions import ResourceError

VALID_FROM, OPERATION, KIND, COLUMNS = "valid_from", "_operation", "_kind", "_columns"
SEQUENCE, KNOWN_AT = "_sequence", "_known_at"
_FIRST = {VALID_FROM: "TIMESTAMP", OPERATION: "VARCHAR", KIND: "VARCHAR", COLUMNS: "VARCHAR"}
_SINCE = {SEQUENCE: "BIGINT", KNOWN_AT: "TIMESTAMP"}
OWN = {**_FIRST, **_SINCE}
"""The columns that a log has beside the source's own; those of a marker hold its kind and what else it tells.

Rows of one key and time are told apart by ``_sequence``, that of a change in a feed (NULL, of a snapshot, is the last),
and by ``_known_at``, when they were saved: a later one replaces an earlier one. Logs of version 0.1.0 lack both.
"""
VOID = "void"
"""The operation of a row that takes back the earlier ones of its key, time and sequence."""
RESERVED = frozenset({*OWN, "valid_to", "is_current"}).union(
    # What the SQL of saves and views calls columns of its own.
    ("_n", "_here", "_there", "_newest", "_before", "_opens", "_next_opens", "_since", "_until")
)
SEEN, HASH = "kf seen", "kf hash"
"""No column of a source: Delta keeps none with a blank in its name."""
_SUMS = f"count(*) as many, coalesce(sum({quote(HASH)}), 0) as total"
STATISTICS = [VALID_FROM, OPERATION, KIND]
"""Columns whose least and greatest values a table's own log may keep: none of them is personal."""


def checksum(engine: Engine, table: Table) -> str:
    """Return what the rows of a table sum up to, whatever their order.

    Equal texts mean equal rows, but for one chance in four billion; different ones mean nothing where another engine
    made them, or another version of it.
    """
    hashed = engine.hashed(table, table.columns, HASH)
    return _checksum(engine, *engine.rows(engine.sql(f"select {_SUMS} from source", source=hashed))[0])


def checksums(engine: Engine, table: Table, by: str) -> dict[Any, str]:
    """Return the checksum of the other columns for each value of one."""
    hashed = engine.hashed(table, [name for name in table.columns if name != by] or [by], HASH)
    query = f"select {quote(by)}, {_SUMS} from source group by {quote(by)}"
    return {value: _checksum(engine, *sums) for value, *sums in engine.rows(engine.sql(query, source=hashed))}


def _checksum(engine: Engine, count: int, total: int) -> str:
    return f"{engine.hash_name}: {count} rows, {total}"


def complete(engine: Engine, log: Table) -> Table:
    """Return a log with all columns that it has today.

    Raises:
        ResourceError: if the table is no log of a history.
    """
    if not set(_FIRST) <= set(log.columns):
        raise ResourceError("The Delta table there is no history: something else wrote it. Choose another path.")
    lacking = [f"cast(NULL as {kind}) as {name}" for name, kind in _SINCE.items() if name not in log.columns]
    return engine.sql(f"select {', '.join(['*', *lacking])} from log", log=log) if lacking else log


def settled(engine: Engine, log: Table, key: Sequence[str]) -> Table:
    """Return a log with one row a key and time: that of the last sequence, and of it the one saved last."""
    each = f"partition by {listed(key)}, {VALID_FROM}"
    saved = f"{each}, {SEQUENCE} order by {KNOWN_AT} desc nulls last"
    query = f"""
        select {listed(log.columns)} from (
            select * from (select * from log where {KIND} is null qualify row_number() over ({saved}) = 1) saved
            where {OPERATION} <> '{VOID}'
            qualify row_number() over ({each} order by {SEQUENCE} desc nulls first) = 1
        ) one
        union all select {listed(log.columns)} from log where {KIND} is not null"""
    return engine.sql(query, log=log)


def near(engine: Engine, log: Table) -> Table:
    """Return a log without what is kept apart: each key's newest row is there, and all markers are.

    It holds for logs of one row a key and time: what a row that comes later takes back may have had one before it.
    """
    from kedro_faucet.engines import delta

    return delta.near(engine, log)


def apart(engine: Engine, log: Table, key: Sequence[str]) -> dict[str, Table]:
    """Return the rows of a log by the names of the files that are to have them: the newest of each key, and the others.

    A deletion is the newest row of its key as any other: without it, the key would live again.
    """
    rows = near(engine, log)
    columns = listed(log.columns, "log")
    newest = f"""
        from log join (select {listed(key)}, max({VALID_FROM}) as _newest from log where {KIND} is null
            group by {listed(key)}) newest on {on_key(key, "log", "newest")}
        where log.{KIND} is null and log.{VALID_FROM}"""
    markers = f"select {columns} from log where log.{KIND} is not null"
    return {
        NEWEST: engine.sql(f"select {columns} {newest} = newest._newest union all {markers}", log=rows),
        CLOSED: engine.sql(f"select {columns} {newest} < newest._newest", log=rows),
    }


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
