"""Columns that a Delta table is partitioned by: each value has a folder of its own."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.engines.delta import partitions
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.partitions import require_partitions


def check_partitions(engine: Engine, rows: Table, names: Sequence[str], uri: str | None = None) -> None:
    """Refuse columns that no table can be partitioned by, and texts that a folder's name cannot say.

    Args:
        engine: whose rows they are.
        rows: what is to be written.
        names: the columns.
        uri: the table that rows are added to; its own columns stay.

    Raises:
        DataError: if a column is missing or of another kind, none is left beside them, or a text is empty.
        ResourceError: if the table is partitioned by other columns.
    """
    kinds = engine.schema(rows)
    require_partitions(kinds, names)
    _refuse_empty(engine, rows, [name for name in names if kinds[name] == "VARCHAR"])
    if uri and (known := partitions(uri)) != list(names):
        raise ResourceError(
            f"The Delta table {uri} is partitioned by {', '.join(known) or 'nothing'}, not by {', '.join(names)}: "
            "write it once with mode: overwrite, or correct partition_by."
        )


def _refuse_empty(engine: Engine, rows: Table, names: Sequence[str]) -> None:
    """Refuse an empty text, which Delta keeps as NULL in a column of partitions."""
    for name in names:
        if engine.rows(engine.sql(f"select 1 as n from t where {quote(name)} = '' limit 1", t=rows)):
            raise DataError(
                f"partition_by: '{name}' is an empty text in some rows, which Delta keeps as NULL: make it NULL or "
                "another text in the node, or partition by another column."
            )
