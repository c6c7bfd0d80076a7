"""Rows and bytes of what was saved, as the save itself tells: nothing is read again to count it."""

from __future__ import annotations

import os
from typing import Any

from kedro_faucet.engines import written
from kedro_faucet.engines.delta_log import added
from kedro_faucet.services.stores.addresses import is_address


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
