"""Feeds: rows that tell changes of their own, when each came, what it did, and which of two came first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import check_options
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
TRUNCATES = ("truncate", "t")
"""Operations that end all keys, and so name none."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


@dataclass(frozen=True)
class Feed:
    """Which columns tell a change.

    Args:
        changed_at: when it came: each row is valid from then on; empty where rows are as of their snapshot. A history
            keeps it as any other column, unless its name begins with two underscores.
        operation: what it did, a word such as insert, update or delete; empty where every row is as it says.
        sequence: which of two changes of a key at one time came first: a whole number.
        transaction: which changes were made at once.
        order: which of two changes of one transaction came first, where their sequence does not tell.
    """

    changed_at: str = ""
    operation: str = ""
    sequence: str = ""
    transaction: str = ""
    order: str = ""

    @property
    def required(self) -> list[str]:
        """The columns of which every change has a value."""
        return [name for name in (self.changed_at, self.operation, self.sequence) if name]

    def payload(self, engine: Engine, table: Table) -> Table:
        """Return the source's own columns: those that order changes are none.

        Raises:
            DataError: if a column is missing, or of a type that tells nothing.
        """
        types = engine.schema(table)
        named = {name: value for name, value in vars(self).items() if value}
        check_options(list(types), **{name: [value] for name, value in named.items()})
        wanted = {"changed_at": ("TIMESTAMP", "DATE"), "operation": ("VARCHAR",), "sequence": _WHOLE}
        for option, kinds in wanted.items():
            if (name := named.get(option)) and types[name] not in kinds:
                raise DataError(
                    f"{option}: '{name}' is {types[name]}, but must be {' or '.join(kinds)}: declare it so."
                )
        return engine.sql(f"select {listed(self.kept(list(types)))} from source", source=table)

    def kept(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that a history keeps."""
        told = {self.operation, self.sequence, self.transaction, self.order}
        told.add(self.changed_at if self.changed_at.startswith("__") else "")
        return [name for name in columns if name not in told]


@dataclass(frozen=True)
class Found:
    """What a feed's rows told: their number, what is to be refused, and the first and last time of a change."""

    rows: int
    nulls: int
    unknown: int
    late: int
    truncates: int
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
        deleted, at = self.does(DELETES), f"cast({quote(self.feed.changed_at)} as timestamp) as {VALID_FROM}"
        sequence = f"cast({quote(self.feed.sequence) if self.feed.sequence else 0} as bigint) as {SEQUENCE}"
        keys = [f"{value} as {quote(name)}" for name, value in self._named(self.key)]
        others = [
            f"case when not {deleted} then {value} end as {quote(name)}" for name, value in self._named(self.others)
        ]
        operation = f"case when {deleted} then 'delete' else 'update' end as {OPERATION}"
        changes = f"select * from snapshot where not {self.is_truncated()}"
        if self.feed.order:
            # Changes of one order stay several, and are refused.
            one = [*self.key, self.feed.changed_at, self.feed.sequence, self.feed.transaction]
            within = f"partition by {listed(filter(None, one))} order by {quote(self.feed.order)} desc nulls last"
            changes += f" qualify rank() over ({within}) = 1"
        return f"select distinct {', '.join([*keys, *others, at, sequence, operation])} from ({changes}) told"

    def told_truncations(self) -> str:
        """Write the times and sequences at which all keys ended."""
        at, sequence = quote(self.feed.changed_at), quote(self.feed.sequence) if self.feed.sequence else "0"
        told = f"cast({at} as timestamp) as {VALID_FROM}, cast({sequence} as bigint) as {SEQUENCE}"
        return f"select distinct {told} from snapshot where {self.is_truncated()}"

    def counted(self, until: datetime | None) -> str:
        """Write the query of everything that may be refused of single rows."""
        at = f"cast({quote(self.feed.changed_at)} as timestamp)"
        late = f"{at} > {literal(until)}" if until else "false"
        return f"""
            select count(*) as many, count(*) filter (where {self.is_lacking()}) as nulls,
                count(*) filter (where {self.is_unknown()}) as unknown, count(*) filter (where {late}) as late,
                count(*) filter (where {self.is_truncated()}) as truncates,
                min({at}) as first, max({at}) as last
            from snapshot"""

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
                select {self.cast(self.old)}, {VALID_FROM} as {quote(SEEN)}, {SEQUENCE},
                    case when {OPERATION} = 'delete' then 'delete' else 'update' end as {OPERATION}, 1 as _here
                from log where {KIND} is null and {SEQUENCE} is not null
            ) old on {on_key(self.key, "new", "old")} and new.{VALID_FROM} = old.{quote(SEEN)}
                and new.{SEQUENCE} = old.{SEQUENCE}
            where old._here is null or {" or ".join(f"({each})" for each in differs)}"""

    def appended(self) -> str:
        """Write the changes as the log keeps them."""
        own = self.own(OPERATION, at=VALID_FROM, sequence=SEQUENCE)
        return f"select {listed(self.columns)}, {own} from changed"

    def ended(self) -> str:
        """Write what the changed keys were at the complete snapshot that comes next, where the log does not say so."""
        times = [literal(mark.at) for mark in self.markers if mark.complete]
        until = f"case {' '.join(f'when {VALID_FROM} <= {time} then {time}' for time in times)} end"
        keys = listed(self.key)
        others = [listed(self.others, "old")] if self.others else []
        own = self.own("case when old._here is null then 'delete' else 'update' end", at="newest._until")
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
                select {self.cast(self.old)}, {VALID_FROM} as {quote(SEEN)}, {SEQUENCE}, {OPERATION} as _kept,
                    case when {OPERATION} <> 'delete' then 1 end as _here
                from log where {KIND} is null
            ) old on {on_key(self.key, "newest", "old")} and newest._newest = old.{quote(SEEN)}
            where old._kept is null or old.{quote(SEEN)} < newest._until or old.{SEQUENCE} is not null"""

    def _known(self, name: str) -> list[str]:
        gap = absent(self.markers, name, f"old.{quote(SEEN)}")
        return [f"not ({gap})"] if gap else []

    def is_lacking(self) -> str:
        """Write the condition that a change lacks its key, time, operation or order."""
        keys, told = (" or ".join(f"{quote(n)} is null" for n in names) for names in (self.key, self.feed.required))
        return f"({told} or (({keys}) and not {self.is_truncated()}))"

    def is_truncated(self) -> str:
        """Write the condition that a change ended all keys."""
        return self.does(TRUNCATES)

    def is_unknown(self) -> str:
        """Write the condition that an operation is none."""
        return f"not {self.does((*UPSERTS, *DELETES, *TRUNCATES))}" if self.feed.operation else "(1 = 0)"

    def does(self, words: Sequence[str]) -> str:
        """Write the condition that a change is of one of some operations."""
        if not self.feed.operation:
            return "(1 = 0)"
        return f"(lower({quote(self.feed.operation)}) in ({', '.join(map(literal, words))}))"
