"""Rows that a source has no more, found by their keys and removed, when a run asks for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.storage.merge import require_columns
from kedro_faucet.storage.modes import Change
from kedro_faucet.storage.schema import together


def delete_missing(
    engine: Engine, old: Table | None, change: Change | None, source: Table, key: Sequence[str]
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

    Raises:
        DataError: if the source has no row: then all would be deleted, and it is rather the source that is missing.
    """
    if old is None:
        return change
    require_columns(source, key)
    keys = engine.persist(_keys(engine, source, key))
    if not engine.rows(engine.sql("select 1 as n from t limit 1", t=keys)):
        raise DataError("The source has no row, and faucet.deletes would delete every row of the table.")
    same = " and ".join(f"t.{quote(name)} = k.{quote(name)}" for name in key)
    gone = engine.sql(f"select count(*) as n from before t anti join keys k on {same}", before=old, keys=keys)
    [(count,)] = engine.rows(gone)
    if not count:
        return change
    logging.getLogger(__name__).warning("%s rows are deleted, whose keys the source does not have", count)
    whole = old if change is None else together(engine, old, change.table) if change.mode == "append" else change.table
    return Change(
        "overwrite", engine.sql(f"select t.* from whole t semi join keys k on {same}", whole=whole, keys=keys)
    )


def _keys(engine: Engine, source: Table, key: Sequence[str]) -> Table:
    return engine.sql(f"select distinct {', '.join(map(quote, key))} from source", source=source)
