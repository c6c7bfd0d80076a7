"""How many rows resources have, where metadata tell it: nothing is read to count them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedro_faucet.engines.files.local.packing import opened
from kedro_faucet.storage.places import place_of

if TYPE_CHECKING:
    from kedro_faucet.datasets.resource import ResourceDataset


def count(dataset: ResourceDataset, form: str | None) -> int | None:
    """Return the rows of a table whose metadata tell them, without reading it.

    Args:
        dataset: the resource.
        form: its format.
    """
    if form == "delta":
        from kedro_faucet.engines.delta import open_table

        table = open_table(dataset.location)
        return int(table.count()) if table else None
    if form == "parquet" and len(files := place_of(dataset.location).pinned()) == 1:
        from pyarrow import parquet

        return int(parquet.read_metadata(opened(files[0])).num_rows)
    return None


def count_saved(dataset: Any, data: Any) -> int | None:
    """Return the rows that a dataset has after a save, if it is a resource whose metadata tell it, or a frame does.

    Args:
        dataset: what was saved to.
        data: what was saved.

    >>> import pandas as pd
    >>> count_saved(None, pd.DataFrame({"n": [1, 2]}))
    2
    """
    if type(dataset).__name__ == "ResourceDataset" and not dataset._database:
        found = count(dataset, dataset._format)
        if found is not None:
            return found
    return len(data) if type(data).__name__ == "DataFrame" and hasattr(data, "shape") else None
