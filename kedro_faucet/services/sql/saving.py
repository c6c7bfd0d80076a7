"""Rows into a database: staged for one connection alone, and put in their place at once."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Save
from kedro_faucet.services.keys import kept_twice
from kedro_faucet.services.rows import Rows
from kedro_faucet.services.sql.newest import newest
from kedro_faucet.services.sql.staging import Staged, rows_of
from kedro_faucet.services.sql.transaction import Column, Transaction


def save(write: Transaction, reader: pa.RecordBatchReader | Staged, how: Save) -> int:
    """Take rows into a table in one transaction, and return how many came.

    Raises:
        DataError: if rows are refused; nothing was written.
        ResourceError: if the table is another than it was when the rows were staged.
        RowsStopped: if the rows cannot be computed.
    """
    rows, before, write.key = rows_of(reader), write.find(), how.key
    types = types_of(write, rows.schema, before or {}, how)
    _stage(write, rows, types, how)
    write.begin()
    found = write.find()
    _refuse_changed(before, found, types, how)
    if found is None:
        write.create(rows.schema, how)
        write.insert([name for name in rows.schema.names if name != how.delete_by], f"not {_marked(write, how)}")
    elif how.mode == "overwrite":
        _replace(write, found, rows.schema)
    else:
        write.change(_added(write, found, rows.schema, how), [])
        write.check(found, rows.schema, how)
        write.clear(how)
        (_merge if how.mode == "merge" else _append)(write, found, rows.schema, how)
    write.commit()
    return rows.count


def types_of(write: Transaction, schema: pa.Schema, found: Mapping[str, Column], how: Save) -> dict[str, str]:
    """Return the types of staged rows: those of the table, so that its own comparisons are made of them."""
    made = {field.name: write.stored(field, is_key=field.name in how.key) for field in schema}
    return {name: found[name].type if name in found else kind for name, kind in made.items()}


def _stage(write: Transaction, rows: Rows | Staged, types: Mapping[str, str], how: Save) -> None:
    if isinstance(rows, Staged):
        write.gather(rows, types)
    elif how.mode != "merge":
        rows.through(lambda incoming: write.take(incoming, types))
    else:
        with newest(rows, how) as one_a_key:
            write.take(one_a_key, types)


def _refuse_changed(
    before: Mapping[str, Column] | None, found: Mapping[str, Column] | None, types: Mapping[str, str], how: Save
) -> None:
    """Refuse a table that another process has made or changed while the rows came."""
    is_made = before is None and found is not None
    if is_made and how.mode in ("error", "ignore"):
        raise ResourceError("Another process made the table meanwhile; nothing was written. Run again.")
    others = is_made and {name: each.type for name, each in (found or {}).items()}.items() - types.items()
    if others or (before is not None and before != found):
        raise ResourceError("Another process changed the table's columns meanwhile; nothing was written. Run again.")


def _added(write: Transaction, found: Mapping[str, Column], schema: pa.Schema, how: Save) -> dict[str, str]:
    new = [field for field in schema if field.name not in found and field.name != how.delete_by]
    return {field.name: write.stored(field) for field in new}


def _replace(write: Transaction, found: Mapping[str, Column], schema: pa.Schema) -> None:
    gone = [name for name, each in found.items() if name not in schema.names and not each.is_filled]
    write.change(_added(write, found, schema, Save()), gone)
    write.check(found, schema, Save())
    write.run(f"delete from {write.named}")
    write.insert(schema.names)


def _append(write: Transaction, found: Mapping[str, Column], schema: pa.Schema, how: Save) -> None:
    write.insert(schema.names)


def _merge(write: Transaction, found: Mapping[str, Column], schema: pa.Schema, how: Save) -> None:
    same = " and ".join(map(write.same, how.key))
    newer = write.newer(how.order_by) if how.order_by else "1 = 1"
    marked = _marked(write, how)
    names = [name for name in schema.names if name != how.delete_by]
    if how.delete_by:
        write.delete(f"{marked} and {same} and {newer}")
    _refuse_kept_twice(write, f"{same} and {newer}", how)
    if rest := [name for name in names if name not in how.key]:
        write.update(rest, f"not {marked} and {same} and {newer}")
    write.insert_new(names, f"not {marked}", same)


def _marked(write: Transaction, how: Save) -> str:
    return write.marked(how.delete_by) if how.delete_by else "(1 = 0)"


def _refuse_kept_twice(write: Transaction, condition: str, how: Save) -> None:
    """Refuse to replace a key that the table has twice: a newer one of its rows would be lost."""
    keys = ", ".join(map(write.grouped, how.key))
    join = f"{write.named} t join {write.stage} s on {condition}"
    if rows := write.ask(f"select {keys} from {join} group by {keys} having count(*) > 1 order by {keys}"):
        raise kept_twice(how.key, how.key, rows[:3])
