"""Compare two tables: the engine counts, row by row of one key, or whole rows where there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kedro_faucet.engines import Engine, Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError, listed
from kedro_faucet.nodes.compare.differences import Changed, Differences, Row
from kedro_faucet.nodes.merge.advisor import candidate_keys
from kedro_faucet.nodes.merge.keys import any_null, refuse_null_keys, refuse_twice
from kedro_faucet.nodes.star.keys import check_alike, check_columns, columns_of

EXAMPLES = 3
_REMEDY = "Name a key that tells rows apart, or compare whole rows."
_FLOATS = ("DOUBLE", "FLOAT", "DECIMAL")


def compare(
    left: Table,
    right: Table,
    key: str | Sequence[str] = (),
    *,
    tolerance: float = 0,
    names: tuple[str, str] = ("left", "right"),
) -> Differences:
    """Return what two tables of one engine differ in; the order of rows and of columns does not count.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> acc = engine.sql("select * from (values (1, 'EV', 2.5), (2, 'UA', null), (3, 'B6', 1.0)) t(id, carrier, delay)")
    >>> prod = engine.sql("select * from (values (1, 'EV', 2.5), (2, 'UA', 4.0)) t(id, carrier, delay)")
    >>> found = compare(acc, prod, "id")
    >>> found.equal, found.rows, found.only, found.changed
    (False, (3, 2), (1, 0), 1)
    >>> [(each.column, each.rows, each.examples) for each in found.values]
    [('delay', 1, (((2,), None, Decimal('4.0')),))]

    Without a key, whole rows are counted: of a row that is there twice on the left and once on the right, one is on the
    left only. NULL is equal to NULL, and NaN to NaN.

    Args:
        left: a table.
        right: another.
        key: the columns that tell the rows of either apart.
        tolerance: by how much two values may differ, of the column's own unit, where one of them is no whole number.
        names: what messages call the two.

    Raises:
        DataError: if a key is missing, NULL, twice there, or of types that cannot be compared; if there is a tolerance
            without a key; or if the tables have no column in common.
    """
    pair = _Pair(engine_of(left), (left, right), columns_of(key), tolerance, names)
    pair.check()
    return pair.by_key() if pair.key else pair.by_row()


def shared_keys(left: Table, right: Table) -> list[str]:
    """Return the columns, each of which tells the rows of both tables apart."""
    there = candidate_keys(right)
    return [name for name in candidate_keys(left) if name in there]


@dataclass(frozen=True)
class _Pair:
    """Two tables, and what is to be compared of them."""

    engine: Engine
    tables: tuple[Table, Table]
    key: tuple[str, ...]
    tolerance: float
    names: tuple[str, str]

    @cached_property
    def schemas(self) -> tuple[dict[str, str], dict[str, str]]:
        """The columns of both, with their types."""
        left, right = map(self.engine.schema, self.tables)
        return left, right

    @cached_property
    def both(self) -> list[str]:
        """The columns that both have, and whose values can be compared."""
        left, right = self.schemas
        return [name for name in left if name in right and _comparable(left[name], right[name])]

    def check(self) -> None:
        """Refuse what cannot be compared."""
        left, right = self.schemas
        if not set(left) & set(right):
            raise DataError(
                f"{self.names[0]} and {self.names[1]} have no column in common: {listed(left)} there, {listed(right)} "
                "here."
            )
        if not self.key and not self.both:
            raise DataError(
                f"{' and '.join(self.names)} have no key, and no column in common whose values can be compared."
            )
        if not 0 <= self.tolerance < math.inf:
            raise DataError(f"A tolerance is a number from 0 on, not {self.tolerance}.")
        if self.tolerance and not self.key:
            raise DataError("A tolerance needs a key: without one whole rows are compared, which are equal or not.")
        for name, schema in zip(self.names, self.schemas, strict=True):
            check_columns(self.key, schema, name)
        for column in self.key:
            there, here = (f"'{column}' of {name}" for name in self.names)
            check_alike(left[column], right[column], there, here)

    def _found(self, **more: Any) -> Differences:
        left, right = self.schemas
        common = [name for name in left if name in right]
        return Differences(
            key=self.key,
            rows=(self._count(self.tables[0]), self._count(self.tables[1])),
            columns=(_without(left, right), _without(right, left)),
            types={name: (left[name], right[name]) for name in common if left[name] != right[name]},
            uncompared=tuple(name for name in common if name not in self.both),
            **more,
        )

    def _count(self, table: Table) -> int:
        [(count,)] = self._rows("select count(*) as n from source", source=table)
        return int(count)

    def _rows(self, text: str, **tables: Table) -> list[Row]:
        return self.engine.rows(self.engine.sql(text, **tables))

    def by_key(self) -> Differences:
        """Compare the rows of each key: what differs is kept once, and counted from there."""
        for name, table in zip(self.names, self.tables, strict=True):
            refuse_null_keys(self.engine, table, self.key, name)
            refuse_twice(self.engine, table, self.key, name, _REMEDY)
        differing = self.engine.persist(self.engine.sql(self._joined(), l=self.tables[0], r=self.tables[1]))
        sums = ["sum(kf_l)", "sum(kf_r)", "sum(kf_l * kf_r)"]
        sums += [f"sum(case when {self._differs(n)} then kf_l * kf_r else 0 end)" for n in self._values]
        counted = ", ".join(f"coalesce({each}, 0) as c{n}" for n, each in enumerate(sums))
        [(left, right, changed, *counts)] = self._rows(f"select {counted} from d", d=differing)
        return self._found(
            only=(int(left - changed), int(right - changed)),
            only_examples=(self._lacking(differing, "kf_r"), self._lacking(differing, "kf_l")),
            changed=int(changed),
            values=tuple(
                Changed(self.both[n], int(count), self._examples(differing, n))
                for n, count in zip(self._values, counts, strict=True)
                if count
            ),
        )

    @property
    def _values(self) -> list[int]:
        """The numbers of the columns that are no key."""
        return [n for n, name in enumerate(self.both) if name not in self.key]

    @property
    def _keys(self) -> str:
        return ", ".join(f"k{n}" for n in range(len(self.key)))

    def _joined(self) -> str:
        """Write the rows of both by their keys, as far as they differ; columns get names that meet no other."""
        keys = "".join(f"coalesce(l.{quote(c)}, r.{quote(c)}) as k{n}, " for n, c in enumerate(self.key))
        values = "".join(f"l.{quote(self.both[n])} as l{n}, r.{quote(self.both[n])} as r{n}, " for n in self._values)
        sides = ", ".join(f"case when {any_null(self.key, t)} then 0 else 1 end as kf_{t}" for t in "lr")
        same = " and ".join(f"l.{quote(c)} = r.{quote(c)}" for c in self.key)
        differs = " or ".join(["kf_l = 0", "kf_r = 0", *map(self._differs, self._values)])
        return f"select * from (select {keys}{values}{sides} from l full join r on {same}) j where {differs}"

    def _differs(self, n: int) -> str:
        """Write the condition that two values differ: NULL is a value, and what is near may be near enough."""
        differs, kinds = f"l{n} is distinct from r{n}", [schema[self.both[n]] for schema in self.schemas]
        if self.tolerance and all(map(_is_number, kinds)) and any(kind.startswith(_FLOATS) for kind in kinds):
            # What is exact is subtracted as such: as doubles large numbers would be nearer than they are.
            is_exact = not any(kind.startswith(("DOUBLE", "FLOAT")) for kind in kinds)
            less = f"cast(l{n} - r{n} as double)" if is_exact else f"cast(l{n} as double) - cast(r{n} as double)"
            far = f"abs({less}) > cast({literal(str(self.tolerance))} as double)"
            return f"({differs} and coalesce({far}, true))"
        return f"({differs})"

    def _lacking(self, differing: Table, side: str) -> tuple[Row, ...]:
        query = f"select {self._keys} from d where {side} = 0 order by {self._keys} limit {EXAMPLES}"
        return tuple(self._rows(query, d=differing))

    def _examples(self, differing: Table, n: int) -> tuple[tuple[Row, Any, Any], ...]:
        query = (
            f"select {self._keys}, l{n}, r{n} from d where kf_l = 1 and kf_r = 1 and {self._differs(n)} "
            f"order by {self._keys} limit {EXAMPLES}"
        )
        return tuple((row[:-2], row[-2], row[-1]) for row in self._rows(query, d=differing))

    def by_row(self) -> Differences:
        """Count whole rows of the columns that both have, as often as they are there."""
        columns = self._numbered
        named = ", ".join(f"{quote(name)} as c{n}" for n, name in enumerate(self.both))
        sides = (
            f"select {named}, {left} as kf_l, {right} as kf_r from {table}"
            for table, left, right in (("l", 1, 0), ("r", 0, 1))
        )
        text = (
            f"select {columns}, sum(kf_l) - sum(kf_r) as kf_n from ({' union all '.join(sides)}) b "
            f"group by {columns} having sum(kf_l) <> sum(kf_r)"
        )
        differing = self.engine.persist(self.engine.sql(text, l=self.tables[0], r=self.tables[1]))
        sums = "coalesce(sum(greatest(kf_n, 0)), 0) as a, coalesce(sum(greatest(-kf_n, 0)), 0) as b"
        [(left, right)] = self._rows(f"select {sums} from d", d=differing)
        return self._found(
            only=(int(left), int(right)),
            only_examples=(self._some(differing, ">"), self._some(differing, "<")),
        )

    @property
    def _numbered(self) -> str:
        return ", ".join(f"c{n}" for n in range(len(self.both)))

    def _some(self, differing: Table, sign: str) -> tuple[Row, ...]:
        columns = self._numbered
        text = f"select {columns} from d where kf_n {sign} 0 order by {columns} limit {EXAMPLES}"
        return tuple(self._rows(text, d=differing))


def _without(schema: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    return {name: kind for name, kind in schema.items() if name not in other}


def _comparable(kind: str, other: str) -> bool:
    """Tell whether the values of two types can be compared: both are of one type, or numbers; no engine orders maps.

    >>> _comparable("INTEGER", "DOUBLE"), _comparable("VARCHAR", "INTEGER"), _comparable("MAP(INTEGER, DATE)", "")
    (True, False, False)
    """
    same = kind == other or (_is_number(kind) and _is_number(other))
    return same and "MAP(" not in kind


def _is_number(kind: str) -> bool:
    return (kind.endswith("INT") or kind.startswith(("INTEGER", *_FLOATS))) and not kind.endswith("]")
