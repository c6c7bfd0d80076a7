"""What a feed is refused for, with nothing written: changes that do not tell what became of which key, and when."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import example_keys
from kedro_faucet.nodes.history.feed.changes import DELETES, TRUNCATES, UPSERTS, Changes, Found
from kedro_faucet.nodes.history.log import KIND, SEQUENCE, VALID_FROM, listed, on_key


def refuse_rows(engine: Engine, changes: Changes, table: Table, until: datetime | None) -> Found:
    """Refuse changes without a key, a time or an order, of unknown operations, and later than their snapshot.

    Raises:
        DataError: with their number and up to five examples.
    """
    found = Found(*engine.rows(engine.sql(changes.counted(until), snapshot=table))[0])
    feed, key = changes.feed, list(changes.key)
    if found.nulls:
        named = [*key, *feed.required]
        told = _examples(engine, table, named, changes.is_lacking(), found.nulls)
        raise DataError(f"{found.nulls:,} changes lack a value of {', '.join(named)}: {told}. Each needs all of them.")
    if found.unknown:
        named = [*key, *feed.required]
        told = _examples(engine, table, named, changes.is_unknown(), found.unknown)
        raise DataError(
            f"{found.unknown:,} changes have an operation that is none ({', '.join(named)}): {told}. There are "
            f"{', '.join((*UPSERTS, *DELETES, *TRUNCATES))}; leave others out, or say them so, in a node before."
        )
    if found.late:
        late = f"cast({quote(feed.changed_at)} as timestamp) > {literal(until)}"
        told = _examples(engine, table, [*key, feed.changed_at], late, found.late)
        raise DataError(
            f"{found.late:,} rows were changed after their snapshot, that is of {until}: {told}. Give the snapshot "
            f"the time at which it was taken (in UTC, as '{feed.changed_at}'), or leave changed_at out."
        )
    return found


def refuse_ties(engine: Engine, changes: Changes, fresh: Table) -> None:
    """Refuse two changes of one key, time and sequence, in a feed or in a feed and the log.

    Raises:
        DataError: with their number and up to five examples.
    """
    by = listed([*changes.key, VALID_FROM, SEQUENCE])
    query = f"select {by}, count(*) + max(_there) as _n from fresh group by {by} having count(*) + max(_there) > 1"
    told = engine.rows(engine.sql(f"select * from ({query}) ties order by {by} limit 6", fresh=fresh))
    if not told:
        return
    many = engine.rows(engine.sql(f"select count(*) as n from ({query}) ties", fresh=fresh))[0][0]
    feed = changes.feed
    advice = (
        "Let Debezium tell their order: provide.transaction.metadata: true (within one transaction; of several at one "
        "time there is none)."
        if feed.order
        else f"Correct the feed: '{feed.sequence}' must tell the changes of a key apart."
        if feed.sequence
        else "Name the column that orders them, as in sequence: lsn; if rows changed and their time did not, leave "
        "changed_at out: changes are then as of their snapshots."
    )
    raise DataError(
        f"{many:,} times there are two changes of one key ({', '.join(changes.key)}), {feed.changed_at} and sequence, "
        f"which say otherwise: {example_keys([row[:-2] for row in told], many)}. {advice}"
    )


def _examples(engine: Engine, table: Table, columns: list[str], condition: str, many: int) -> str:
    shown = listed(dict.fromkeys(columns))
    query = f"select {shown} from source where {condition} order by {shown} limit 5"
    rows: list[tuple[Any, ...]] = engine.rows(engine.sql(query, source=table))
    return example_keys(rows, many)


def refuse_columns(engine: Engine, changes: Changes, fresh: Table) -> None:
    """Refuse changes that came before snapshots or other changes of other columns: it would not be known which lacked.

    Raises:
        DataError: naming the first such time and column.
    """
    first = engine.rows(engine.sql(f"select min({VALID_FROM}) as first from fresh", fresh=fresh))[0][0]
    columns = set(changes.mark.columns)
    later = [mark for mark in changes.markers if first is not None and mark.at >= first]
    for mark in later:
        if other := sorted(columns ^ set(mark.columns)):
            raise DataError(
                f"A change of {first} comes before what was saved of {mark.at}, and one of them alone has the column "
                f"'{other[0]}'. Changes that come late need the columns of what was saved: select it, as NULL where "
                "it is not known."
            )


def warn_of_order(engine: Engine, changes: Changes, fresh: Table, log: Table | None) -> None:
    """Say if keys have changes that came later by their time and earlier by their place in the source's log.

    So they do where rows were written while a connector took its first snapshot, whose reads have the time of reading.
    """
    if not changes.feed.order:
        return
    shown = [*changes.key, VALID_FROM, SEQUENCE]
    both = f"select {listed(shown)} from fresh"
    if log is not None:
        keys = f"select distinct {listed(changes.key)} from fresh"
        both += f" union all select {listed(shown, 'log')} from log join ({keys}) each_key on "
        both += f"{on_key(changes.key, 'log', 'each_key')} where log.{KIND} is null"
    before = f"max({SEQUENCE}) over (partition by {listed(changes.key)} order by {VALID_FROM}, {SEQUENCE} {_PRECEDING})"
    query = f"""
        select {listed(shown)} from (select *, {before} as _before from ({both}) told where {SEQUENCE} > 0) ordered
        where {SEQUENCE} < _before"""
    inputs = {"fresh": fresh, **({} if log is None else {"log": log})}
    found = engine.rows(engine.sql(f"{query} order by {listed(shown)} limit 6", **inputs))
    if found:
        _LOG.warning(
            "Changes came later by their time, and earlier by their place in the source's log (%s): %s. Their times "
            "decide. If these are reads of a first snapshot (r), during which the source was written, they hide newer "
            "rows: take them out, or save a full snapshot after them.",
            ", ".join([*changes.key, VALID_FROM, SEQUENCE]),
            example_keys(found, len(found)),
        )


_PRECEDING = "rows between unbounded preceding and 1 preceding"
_LOG = logging.getLogger(__name__)
