"""Merge: rows with a known key replace the old ones, unless they are older; the others are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError, did_you_mean, listed
from kedro_faucet.services.keys import kept_twice, null_key, same_key
from kedro_faucet.storage.change import Change
from kedro_faucet.storage.intake.audit import COLUMNS
from kedro_faucet.storage.schema import conform, settled, storable, together

_BOUNDED = ("VARCHAR", "DATE", "TIMESTAMP", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL")
"""Kinds of keys whose lowest and highest value tell which files may have them; NaN is in no order."""
PLACE = ("kf_file", "kf_row")
"""Columns of ``Engine.placed``."""


@dataclass(frozen=True)
class Merge:
    """What tells rows apart, which of two is the newer, and which only says that its key is gone.

    Args:
        key: the columns that tell rows apart.
        order_by: the column whose greater value is the newer row.
        delete_by: a column of booleans, which is not kept: a row that says true deletes its key.
    """

    key: Sequence[str]
    order_by: str | None = None
    delete_by: str | None = None

    def __call__(self, engine: Engine, old: Table | None, new: Table) -> Change | None:
        """Return what a merge changes of a table, or nothing.

        Of several rows with one key the newest by ``order_by`` wins; among equally new ones the incoming row does. Of a
        Delta table only the files that hold a replaced row are written again.

        Raises:
            DataError: if a key is NULL, several incoming rows have one key and nothing tells which is the newest, or
                the table has several rows of a key that would be replaced.
        """
        require_columns(new, [*self.key, *filter(None, (self.order_by, self.delete_by))])
        rows, told = self.incoming(engine, new)
        if old is None:
            return Change("overwrite", self._kept(engine, rows, ()))
        typed = settled(engine, old, rows)
        rows = conform(engine, typed, rows)
        placed = engine.placed(old, told.bounds) if typed is old else None
        return self._change(engine, typed, placed, rows, told.keys, anew=typed is not old)

    def incoming(self, engine: Engine, new: Table) -> tuple[Table, Told]:
        """Return the newest row of each key, computed, and what is known of them.

        Raises:
            DataError: if a key is NULL, or of several rows of a key nothing tells which is the newest.
        """
        rows = engine.persist(storable(engine, new))
        self._require_marks(engine, rows)
        told = self._told(engine, rows)
        return (engine.persist(self._newest(engine, rows)) if told.rows > told.keys else rows), told

    def _require_marks(self, engine: Engine, rows: Table) -> None:
        kind = engine.schema(rows)[self.delete_by] if self.delete_by else "BOOLEAN"
        if kind != "BOOLEAN":
            raise DataError(f"delete_by: '{self.delete_by}' is {kind}, not BOOLEAN: make it true or false in the node.")

    def _told(self, engine: Engine, rows: Table) -> Told:
        """Count rows and keys, and find the bounds of these, in one pass.

        Raises:
            DataError: if a key is NULL.
        """
        kinds = engine.schema(rows)
        bounded = [name for name in self.key if kinds[name].startswith(_BOUNDED) and "[" not in kinds[name]]
        bounds = "".join(
            f", min({quote(name)}) as kf_low{n}, max({quote(name)}) as kf_high{n}" for n, name in enumerate(bounded)
        )
        null = " or ".join(f"{quote(name)} is null" for name in self.key)
        grouped = f"select {_list(self.key)}, count(*) as kf_count from incoming group by {_list(self.key)}"
        counts = (
            f"coalesce(sum(kf_count), 0) as kf_rows, count(*) as kf_keys, count(*) filter (where {null}) as kf_nulls"
        )
        text = f"select {counts}{bounds} from ({grouped}) as g"
        [(count, keys, nulls, *found)] = engine.rows(engine.sql(text, incoming=rows))
        if nulls:
            text = f"select * from incoming where {null} limit 3"
            raise null_key(self.key, rows.columns, engine.rows(engine.sql(text, incoming=rows)))
        pairs = zip(bounded, found[::2], found[1::2], strict=True)
        return Told(int(count), keys, {name: (low, high) for name, low, high in pairs if low is not None})

    def _newest(self, engine: Engine, rows: Table) -> Table:
        """Return one row a key; which one never depends on the order in which rows came."""
        keys = _list(self.key)
        if self.order_by is None:
            rows = engine.sql(f"select distinct * from incoming order by {keys}", incoming=rows)
            _refuse_duplicates(engine, rows, self.key)
            return rows
        rest = [name for name in rows.columns if name not in {*self.key, self.order_by}]
        order = ", ".join(f"{quote(name)} desc nulls last" for name in [self.order_by, *rest])
        first = f"row_number() over (partition by {keys} order by {order}) = 1"
        return engine.sql(f"select {_list(rows.columns)} from incoming qualify {first}", incoming=rows)

    def _change(
        self, engine: Engine, old: Table, placed: Table | None, rows: Table, keys: int, *, anew: bool
    ) -> Change | None:
        text = self._hits(old.columns, rows.columns, is_placed=placed is not None)
        hits = engine.persist(engine.sql(text, before=old if placed is None else placed, incoming=rows))
        known, replaced = self._counted(engine, hits)
        same = _same(self.key, "i", "h")
        text = f"select i.* from incoming i anti join hits h on {same} and not h.kf_replaced"
        written = self._kept(engine, engine.sql(text, incoming=rows, hits=hits), old.columns)
        if not replaced and (known == keys or (self.delete_by and not any_rows(engine, written))):
            return None
        if not replaced and not anew:
            return Change("append", written)
        if placed is not None:
            gone = engine.sql("select kf_file, kf_row from hits where kf_replaced", hits=hits)
            return Change("append", written, gone)
        text = f"select o.* from before o anti join hits h on {_same(self.key, 'o', 'h')} and h.kf_replaced"
        return Change("overwrite", together(engine, engine.sql(text, before=old, hits=hits), written))

    def _hits(self, old: Sequence[str], new: Sequence[str], *, is_placed: bool) -> str:
        """Return the SELECT of the table's rows whose key comes in, each told whether it is replaced."""
        rest = [name for name in new if name not in {*self.key, *COLUMNS, self.delete_by}]
        differs = " or ".join(_differs(quote(name), name in old) for name in rest) or "false"
        if self.delete_by:
            differs = f"coalesce(i.{quote(self.delete_by)}, false) or {differs}"
        if self.order_by:
            time = quote(self.order_by)
            newer = f"(o.{time} is null or i.{time} >= o.{time})" if self.order_by in old else "true"
            differs = f"coalesce({newer}, false) and ({differs})"
        columns = [f"o.{quote(name)}" for name in self.key] + ["o.kf_file", "o.kf_row"] * is_placed
        joined = f"before o join incoming i on {_same(self.key, 'o', 'i')}"
        return f"select {', '.join(columns)}, ({differs}) as kf_replaced from {joined}"

    def _counted(self, engine: Engine, hits: Table) -> tuple[int, int]:
        """Count the keys that the table has, and those whose row is replaced.

        Raises:
            DataError: if the table has several rows of such a key: a newer one of them would be lost.
        """
        keys = _list(self.key)
        counts = "count(*) as kf_count, count(*) filter (where kf_replaced) as kf_replaced_count"
        grouped = f"select {keys}, {counts} from hits group by {keys}"
        several = "kf_replaced_count > 0 and kf_count > 1"
        text = (
            "select count(*) as kf_known, count(*) filter (where kf_replaced_count > 0) as kf_replaced, "
            f"count(*) filter (where {several}) as kf_several from ({grouped}) as g"
        )
        [(known, replaced, twice)] = engine.rows(engine.sql(text, hits=hits))
        if twice:
            text = f"select {keys} from ({grouped}) as g where {several} order by {keys} limit 3"
            raise kept_twice(self.key, self.key, engine.rows(engine.sql(text, hits=hits)))
        return known, replaced

    def _kept(self, engine: Engine, rows: Table, known: Sequence[str]) -> Table:
        """Return the rows that stay, without the column that only says which do not."""
        if not self.delete_by:
            return rows
        marked = quote(self.delete_by)
        columns = [name for name in rows.columns if name != self.delete_by or name in known]
        return engine.sql(f"select {_list(columns)} from incoming where not coalesce({marked}, false)", incoming=rows)


