"""Rows that a source has no more, found by their keys and removed, when an entry or a run asks for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.services.keys import shown
from kedro_faucet.storage.change import Change
from kedro_faucet.storage.merge import PLACE, any_rows, require_columns
from kedro_faucet.storage.schema import together


def delete_missing(
    engine: Engine, old: Table | None, change: Change | None, source: Table, key: Sequence[str], *, most: bool = True
) -> Change | None:
    """Return a change without the rows whose key the source does not have.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> old = engine.sql("select * from (values (1, 'a'), (2, 'b')) t(id, s)")
    >>> delete_missing(engine, old, None, engine.sql("select id from t", t=old), ["id"]) is None  # it has them all
    True

    Args:
        engine: whose tables they are.
        old: the table as it is.
        change: what a merge makes of it.
        source: all rows of the source; only its keys are read.
        key: the columns that tell rows apart.
        most: whether more than half of the rows may be deleted.

    Raises:
        DataError: if the source has no row: then all would be deleted, and it is rather the source that is missing; or
            if it lacks most rows.
    """
    placed = engine.placed(old) if old is not None and (change is None or change.mode == "append") else None
    before, others = (old, ()) if placed is None else (placed, PLACE)
    lost = None if before is None else gone(engine, before, source, key, others, most=most)
    if old is None or lost is None:
        return change
    if placed is not None:
        return _without_places(engine, old, change, lost)
    whole = old if change is None else together(engine, old, change.table) if change.mode == "append" else change.table
    return Change("overwrite", engine.sql(f"select t.* from t anti join k on {_same(key)}", t=whole, k=lost))


def gone(
    engine: Engine, old: Table, source: Table, key: Sequence[str], others: Sequence[str] = (), *, most: bool = True
) -> Table | None:
    """Return the keys of a table that a source lacks, with other columns of their rows; nothing if it has all.

    A row without a key is none that a source could have.

    Args:
        engine: whose tables they are.
        old: the table as it is.
        source: all rows of the source; only its keys are read.
        key: the columns that tell rows apart.
        others: more columns of the table.
        most: whether it may lack more than half of the rows.

    Raises:
        DataError: if the source has no row: then all would be deleted, and it is rather the source that is missing; or
            if it lacks most rows.
    """
    require_columns(source, key)
    keys = engine.persist(engine.sql(f"select distinct {', '.join(map(quote, key))} from source", source=source))
    if not any_rows(engine, keys):
        raise DataError("The source has no row: to take it at its word would delete every row of the table.")
    known = " and ".join(f"t.{quote(name)} is not null" for name in key)
    columns = ", ".join(f"t.{quote(name)}" for name in [*key, *others])
    text = f"select {columns} from t anti join k on {_same(key)} where {known}"
    lost = engine.persist(engine.sql(text, t=old, k=keys))
    [(count,)] = engine.rows(engine.sql("select count(*) as n from k", k=lost))
    if not count:
        return None
    if not most:
        _refuse_most(engine, old, lost, key, count)
    logging.getLogger(__name__).warning("%s rows are deleted, whose keys the source does not have", count)
    return lost


def _refuse_most(engine: Engine, old: Table, lost: Table, key: Sequence[str], count: int) -> None:
    [(total,)] = engine.rows(engine.sql("select count(*) as n from t", t=old))
    if 2 * count <= total:
        return
    columns = ", ".join(map(quote, key))
    examples = engine.rows(engine.sql(f"select {columns} from lost order by {columns} limit 5", lost=lost))
    raise DataError(
        f"delete_missing: {count} of {total} rows would be deleted, since the source has their keys no more, as\n"
        f"{shown(key, examples)}\nIf it really lost more than half, run once with --params faucet.deletes=true."
    )


def _without_places(engine: Engine, old: Table, change: Change | None, lost: Table) -> Change:
    """Return the change with more places; what a merge writes has the source's keys."""
    places = engine.sql("select kf_file, kf_row from lost", lost=lost)
    if change is None:
        return Change("append", engine.sql("select * from t where false", t=old), places)
    if change.gone is not None:
        text = "select kf_file, kf_row from lost union all select kf_file, kf_row from more"
        places = engine.sql(text, lost=places, more=change.gone)
    return Change("append", change.table, places)


def _same(key: Sequence[str]) -> str:
    return " and ".join(f"t.{quote(name)} = k.{quote(name)}" for name in key)
