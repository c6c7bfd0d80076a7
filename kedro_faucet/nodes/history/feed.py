"""Feeds: rows that tell changes of their own, when each came, what it did, and which of two came first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import check_options, example_keys
from kedro_faucet.nodes.history.log import (
    KIND,
    OPERATION,
    SEEN,
    SEQUENCE,
    VALID_FROM,
    listed,
    on_key,
)
from kedro_faucet.nodes.history.markers import absent
from kedro_faucet.nodes.history.rows import Rows

UPSERTS = ("insert", "update", "upsert", "create", "read", "i", "u", "c", "r")
DELETES = ("delete", "d")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


@dataclass(frozen=True)
class Feed:
    """Which columns tell a change.

    Args:
        changed_at: when it came: each row is valid from then on; empty where rows are as of their snapshot. A history
            keeps it as any other column, unless its name begins with two underscores.
        operation: what it did, a word such as insert, update or delete; empty where every row is as it says.
        sequence: which of two changes of a key at one time came first: a whole number.
    """

    changed_at: str = ""
    operation: str = ""
    sequence: str = ""

    def payload(self, engine: Engine, table: Table) -> Table:
        """Return the source's own columns: those that order changes are none.

        Raises:
            DataError: if a column is missing, or of a type that tells nothing.
        """
        types = engine.schema(table)
        named = {name: value for name, value in vars(self).items() if value}
        check_options(list(types), **{name: [value] for name, value in named.items()})
        wanted = {"changed_at": ("TIMESTAMP", "DATE"), "operation": ("VARCHAR",), "sequence": _WHOLE}
        for option, name in named.items():
            if types[name] not in wanted[option]:
                raise DataError(
                    f"{option}: '{name}' is {types[name]}, but must be {' or '.join(wanted[option])}: declare it so."
                )
        return engine.sql(f"select {listed(self.kept(list(types)))} from source", source=table)

    def kept(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that a history keeps."""
        told = {self.operation, self.sequence, self.changed_at if self.changed_at.startswith("__") else ""}
        return [name for name in columns if name not in told]


