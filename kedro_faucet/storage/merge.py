"""Merge: rows with a known key replace the old ones, unless they are older; the others are added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError, did_you_mean, listed
from kedro_faucet.services.keys import kept_twice, null_key, same_key
from kedro_faucet.storage.intake.audit import COLUMNS
from kedro_faucet.storage.schema import conform, settled, storable, together, widened


def merge(
    engine: Engine, old: Table | None, new: Table, key: Sequence[str], order_by: str | None = None
) -> tuple[Literal["append", "overwrite"], Table] | None:
    """Return what a merge changes: rows to append, or the whole table anew, or nothing.

    Of several rows with one key the newest by ``order_by`` wins; among equally new ones the incoming row does.

    Raises:
        DataError: if a key is NULL, several incoming rows have one key and nothing tells which is the newest, or the
            table has several rows of a key that would be replaced.
    """
    require_columns(new, [*key, *([order_by] if order_by else [])])
    rows = one_a_key(engine, new, key, order_by)
    if old is None:
        return "overwrite", rows
    typed = settled(engine, old, rows)
    anew = typed is not old
    rows, old = conform(engine, typed, rows), widened(engine, typed, rows)
    winners = engine.persist(_winners(engine, old, rows, key, order_by))
    count = "select count(*) filter (where kf_is_new) as added, count(*) filter (where not kf_is_new) as replaced"
    [(added, replaced)] = engine.rows(engine.sql(f"{count} from winners", winners=winners))
    if replaced:
        _refuse_several(engine, old, winners, key)
        return "overwrite", _replace(engine, old, winners, key)
    if not added:
        return None
    found = _columns(engine, winners, rows.columns)
    return ("overwrite", together(engine, old, found)) if anew else ("append", found)


def one_a_key(engine: Engine, new: Table, key: Sequence[str], order_by: str | None) -> Table:
    """Return the newest row of each key.

    Raises:
        DataError: if a key is NULL, or of several rows of a key nothing tells which is the newest.
    """
    rows = engine.persist(storable(engine, new))
    _refuse_null_keys(engine, rows, key)
    return _newest(engine, rows, key, order_by)


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


def _refuse_null_keys(engine: Engine, rows: Table, key: Sequence[str]) -> None:
    condition = " or ".join(f"{quote(name)} is null" for name in key)
    examples = engine.rows(engine.sql(f"select * from incoming where {condition} limit 3", incoming=rows))
    if examples:
        raise null_key(key, rows.columns, examples)


def _newest(engine: Engine, rows: Table, key: Sequence[str], order_by: str | None) -> Table:
    """Return one row a key; which one never depends on the order in which rows came."""
    keys = _list(key)
    if order_by is None:
        rows = engine.sql(f"select distinct * from incoming order by {keys}", incoming=rows)
        _refuse_duplicates(engine, rows, key)
        return rows
    rest = [name for name in rows.columns if name not in {*key, order_by}]
    order = ", ".join(f"{quote(name)} desc nulls last" for name in [order_by, *rest])
    first = f"row_number() over (partition by {keys} order by {order}) = 1"
    return engine.sql(f"select {_list(rows.columns)} from incoming qualify {first}", incoming=rows)


def _refuse_duplicates(engine: Engine, rows: Table, key: Sequence[str]) -> None:
    several = f"qualify count(*) over (partition by {_list(key)}) > 1 order by {_list(key)} limit 4"
    examples = engine.rows(engine.sql(f"select {_list(rows.columns)} from incoming {several}", incoming=rows))
    if examples:
        raise same_key(key, rows.columns, examples)


def _refuse_several(engine: Engine, old: Table, winners: Table, key: Sequence[str]) -> None:
    """Refuse to replace a key that another mode wrote twice: a newer one of its rows would be lost."""
    keys = ", ".join(f"o.{quote(name)}" for name in key)
    text = f"select {keys} from before o join winners w on {_same(key, 'o', 'w')} group by {keys} having count(*) > 1"
    found = engine.sql(f"{text} order by {keys} limit 3", before=old, winners=winners)
    if examples := engine.rows(found):
        raise kept_twice(key, found.columns, examples)


def _winners(engine: Engine, old: Table, rows: Table, key: Sequence[str], order_by: str | None) -> Table:
    """Return the incoming rows that change something, each told whether its key is new."""
    rest = [name for name in rows.columns if name not in {*key, *COLUMNS}]
    differs = " or ".join(f"i.{quote(name)} is distinct from o.{quote(name)}" for name in rest) or "false"
    newer = f"(o.{quote(order_by)} is null or i.{quote(order_by)} >= o.{quote(order_by)})" if order_by else "true"
    is_new = f"o.{quote(key[0])} is null"
    return engine.sql(
        f"select i.*, {is_new} as kf_is_new from incoming i left join before o on {_same(key, 'i', 'o')} "
        f"where {is_new} or ({newer} and ({differs}))",
        incoming=rows,
        before=old,
    )


def _replace(engine: Engine, old: Table, winners: Table, key: Sequence[str]) -> Table:
    columns = ", ".join(f"o.{quote(name)}" for name in old.columns)
    return engine.sql(
        f"select {columns} from before o left join winners w on {_same(key, 'o', 'w')} where w.{quote(key[0])} is null "
        f"union all select {_list(old.columns)} from winners",
        before=old,
        winners=winners,
    )


def _columns(engine: Engine, table: Table, names: Sequence[str]) -> Table:
    return engine.sql(f"select {_list(names)} from winners", winners=table)


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))


def _same(key: Sequence[str], left: str, right: str) -> str:
    return " and ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in key)