class Told(NamedTuple):
    """Of incoming rows: how many there are, of how many keys, and between which these lie."""

    rows: int
    keys: int
    bounds: dict[str, tuple[Any, Any]]


def one_a_key(engine: Engine, new: Table, key: Sequence[str], order_by: str | None) -> Table:
    """Return the newest row of each key.

    Raises:
        DataError: if a key is NULL, or of several rows of a key nothing tells which is the newest.
    """
    return Merge(key, order_by).incoming(engine, new)[0]


def require_columns(table: Table, names: Sequence[str]) -> None:
    """Refuse a table that lacks a column.

    Raises:
        DataError: naming the column and the nearest one.
    """
    for name in names:
        if name not in table.columns:
            raise DataError(
                f"There is no column '{name}'.{did_you_mean(name, table.columns)} "
                f"The columns are: {listed(table.columns, near=name)}."
            )


def any_rows(engine: Engine, table: Table) -> bool:
    """Tell whether a table has a row."""
    return bool(engine.rows(engine.sql("select 1 as n from t limit 1", t=table)))


def _refuse_duplicates(engine: Engine, rows: Table, key: Sequence[str]) -> None:
    several = f"qualify count(*) over (partition by {_list(key)}) > 1 order by {_list(key)} limit 4"
    examples = engine.rows(engine.sql(f"select {_list(rows.columns)} from incoming {several}", incoming=rows))
    if examples:
        raise same_key(key, rows.columns, examples)


def _differs(column: str, is_known: bool) -> str:
    return f"i.{column} is distinct from o.{column}" if is_known else f"i.{column} is not null"


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))


def _same(key: Sequence[str], left: str, right: str) -> str:
    return " and ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in key)
