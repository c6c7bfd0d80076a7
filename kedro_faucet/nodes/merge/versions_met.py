"""Versions that rows meet: the SQL of an as-of join, and what must hold of a table that is joined so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.merge.keys import any_null, listing, refuse_taken_twice
from kedro_faucet.nodes.merge.overlaps import examples, refuse_overlaps
from kedro_faucet.nodes.star.keys import check_alike, check_columns, family

_TIMES = ("kf since", "kf until")
_AT, _HELD, _SINCE, _UNTIL = map(quote, ("kf at", "kf held", *_TIMES))
"""No columns of a table: Delta keeps none with a blank in its name."""
_ORDERS = {"date": "time", "timestamp": "time", "number": "number"}


@dataclass(frozen=True)
class VersionsMet:
    """Rows of a table, and the versions of another that each of them meets.

    Args:
        engine: the engine of both.
        table: the rows.
        at: their column of times.
        key: their key, and the other table's.
        versions: the rows of the other table that ever held, under names of our own and those of the columns to take.
        taken: the names of the columns to take.
        names: what the other table calls its key and times.
    """

    engine: Engine
    table: Table
    at: str
    key: tuple[str, ...]
    versions: Table
    taken: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        table: Table,
        at: str,
        key: Mapping[str, str],
        other: Table,
        since: str,
        until: str | None,
        taken: Mapping[str, str],
    ) -> VersionsMet:
        """Return them, if the columns are there and compare alike.

        Raises:
            DataError: if not.
        """
        engine = engine_of(table)
        left, right = engine.schema(table), engine.schema(other)
        times = [since, until] if until else [since]
        check_columns([*key, at], left, "The table")
        check_columns([*key.values(), *times, *taken], right, "The other table")
        for name, against in key.items():
            check_alike(left[name], right[against], name, against)
        for name in times:
            _check_order(left[at], right[name], at, name)
        refuse_taken_twice(left, taken.values(), "AsOf")
        versions = engine.sql(_selection(key, right, times, taken), other=other)
        return cls(engine, table, at, tuple(key), versions, tuple(taken.values()), (*key.values(), *times))

    def build(self, *, is_complete: bool) -> Table:
        """Return the rows with the columns to take; NULL where one meets nothing.

        Args:
            is_complete: whether rows that meet nothing are refused.

        Raises:
            DataError: if some are, or the versions of a key do not tell which of them held at a time.
        """
        columns = [_key(n) for n in range(len(self.key))] + list(_TIMES[: 1 + self._ends])
        refuse_overlaps(self.engine, self.versions, columns, ends=self._ends, where="The other table", names=self.names)
        met = self.natively() if self.engine.name == "duckdb" else self.by_sorting()
        if is_complete:
            met = self.engine.persist(met)
            self._check_met(met)
        return self.engine.sql(f"select * exclude ({_SINCE}) from met", met=met)

    def natively(self) -> Table:
        """Return the rows with the versions that they meet, by the join that DuckDB has for it."""
        at = _moment(self.at, self.engine.schema(self.table), "source")
        same = " and ".join(
            f"source.{quote(name)} = versions.{mine}" for name, mine in zip(self.key, self._keys, strict=True)
        )
        columns = ", ".join(["source.*", *self._columns(at)])
        query = f"select {columns} from source asof left join versions on {same} and {at} >= versions.{_SINCE}"
        return self.engine.sql(query, portable=False, source=self.table, versions=self.versions)

    def by_sorting(self) -> Table:
        """Return the same by a sort of both tables, in which each row meets the time of the version before it.

        A join on ranges of times would compare each row with all versions of its key.
        """
        keys = ", ".join(self._keys)
        named = ", ".join(f"{quote(name)} as {mine}" for name, mine in zip(self.key, self._keys, strict=True))
        same = " and ".join(f"ordered.{mine} = versions.{mine}" for mine in self._keys)
        columns = [*(f"ordered.{quote(name)}" for name in self.table.columns), *self._columns(f"ordered.{_AT}")]
        last = f"case when {_SINCE} is null then 1 else 0 end"  # a version holds at its very first moment
        query = f"""
            with both_tables as (
                select *, {named}, {_moment(self.at, self.engine.schema(self.table))} as {_AT} from source
                union all by name
                select {keys}, {_SINCE} as {_AT}, {_SINCE} from versions
            ),
            ordered as (
                select *, max({_SINCE}) over (
                    partition by {keys} order by {_AT}, {last} rows between unbounded preceding and current row
                ) as {_HELD}
                from both_tables
            )
            select {", ".join(columns)} from ordered left join versions
                on {same} and ordered.{_HELD} = versions.{_SINCE} and ordered.{_AT} is not null
            where ordered.{_SINCE} is null"""
        return self.engine.sql(query, source=self.table, versions=self.versions)

    @property
    def _keys(self) -> list[str]:
        return [quote(_key(n)) for n in range(len(self.key))]

    @property
    def _ends(self) -> bool:
        return _UNTIL in map(quote, self.versions.columns)

    def _columns(self, at: str) -> Iterator[str]:
        """Yield the columns of the version that is found, if it still held at a time."""
        for name in [*map(quote, self.taken), _SINCE]:
            holds = f"versions.{_UNTIL} is null or {at} < versions.{_UNTIL}"
            yield f"case when {holds} then versions.{name} end as {name}" if self._ends else f"versions.{name}"

    def _check_met(self, met: Table) -> None:
        query = f"select count(*) as n, count(*) filter (where {_SINCE} is null) as lost from met"
        [(total, lost)] = self.engine.rows(self.engine.sql(query, met=met))
        if lost:
            names = [*self.key, self.at]
            query = f"select distinct {listing(names)} from versions where {_SINCE} is null"
            raise DataError(
                f"{lost:,} of {total:,} rows meet nothing that held at their time. {', '.join(names)}: "
                f"{examples(self.engine, query, met)}. Correct them, or say unmatched='keep'."
            )


def _selection(key: Mapping[str, str], schema: Mapping[str, str], times: list[str], taken: Mapping[str, str]) -> str:
    """Write the SELECT of the other table's rows that have a key and ever held."""
    columns = [f"{quote(name)} as {quote(_key(n))}" for n, name in enumerate(key.values())]
    moments = [_moment(name, schema) for name in times]
    columns += [f"{moment} as {name}" for moment, name in zip(moments, (_SINCE, _UNTIL), strict=False)]
    columns += [f"{quote(old)} as {quote(new)}" for old, new in taken.items()]
    never = f" and {moments[0]} is distinct from {moments[1]}" if times[1:] else ""
    return f"select {', '.join(columns)} from other where not ({any_null(list(key.values()))}){never}"


def _key(number: int) -> str:
    return f"kf key {number}"


def _moment(column: str, schema: Mapping[str, str], table: str = "") -> str:
    """Write a column of times or numbers as it is compared: a date is its first moment."""
    name = listing([column], table)
    return f"cast({name} as timestamp)" if schema[column] == "DATE" else name


def _check_order(kind: str, other: str, name: str, against: str) -> None:
    """Refuse columns that are neither times both nor exact numbers both."""
    one, two = (_ORDERS.get(family(each) or "") for each in (kind, other))
    if one is None or one != two:
        raise DataError(
            f"{name} is {kind}, {against} is {other}: both are dates or timestamps, or both integers or decimals. "
            "Declare the type in the catalog, or cast it in a SQL node."
        )
