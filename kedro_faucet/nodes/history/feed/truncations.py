"""Truncations: changes that end all keys, those too that are saved after them and came before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.feed.changes import UPSERTS, Changes
from kedro_faucet.nodes.history.log import KIND, OPERATION, SEQUENCE, VALID_FROM, listed, on_key, source_types

Truncation = tuple[datetime, int]
"""When all keys ended, and the sequence of this change."""


def told_truncations(engine: Engine, changes: Changes, table: Table) -> tuple[Truncation, ...]:
    """Return the truncations of a feed, in their order."""
    return tuple(sorted(engine.rows(engine.sql(changes.told_truncations(), snapshot=table))))


def with_ends(engine: Engine, changes: Changes, told: Table, log: Table | None, own: Sequence[Truncation]) -> Table:
    """Return changes with the deletions that truncations are to their keys, and to all keys if they are of this feed.

    Whatever is saved, and in which order: a log has a deletion at each truncation for every key that it had before.
    """
    both = {**dict.fromkeys(changes.markers.truncations, 0), **dict.fromkeys(own, 1)}
    if not both:
        return told
    keys = [f"select {listed(changes.key)}, {VALID_FROM}, 1 as _n from told"]
    if log is not None:
        keys.append(f"select {listed(changes.key)}, {VALID_FROM}, 0 as _n from log where {KIND} is null")
    columns = [
        listed(changes.key),
        *_nulls(changes.types, changes.others),
        f"_until as {VALID_FROM}",
        SEQUENCE,
        f"'delete' as {OPERATION}",
    ]
    query = f"""
        select {listed([*changes.columns, VALID_FROM, SEQUENCE, OPERATION])} from told
        union select {", ".join(columns)}
        from (
            select {listed(changes.key)}, min({VALID_FROM}) as _since, max(_n) as _n
            from ({" union all ".join(keys)}) mentioned group by {listed(changes.key)}
        ) each_key join ({_listed(both)}) truncated on _since <= _until and (_n = 1 or _here = 1)"""
    return engine.sql(query, told=told, **({} if log is None else {"log": log}))


def ended_again(changes: Changes) -> list[str]:
    """Write the deletions that the log's truncations are to keys which a snapshot of an earlier time brings."""
    later = {each: 0 for each in changes.markers.truncations if each[0] >= changes.mark.at}
    if not later:
        return []
    own = changes.own("'delete'", at="truncated._until", sequence=f"truncated.{SEQUENCE}")
    columns = [listed(changes.key, "changed"), *_nulls(changes.types, changes.others), own]
    query = f"""
        select {", ".join(columns)}
        from changed cross join ({_listed(later)}) truncated
        left join (select *, 1 as _there from log where {KIND} is null) told
            on {on_key(changes.key, "changed", "told")}
            and told.{VALID_FROM} = truncated._until and told.{SEQUENCE} = truncated.{SEQUENCE}
        where told._there is null"""
    return [query]


def filled(engine: Engine, changes: Changes, table: Table, log: Table | None) -> Table:
    """Return a feed with the columns that a history has, where it tells of no row: a deletion needs its key alone.

    Raises:
        DataError: if there is no history yet, and so no columns.
    """
    known = changes.markers[-1].columns if changes.markers else ()
    lacking = [name for name in known if name not in table.columns]
    if log is None and not changes.feed.kept(table.columns) and engine.rows(engine.sql(_ANY, snapshot=table)):
        raise DataError(
            "The feed tells of no row, and there is no history whose columns it could have: save what was there first."
        )
    if (
        log is None
        or not lacking
        or not changes.feed.operation
        or engine.rows(engine.sql(_a_row(changes), snapshot=table))
    ):
        return table
    return engine.sql(
        f"select {', '.join(['*', *_nulls(source_types(engine, log), lacking)])} from source", source=table
    )


_ANY = "select 1 as one from snapshot limit 1"


def _a_row(changes: Changes) -> str:
    return f"select 1 as one from snapshot where {changes.does(UPSERTS)} limit 1"


def _nulls(types: Mapping[str, str], names: Iterable[str]) -> list[str]:
    return [f"cast(NULL as {types[name]}) as {quote(name)}" for name in names]


def _listed(truncations: Mapping[Truncation, int]) -> str:
    """Write the SELECT of truncations, and which of them are of this feed."""
    return " union all ".join(
        f"select {literal(at)} as _until, cast({sequence} as bigint) as {SEQUENCE}, {own} as _here"
        for (at, sequence), own in truncations.items()
    )
