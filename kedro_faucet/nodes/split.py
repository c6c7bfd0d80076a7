"""Split: a table that holds many snapshots becomes its snapshots, in the order of their times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial

from kedro_faucet.engines import Engine, Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.history import Snapshot
from kedro_faucet.nodes.history.log import checksums
from kedro_faucet.nodes.history.markers import Marker
from kedro_faucet.nodes.history.types import refuse_nested
from kedro_faucet.nodes.lineage import Traced
from kedro_faucet.nodes.times import Times


@dataclass(frozen=True)
class Split:
    """Split a table into one snapshot for each value of a column.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> fleet = engine.sql("select 1 as plane, date '2013-01-31' as taken union all select 1, date '2013-02-28'")
    >>> [snapshot.at.month for snapshot in Split("taken").build(fleet)]
    [1, 2]

    Args:
        at: the column that holds the time of each snapshot: a date, a timestamp, or the names of files that have it.
        zone: the zone of these times; default: UTC.

    Raises:
        DataError: if the column is missing, holds no times, or is NULL in a row, or there is no such zone.
    """

    at: str
    zone: str | None = None

    def __post_init__(self) -> None:
        """Refuse a zone that there is not."""
        Times(self.zone)

    def build(self, table: Table) -> Iterator[Snapshot]:
        """Yield the snapshots, oldest first, each without the column, and with the columns of its own files.

        A history that saves one tells which it has: those are left out, by their times and checksums alone. Of the
        others the rows are read once.
        """
        engine = engine_of(table)
        self._check(engine.schema(table))
        with engine.scratch():
            parts = [_Part(engine, part, self) for part in engine.parts(table)]
            found = [(at, part) for part in parts for at in part.checksums]
            self._check_times(found)
            seen: dict[datetime, Marker] = {}
            for at, part in sorted(found, key=lambda each: self.moment(each[0])):
                if not part.is_known(at, seen):
                    yield _Extract(part, at, seen)

    def moment(self, at: date | str) -> datetime:
        """Return the time of a snapshot in UTC, by what its column says."""
        return Times(self.zone).read(at)

    def lineage(self, table: Traced) -> Traced:
        """Return the columns of each snapshot; the column of times tells which rows are in it."""
        return table.having(without=[self.at], rows=table.origin(self.at).values)

    def sql(self, at: date | str | None = None) -> str:
        """Return the SQL of one snapshot; without a time, as a preview shows it."""
        value = literal(at) if at else f":{self.at}"
        return f"select * exclude ({quote(self.at)}) from source where {quote(self.at)} = {value}"

    def _check(self, schema: dict[str, str]) -> None:
        if self.at not in schema:
            listed = ", ".join(schema)
            raise DataError(f"No column '{self.at}' among {listed}.{did_you_mean(self.at, schema)}")
        if schema[self.at] not in ("DATE", "TIMESTAMP", "VARCHAR"):
            raise DataError(
                f"Column '{self.at}' tells the time of a snapshot, but is {schema[self.at]}: declare it as TIMESTAMP."
            )
        if len(schema) == 1:
            raise DataError(f"There is no column beside '{self.at}', so that the snapshots have none.")
        refuse_nested(schema)

    def _check_times(self, found: list[tuple[date | str, _Part]]) -> None:
        """Refuse rows without a time, and a snapshot out of files of different columns."""
        if any(at is None for at, _ in found):
            raise DataError(f"Some rows have no '{self.at}': no snapshot can be told for them.")
        first: dict[datetime, tuple[date | str, _Part]] = {}
        for at, part in found:
            said, other = first.setdefault(self.moment(at), (at, part))
            if said != at:
                raise DataError(f"'{said}' and '{at}' are of one time, {self.moment(at)}: it holds one snapshot.")
            if other is not part:
                [name, *_] = sorted(set(other.columns) ^ set(part.columns))
                raise DataError(
                    f"The snapshot at {at} comes from several files, of which some alone have the column '{name}'. "
                    "Give all of them the same columns, or let a SQL node before (select * …) make it NULL there."
                )


class _Part:
    """A table whose rows all have the same columns; what is not known yet is stored when it is first read."""

    def __init__(self, engine: Engine, table: Table, split: Split) -> None:
        self.engine, self.table, self.split = engine, table, split
        self.columns = tuple(name for name in table.columns if name != split.at)
        self.stored: dict[date | str, Table] = {}

    @cached_property
    def checksums(self) -> dict[date | str, str]:
        """The checksum of each snapshot, by its time."""
        if self.split.at in self.table.columns:
            return checksums(self.engine, self.table, self.split.at)
        empty = not self.engine.rows(self.engine.sql("select 1 as one from source limit 1", source=self.table))
        return {} if empty else {None: ""}  # type: ignore[dict-item]  # rows without a time

    def is_known(self, at: date | str, seen: dict[datetime, Marker]) -> bool:
        """Tell whether a history has this very snapshot."""
        mark = seen.get(self.split.moment(at))
        return mark is not None and set(mark.columns) == set(self.columns) and self.checksums[at] in mark.checksums

    def read(self, at: date | str, seen: dict[datetime, Marker]) -> Table:
        """Return one snapshot; with it, those that follow are stored too."""
        if at not in self.stored:
            times = [
                each
                for each in self.checksums
                if each == at or (self.split.moment(each) > self.split.moment(at) and not self.is_known(each, seen))
            ]
            query = f"select * from source where {quote(self.split.at)} in ({', '.join(map(literal, times))})"
            stored = self.engine.persist(self.engine.sql(query, source=self.table))
            self.stored.update(dict.fromkeys(times, stored))
        return self.engine.sql(self.split.sql(at), source=self.stored[at])


class _Extract(Snapshot):
    """A snapshot whose rows are read when somebody asks for them."""

    def __init__(self, part: _Part, at: date | str, seen: dict[datetime, Marker]) -> None:
        vars(self).update(at=part.split.moment(at), checksum=part.checksums[at], seen=seen, part=part)
        vars(self).update(read=partial(part.read, at, seen))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(vars(self)["part"].columns)

    @cached_property
    def table(self) -> Table:
        """The rows."""
        return vars(self)["read"]()
