"""Rows of Spark's tasks, put into a store as Parquet files by the tasks themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa

from kedro_faucet.engines.delta.commit import Part
from kedro_faucet.services.stores.addresses import parse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from kedro_faucet.services.stores.store import Store

_ROWS = 122_880
"""Of a row group: what the embedded engine reads at once."""


def put_parts(table: DataFrame, address: str, properties: Mapping[str, str], name: str = "kf-") -> list[Part]:
    """Let each task put its rows as one file below a folder of this save's own; a task that runs twice puts two.

    Args:
        table: the rows.
        address: the folder's.
        properties: of the Delta table: they may say which columns its log tells of.
        name: what the folder's begins with.
    """
    store, key, _ = parse(address)
    folder = f"{name}{uuid4().hex}"
    put = _put(store, key, folder, properties)
    return [Part(*row) for row in table.mapInArrow(put, "path string, size long, rows long, stats string").collect()]


def _put(
    store: Store, key: str, folder: str, properties: Mapping[str, str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def put(batches: Iterator[Any]) -> Iterator[Any]:
        import tempfile
        from pathlib import Path
        from uuid import uuid4

        from kedro_faucet.engines.delta.statistics import part_of
        from kedro_faucet.engines.session.parts import write_parquet
        from kedro_faucet.services.stores.filesystem import marking

        with tempfile.TemporaryDirectory(prefix="kedro-faucet-") as aside, marking():
            file = Path(aside) / "part.parquet"
            if write_parquet(batches, str(file)):
                part = part_of(file, f"{folder}/{uuid4().hex}.parquet", properties)
                store.put(f"{key}/{part.path}", file)
                yield pa.RecordBatch.from_pylist([part._asdict()])

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
