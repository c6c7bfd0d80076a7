"""Rows of Spark's tasks, put into a store as Parquet files by the tasks themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import uuid4

import pyarrow as pa

from kedro_faucet.engines import delta
from kedro_faucet.engines.session.types import as_types
from kedro_faucet.services.stores.addresses import parse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from kedro_faucet.engines.delta import Commit
    from kedro_faucet.engines.spark import SparkEngine
    from kedro_faucet.services.stores.store import Store

_ROWS = 122_880
"""Of a row group: what the embedded engine reads at once."""


class Part(NamedTuple):
    """A file that a task has put.

    Args:
        path: below the table's folder.
        size: in bytes.
        rows: how many it has.
    """

    path: str
    size: int
    rows: int


def put_delta(
    engine: SparkEngine,
    table: DataFrame,
    commit: Commit,
    mode: Literal["append", "overwrite"],
    properties: Mapping[str, str] | None,
    partition_by: Sequence[str],
) -> None:
    """Let tasks put their rows, and delta-rs commit them: of two commits at once Spark's own would lose one.

    Rows with a column that the table lacks, or into partitions, go through the driver.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    delta.check_mode(commit, mode)
    known = {field.name for field in commit.table.schema().fields} if commit.table else set()
    widens = mode == "append" and not known.issuperset(table.columns)
    if widens or commit.partitions(table.columns, partition_by):
        with engine.batches(table) as rows:
            return delta.write(commit, rows, mode, properties, partition_by)
    if mode == "append":
        table = as_types(table, {**engine.schema(table), **commit.zoned(table.columns)})
    with engine._computing():
        parts = put_parts(table, commit.uri)
    nullable = re.sub(r'("(?:nullable|containsNull|valueContainsNull)":)false', r"\1true", table.schema.json())
    return delta.add(commit, parts, nullable, mode, properties)


def put_parts(table: DataFrame, address: str) -> list[Part]:
    """Let each task put its rows as one file below a folder of this save's own; a task that runs twice puts two.

    Args:
        table: the rows.
        address: the folder's.
    """
    store, key, _ = parse(address)
    folder = f"kf-{uuid4().hex}"
    put = _put(store, key, folder)
    return [Part(*row) for row in table.mapInArrow(put, "path string, size long, rows long").collect()]


def _put(store: Store, key: str, folder: str) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def put(batches: Iterator[Any]) -> Iterator[Any]:
        import tempfile
        from pathlib import Path
        from uuid import uuid4

        from kedro_faucet.engines.session.parts import write_parquet
        from kedro_faucet.services.stores.filesystem import marking

        with tempfile.TemporaryDirectory(prefix="kedro-faucet-") as aside, marking():
            file = Path(aside) / "part.parquet"
            if rows := write_parquet(batches, str(file)):
                path = f"{folder}/{uuid4().hex}.parquet"
                store.put(f"{key}/{path}", file)
                yield pa.RecordBatch.from_pylist([{"path": path, "size": file.stat().st_size, "rows": rows}])

    return put


def write_parquet(batches: Iterator[pa.RecordBatch], file: str) -> int:
    """Write batches to a file as they come, and return how many rows there were; no file where there were none."""
    from pyarrow import parquet

    total, held, writer = 0, [], None
    for batch in batches:
        held.append(batch)
        if sum(map(len, held)) >= _ROWS:
            writer = writer or parquet.ParquetWriter(file, batch.schema, compression="zstd")
            writer.write_table(pa.Table.from_batches(held))
            total, held = total + sum(map(len, held)), []
    if rest := sum(map(len, held)):
        writer = writer or parquet.ParquetWriter(file, held[0].schema, compression="zstd")
        writer.write_table(pa.Table.from_batches(held))
    if writer:
        writer.close()
    return total + rest
