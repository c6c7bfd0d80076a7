"""What a save takes into a table of a database: increments, ranges again, and deletes of what the source lacks."""

from __future__ import annotations

from dataclasses import replace

from kedro_faucet.config.run import current_run
from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.services.database import Save
from kedro_faucet.storage.database import DatabaseStore
from kedro_faucet.storage.intake.deletes import gone
from kedro_faucet.storage.intake.intake import Intake

_GONE = "kf_gone"


def save(store: DatabaseStore, intake: Intake, new: Table, how: Save) -> None:
    """Save what a table takes of incoming rows, in one transaction.

    Args:
        store: the table.
        intake: what its entry says of incoming rows.
        new: the incoming rows.
        how: as the entry's mode says.

    Raises:
        DataError: if rows are refused; nothing was written.
        ResourceError: if the database refuses.
    """
    engine, deletes = store.engine, intake.deleting and bool(how.key)
    there = store.read() if (deletes or not intake.takes_all) and store.exists() else None
    which, cursor = intake.reloaded, intake.increment.cursor if intake.increment else ""
    highest = store.highest(cursor) if there is not None and cursor and not which else None
    rows = intake.rows(engine, there, new, highest)
    if there is not None and which:
        how = replace(how, replaces=store.between(cursor, which.start, which.end))
    if there is not None and deletes:
        rows, how = _deleting(store, new, rows, how)
    if rows is not None:
        store.save(rows, how)


def _deleting(store: DatabaseStore, source: Table, rows: Table | None, how: Save) -> tuple[Table | None, Save]:
    """Return also the rows that the source has no more, marked to be deleted unless they are newer by then."""
    engine, known = store.engine, store.database.target(store.selection.table) or {}
    others = [name for name in (how.order_by,) if name in known and name not in how.key and name]
    before = store.of([*how.key, *others]).read()
    lost = gone(engine, before, source, how.key, others, most=current_run().deletes)
    if lost is None:
        return rows, how
    taken = engine.sql("select * from source where false", source=source) if rows is None else rows
    return _marked(engine, taken, lost, how.delete_by), replace(how, delete_by=how.delete_by or _GONE)


def _marked(engine: Engine, rows: Table, lost: Table, delete_by: str | None) -> Table:
    types = {name: kind for name, kind in engine.schema(rows).items() if name != delete_by}
    mark, columns = quote(delete_by or _GONE), ", ".join(map(quote, types))
    values = [f"cast({quote(name) if name in lost.columns else 'null'} as {kind})" for name, kind in types.items()]
    return engine.sql(
        f"select {columns}, {quote(delete_by) if delete_by else 'false'} as {mark} from taken "
        f"union all select {', '.join(values)}, true from lost",
        taken=rows,
        lost=lost,
    )
