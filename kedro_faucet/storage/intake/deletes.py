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
    lost = None if old is None else gone(engine, old, source, key)
    if old is None or lost is None:
        return change
    whole = old if change is None else together(engine, old, change.table) if change.mode == "append" else change.table
    return Change("overwrite", engine.sql(f"select t.* from t anti join k on {_same(key)}", t=whole, k=lost))


def gone(engine: Engine, old: Table, source: Table, key: Sequence[str], others: Sequence[str] = ()) -> Table | None:
    """Return the keys of a table that a source lacks, with other columns of their rows; nothing if it has all.

    A row without a key is none that a source could have.

    Args:
        engine: whose tables they are.
        old: the table as it is.
        source: all rows of the source; only its keys are read.
        key: the columns that tell rows apart.
        others: more columns of the table.

    Raises:
        DataError: if the source has no row: then all would be deleted, and it is rather the source that is missing.
    """
    require_columns(source, key)
    keys = engine.persist(engine.sql(f"select distinct {', '.join(map(quote, key))} from source", source=source))
    if not engine.rows(engine.sql("select 1 as n from k limit 1", k=keys)):
        raise DataError("The source has no row, and faucet.deletes would delete every row of the table.")
    known = " and ".join(f"t.{quote(name)} is not null" for name in key)
    columns = ", ".join(f"t.{quote(name)}" for name in [*key, *others])
    text = f"select {columns} from t anti join k on {_same(key)} where {known}"
    lost = engine.persist(engine.sql(text, t=old, k=keys))
    [(count,)] = engine.rows(engine.sql("select count(*) as n from k", k=lost))
    if count:
        logging.getLogger(__name__).warning("%s rows are deleted, whose keys the source does not have", count)
    return lost if count else None


def _same(key: Sequence[str]) -> str:
    return " and ".join(f"t.{quote(name)} = k.{quote(name)}" for name in key)