@dataclass(frozen=True)
class Found:
    """What a feed's rows told: their number, what is to be refused, and the first and last time of a change."""

    rows: int
    nulls: int
    unknown: int
    late: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Changes(Rows):
    """Writes the SELECTs of a feed's changes.

    Args:
        feed: which columns tell a change.
    """

    feed: Feed = Feed()

    def told(self) -> str:
        """Write every change that the input ``snapshot`` tells, in the log's types; a deletion has its key alone."""
        deleted, at = self._is_deleted(), f"cast({quote(self.feed.changed_at)} as timestamp) as {VALID_FROM}"
        sequence = f"cast({quote(self.feed.sequence) if self.feed.sequence else 0} as bigint) as {SEQUENCE}"
        keys = [f"{value} as {quote(name)}" for name, value in self._named(self.key)]
        others = [
            f"case when not {deleted} then {value} end as {quote(name)}" for name, value in self._named(self.others)
        ]
        operation = f"case when {deleted} then 'delete' else 'update' end as {OPERATION}"
        return f"select distinct {', '.join([*keys, *others, at, sequence, operation])} from snapshot"

    def counted(self, until: datetime | None) -> str:
        """Write the query of everything that may be refused of single rows."""
        named = [*self.key, *filter(None, vars(self.feed).values())]
        nulls = " or ".join(f"{quote(name)} is null" for name in named)
        at = f"cast({quote(self.feed.changed_at)} as timestamp)"
        late = f"{at} > {literal(until)}" if until else "false"
        return f"""
            select count(*) as many, count(*) filter (where {nulls}) as nulls,
                count(*) filter (where {self._is_unknown()}) as unknown, count(*) filter (where {late}) as late,
                min({at}) as first, max({at}) as last from snapshot"""

    def fresh(self, is_first: bool) -> str:
        """Write the changes that the log does not have, and those of which it says otherwise."""
        if is_first:
            return "select *, 0 as _there from told"
        differs = [
            " and ".join([f"new.{quote(name)} is distinct from old.{quote(name)}", *self._known(name)])
            for name in self.others
            if name in self.old and name in self.given
        ]
        differs.append(f"new.{OPERATION} <> old.{OPERATION}")
        return f"""
            select {listed([*self.columns, VALID_FROM, SEQUENCE, OPERATION], "new")},
                case when old._here is null then 0 else 1 end as _there
            from (select *, 1 as _n from told) new left join (
                select {self._cast(self.old)}, {VALID_FROM} as {quote(SEEN)}, {SEQUENCE},
                    case when {OPERATION} = 'delete' then 'delete' else 'update' end as {OPERATION}, 1 as _here
                from log where {KIND} is null and {SEQUENCE} is not null
            ) old on {on_key(self.key, "new", "old")} and new.{VALID_FROM} = old.{quote(SEEN)}
                and new.{SEQUENCE} = old.{SEQUENCE}
            where old._here is null or {" or ".join(f"({each})" for each in differs)}"""

    def appended(self) -> str:
        """Write the changes as the log keeps them."""
        own = self._own(OPERATION, at=VALID_FROM, sequence=SEQUENCE)
        return f"select {listed(self.columns)}, {own} from changed"

    def ended(self) -> str:
        """Write what the changed keys were at the complete snapshot that comes next, where the log does not say so."""
        times = [literal(mark.at) for mark in self.markers if mark.complete]
        until = f"case {' '.join(f'when {VALID_FROM} <= {time} then {time}' for time in times)} end"
        keys = listed(self.key)
        others = [listed(self.others, "old")] if self.others else []
        own = self._own("case when old._here is null then 'delete' else 'update' end", at="newest._until")
        return f"""
            select {", ".join([listed(self.key, "newest"), *others])}, {own}
            from (
                select {listed(self.key, "reached")}, reached._until, max(log.{VALID_FROM}) as _newest
                from (select distinct {keys}, {until} as _until from changed) reached
                left join log on {on_key(self.key, "reached", "log")} and log.{KIND} is null
                    and log.{VALID_FROM} <= reached._until
                where reached._until is not null group by {listed(self.key, "reached")}, reached._until
            ) newest
            left join (
                select {self._cast(self.old)}, {VALID_FROM} as {quote(SEEN)}, {SEQUENCE}, {OPERATION} as _kept,
                    case when {OPERATION} <> 'delete' then 1 end as _here
                from log where {KIND} is null
            ) old on {on_key(self.key, "newest", "old")} and newest._newest = old.{quote(SEEN)}
            where old._kept is null or old.{quote(SEEN)} < newest._until or old.{SEQUENCE} is not null"""

    def _known(self, name: str) -> list[str]:
        gap = absent(self.markers, name, f"old.{quote(SEEN)}")
        return [f"not ({gap})"] if gap else []

    def _is_deleted(self) -> str:
        if not self.feed.operation:
            return "(1 = 0)"
        return f"(lower({quote(self.feed.operation)}) in ({', '.join(map(literal, DELETES))}))"

    def _is_unknown(self) -> str:
        if not self.feed.operation:
            return "1 = 0"
        return f"lower({quote(self.feed.operation)}) not in ({', '.join(map(literal, (*UPSERTS, *DELETES)))})"


def refuse_rows(engine: Engine, changes: Changes, table: Table, until: datetime | None) -> Found:
    """Refuse changes without a key, a time or an order, of unknown operations, and later than their snapshot.

    Raises:
        DataError: with their number and up to five examples.
    """
    found = Found(*engine.rows(engine.sql(changes.counted(until), snapshot=table))[0])
    feed, key = changes.feed, list(changes.key)
    if found.nulls:
        named = [*key, *filter(None, vars(feed).values())]
        nulls = " or ".join(f"{quote(name)} is null" for name in named)
        told = _examples(engine, table, named, nulls)
        raise DataError(f"{found.nulls:,} changes lack a value of {', '.join(named)}: {told}. Each needs all of them.")
    if found.unknown:
        told = _examples(engine, table, [*key, feed.operation], changes._is_unknown())
        raise DataError(
            f"{found.unknown:,} changes have an operation that is none: {told}. There are "
            f"{', '.join((*UPSERTS, *DELETES))}; leave others out, or say them so, in a node before."
        )
    if found.late:
        late = f"cast({quote(feed.changed_at)} as timestamp) > {literal(until)}"
        told = _examples(engine, table, [*key, feed.changed_at], late)
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
        f"Correct the feed: '{feed.sequence}' must tell the changes of a key apart."
        if feed.sequence
        else "Name the column that orders them, as in sequence: lsn; if rows changed and their time did not, leave "
        "changed_at out: changes are then as of their snapshots."
    )
    raise DataError(
        f"{many:,} times there are two changes of one key ({', '.join(changes.key)}), {feed.changed_at} and sequence, "
        f"which say otherwise: {example_keys([row[:-2] for row in told], many)}. {advice}"
    )


def _examples(engine: Engine, table: Table, columns: list[str], condition: str) -> str:
    shown = listed(dict.fromkeys(columns))
    query = f"select {shown} from source where {condition} order by {shown} limit 5"
    rows: list[tuple[Any, ...]] = engine.rows(engine.sql(query, source=table))
    return example_keys(rows, len(rows))


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
