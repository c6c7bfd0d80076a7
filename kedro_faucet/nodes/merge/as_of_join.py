"""As-of join: each row meets the version of another table that held at the row's own time, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kedro_faucet.engines import Table
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.lineage import Origin, Traced
from kedro_faucet.nodes.merge.keys import key_of
from kedro_faucet.nodes.merge.versions_met import VersionsMet
from kedro_faucet.nodes.star.keys import check_choice

Unmatched = Literal["keep", "error"]


@dataclass(frozen=True)
class AsOf:
    """How a table is joined as of a time: a history, or any table whose rows have a time or another order.

    >>> AsOf({"sku": "code"}, columns={"price": "price_then"}).key
    {'sku': 'code'}

    Args:
        on: the columns to look up by: one name or several that both tables have, or the table's by the other's.
        columns: those to take of the other table, or their new names by the old ones; default: all but its key and what
            tells when its rows held (``is_current`` too, which tells of what came later).
        at: the other table's column that tells since when a row holds: dates, timestamps or exact numbers.
        until: the column that tells when it ceased to; default: ``valid_to``, where the table has it. Without one a row
            holds until the next one of its key.
        unmatched: what to do with rows that meet nothing, as nothing held at their time, or their key or time is NULL:
            ``keep`` puts NULL, ``error`` refuses the table.

    Raises:
        ConfigError: if a choice is none.
    """

    on: str | Sequence[str] | Mapping[str, str]
    columns: Sequence[str] | Mapping[str, str] | None = None
    at: str = "valid_from"
    until: str | None = None
    unmatched: Unmatched = "keep"

    def __post_init__(self) -> None:
        """Check the choices."""
        check_choice("AsOf: unmatched=", self.unmatched, get_args(Unmatched))
        if isinstance(self.columns, str) or not self.key:
            raise ConfigError("AsOf: on= names one column or more, and columns= is a list of names.")

    @property
    def key(self) -> dict[str, str]:
        """The columns to look up by, and those of the other table that they are compared with."""
        return key_of(self.on)

    def end(self, there: Sequence[str]) -> str | None:
        """Return which column of the other table tells when a row ceased to hold."""
        return self.until or ("valid_to" if "valid_to" in there else None)

    def taken(self, there: Sequence[str]) -> dict[str, str]:
        """Return the columns to take, and their new names."""
        if isinstance(self.columns, Mapping):
            return dict(self.columns)
        own = {*self.key.values(), self.at, self.end(there), "is_current"}
        chosen = [name for name in there if name not in own] if self.columns is None else self.columns
        return {name: name for name in chosen}


@dataclass(frozen=True)
class AsOfJoin:
    """A table's rows, each with columns of other tables as they were at its time: exactly one row a row.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> sales = engine.sql("select * from (values ('tea', date '2013-02-27'), ('tea', '2013-02-28')) t(sku, day)")
    >>> rows = "(values ('tea', date '2013-01-31', 3), ('tea', '2013-02-28', 4)) t(sku, since, price)"
    >>> prices = engine.sql(f"select * from {rows}")
    >>> sorted(engine.rows(AsOfJoin("day", AsOf("sku", at="since")).build(sales, prices)))
    [('tea', datetime.date(2013, 2, 27), 3), ('tea', datetime.date(2013, 2, 28), 4)]

    A version holds from its very first moment until before the time at which it ceases to. A date is its first moment.

    Args:
        at: the table's column of times, or of numbers where the other tables have such.
        others: how each of the other tables is joined, in their order; a name stands for a history with that key.

    Raises:
        ConfigError: if another number of tables is given.
        DataError: if a column is missing, types do not compare alike, two columns have one name, rows of another table
            do not tell which of them held at a time, or rows meet nothing where that is refused.
    """

    at: str
    others: AsOf | str | Sequence[AsOf | str]

    @property
    def sides(self) -> list[AsOf]:
        """How each of the other tables is joined."""
        given = [self.others] if isinstance(self.others, str | AsOf) else self.others
        return [AsOf(each) if isinstance(each, str) else each for each in given]

    def build(self, table: Table, *others: Table) -> Table:
        """Return the table's rows, with columns of the other ones behind their own."""
        if len(others) != len(self.sides):
            raise ConfigError(f"AsOfJoin joins {len(self.sides)} other tables, and {len(others)} are given.")
        for side, other in zip(self.sides, others, strict=True):
            there = other.columns
            met = VersionsMet.of(table, self.at, side.key, other, side.at, side.end(there), side.taken(there))
            table = met.build(is_complete=side.unmatched == "error")
        return table

    def lineage(self, table: Traced, *others: Traced) -> Traced:
        """Return the columns of the table, and those taken of the others by keys and times."""
        made = table
        for side, other in zip(self.sides, others, strict=True):
            ends = [name for name in [side.end(list(other.schema))] if name]
            keys = [*map(table.origin, (*side.key, self.at)), *map(other.origin, (*side.key.values(), side.at, *ends))]
            by = tuple(dict.fromkeys(place for key in keys for place in key.values))
            taken = side.taken(list(other.schema))
            types = {new: other.schema[name] for name, new in taken.items()}
            made = made.having({new: Origin(other.origin(name).values, by) for name, new in taken.items()}, types=types)
        return made

    def sql(self) -> str:
        """Return the SQL that DuckDB has for it, as a preview shows it."""
        joins = [
            f"asof left join other_{n} on {' and '.join(f'source.{a} = other_{n}.{b}' for a, b in side.key.items())} "
            f"and source.{self.at} >= other_{n}.{side.at}"
            for n, side in enumerate(self.sides, 1)
        ]
        return "\n".join(["select * from source", *joins])
