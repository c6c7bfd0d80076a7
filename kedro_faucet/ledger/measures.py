"""Rows and bytes of what was saved, and of what is there, as saves and metadata tell: nothing is read to count it."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Any

from kedro_faucet.engines import written
from kedro_faucet.engines.delta_log import added
from kedro_faucet.engines.files.local.packing import opened
from kedro_faucet.engines.files.partitions import SCHEMA
from kedro_faucet.services.stores.addresses import is_address, known
from kedro_faucet.storage.places import place_of


def measure(dataset: Any, data: Any, *, is_new: bool) -> tuple[int | None, int | None]:
    """Return the rows and bytes that the last save to a dataset wrote, as far as they are known.

    Args:
        dataset: the dataset.
        data: what was saved.
        is_new: whether there is another version now; else nothing was written.
    """
    if is_delta(dataset):
        return added(dataset.location) if is_new else (0, 0)
    told = written.rows() if type(dataset).__name__ == "ResourceDataset" else None
    rows = told if told is not None else _frame_s(data) if is_new else 0
    return rows, _size(dataset)


def is_delta(dataset: Any) -> bool:
    """Tell whether what is saved is a commit to a Delta table."""
    kind = type(dataset).__name__
    is_table = kind == "ResourceDataset" and dataset._format == "delta" and not dataset._database
    return kind == "HistoryDataset" or is_table


def _frame_s(data: Any) -> int | None:
    """Return the rows of a frame of pandas, polars or Arrow, which knows them."""
    shape = getattr(data, "shape", None)
    return int(shape[0]) if isinstance(shape, tuple) and shape and isinstance(shape[0], int) else None


def _size(dataset: Any) -> int | None:
    path = str(getattr(dataset, "location", None) or getattr(dataset, "_filepath", "") or "")
    if is_address(path) or "://" in path or not os.path.isfile(path):
        return None
    return os.stat(path).st_size


def holds(dataset: Any) -> tuple[int | None, int | None]:
    """Return the rows and bytes of what a dataset holds, as far as metadata tell them.

    >>> import tempfile
    >>> from kedro_faucet import ResourceDataset
    >>> from kedro_faucet.engines import connect
    >>> numbers = ResourceDataset(filepath=tempfile.mkdtemp() + "/n", save_args={"mode": "append"})
    >>> numbers.save(connect().sql("select 1 as n"))
    >>> numbers.save(connect().sql("select 2 as n"))
    >>> holds(numbers)[0]
    2
    """
    kind = type(dataset).__name__
    if is_delta(dataset):
        return _delta_s(dataset.location, is_history=kind == "HistoryDataset")
    if kind == "MartDataset":
        return sum(dataset.load().values()), _size(dataset)
    if kind != "ResourceDataset":
        return None, _size(dataset)
    if dataset._database:
        return None, None
    return count(dataset.location, dataset._format), _files_size(dataset.location)


def _delta_s(location: str, *, is_history: bool) -> tuple[int | None, int | None]:
    """Return the rows and bytes of a Delta table; the rows of a history's log are not those that it shows."""
    from kedro_faucet.engines.delta import open_table

    if (table := open_table(location)) is None:
        return None, None
    import pyarrow as pa

    sizes = pa.table(table.get_add_actions()).column("size_bytes").to_pylist()
    return None if is_history else int(table.count()), sum(sizes)


def _files_size(location: str) -> int:
    files = map(str, place_of(location).pinned())
    return sum(known(file).size if is_address(file) else os.stat(file).st_size for file in files)


def count(location: str, form: str | None) -> int | None:
    """Return the rows of a table whose metadata tell them, without reading it.

    >>> import tempfile
    >>> from kedro_faucet import engines
    >>> path = tempfile.mkdtemp() + "/n.parquet"
    >>> engine = engines.connect()
    >>> engine.write_file(engine.sql("select 1 as n"), "parquet", path)
    >>> count(path, "parquet"), count(path, "csv")
    (1, None)

    Args:
        location: where it lies.
        form: its format.
    """
    if form == "delta":
        from kedro_faucet.engines.delta import open_table

        table = open_table(location)
        return int(table.count()) if table else None
    files = place_of(location).pinned() if form == "parquet" else []
    if files[1:] and PurePath(files[0]).name != SCHEMA:
        return None
    from pyarrow import parquet

    return sum(int(parquet.read_metadata(opened(file)).num_rows) for file in files) if files else None
