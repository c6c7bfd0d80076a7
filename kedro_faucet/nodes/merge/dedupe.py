"""Dedupe: one row a key, the newest or the oldest; what does not tell which that is, is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.merge.keys import listing, refuse_null_keys, refuse_twice
from kedro_faucet.nodes.star.keys import check_choice, check_columns, check_unique, columns_of

Keep = Literal["last", "first"]


@dataclass(frozen=True)
class Dedupe:
    """One row of each key: the last, or the first, in an order; rows that are the same in all columns count as one.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> orders = engine.sql("select * from (values (1, 1, 'new'), (1, 2, 'paid'), (2, 1, 'new')) t(id, version, state)")
    >>> sorted(engine.rows(Dedupe("id", order_by="version").build(orders)))
    [(1, 2, 'paid'), (2, 1, 'new')]
    >>> Dedupe("id").build(orders)
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The table: 1 key has several rows. id: 1 in 2 rows. Say order_by=, ...

    NULL is the lowest value of the order. Different rows of a key that are equal in the order are refused: chance would
    choose one.

    Args:
        key: the columns that tell what is one.
        order_by: the columns that tell which row of a key is the last.
        keep: ``last`` or ``first``.

    Raises:
        ConfigError: if a choice is none.
        DataError: if a column is missing, a key is NULL, or several rows of a key are the last.
    """

    key: str | Sequence[str]
    order_by: str | Sequence[str] = ()
    keep: Keep = "last"

    def __post_init__(self) -> None:
        """Check the choices."""
        check_unique([*columns_of(self.key), *columns_of(self.order_by)], "Dedupe names")
        if not columns_of(self.key):
            raise ConfigError("Dedupe: key= names one column or more.")
        check_choice("keep=", self.keep, get_args(Keep))

    def build(self, table: Table) -> Table:
        """Return one row of each key."""
        engine, key = engine_of(table), columns_of(self.key)
        check_columns([*key, *columns_of(self.order_by)], table.columns, "The table")
        refuse_null_keys(engine, table, key, "The table")
        rows = engine.persist(engine.sql(self.sql(), source=table))
        self._refuse_several(engine, rows)
        return rows

    def sql(self) -> str:
        """Return the SQL; of several rows of a key it keeps those that are the last, which are refused then."""
        keys = listing(columns_of(self.key))
        if not columns_of(self.order_by):
            return "select distinct * from source"
        direction = "desc nulls last" if self.keep == "last" else "asc nulls first"
        order = ", ".join(f"{quote(name)} {direction}" for name in columns_of(self.order_by))
        last = f"select * from source qualify rank() over (partition by {keys} order by {order}) = 1"
        return f"select distinct * from ({last}) as kf_last"

    def lineage(self, table: Traced) -> Traced:
        """Return the columns as they are; key and order tell which rows are kept."""
        return trace(self.sql(), {"source": table})

    def _refuse_several(self, engine: Engine, rows: Table) -> None:
        order = ", ".join(columns_of(self.order_by))
        remedy = f"They are equal in {order}: name a column more that tells them apart." if order else ""
        remedy = remedy or "Say order_by=, which column tells the last one."
        refuse_twice(engine, rows, columns_of(self.key), "The table", remedy)
