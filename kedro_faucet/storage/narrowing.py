"""Tables of files, narrowed as a database would narrow its own: to some columns and rows."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.merge import require_columns


def narrowed(
    engine: Engine, table: Table, select: str | Sequence[str] = (), where: str | None = None, query: str | None = None
) -> Table:
    """Return some columns of some rows.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> numbers = engine.sql("select * from (values (1, 'a'), (2, 'b')) t(n, s)")
    >>> engine.rows(narrowed(engine, numbers, select=["s"], where="n > 1"))
    [('b',)]

    Raises:
        ResourceError: if a query is asked for: files have no SQL of their own.
        DataError: if there is no such column.
    """
    if query:
        raise ResourceError("query: is SQL of a database, and files have none: use a SQL node, or select: and where:.")
    names = [select] if isinstance(select, str) else list(select)
    require_columns(table, names)
    columns = ", ".join(map(quote, names)) or "*"
    return engine.sql(f"select {columns} from resource" + (f" where {where}" if where else ""), resource=table)
