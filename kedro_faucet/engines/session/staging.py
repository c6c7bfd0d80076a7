"""Rows of Spark's tasks, put into a database by the tasks themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from kedro_faucet.services.sql.staging import Staged, Staging


def arrow_schema(table: DataFrame) -> pa.Schema:
    """Return the columns of a table as its rows come to tasks."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(table.schema, timezone="UTC")


def put(table: DataFrame, staging: Staging) -> Staged:
    """Let each task put its rows into a table of its own; of a task that runs twice, one attempt counts.

    Args:
        table: the rows.
        staging: where they go.
    """
    parts = table.mapInArrow(_take(staging), "name string, rows long").collect()
    return staging.staged((name, rows) for name, rows in parts)


def _take(staging: Staging) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def take(batches: Iterator[Any]) -> Iterator[Any]:
        # A task without rows makes no table.
        if (first := next((batch for batch in batches if batch.num_rows), None)) is not None:
            name, rows = staging.take(chain([first], batches))
            yield pa.RecordBatch.from_pylist([{"name": name, "rows": rows}])

    return take
