"""The columns of what is stored, told without a run: by metadata, or the head of a file."""

from __future__ import annotations

from inspect import signature
from typing import Any

from kedro.io import DatasetError

from kedro_faucet.datasets.places import source_of
from kedro_faucet.engines import engine_of, find_engine
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.nodes.lineage import EMBEDDED


def stored(name: str, catalog: Any) -> tuple[dict[str, str] | None, str]:
    """Return the types of a dataset's columns or, where there is no telling, why.

    >>> from kedro.io import DataCatalog
    >>> from kedro_faucet import ResourceDataset
    >>> stored("lake/n", DataCatalog({"lake/n": ResourceDataset(filepath="/nowhere/n")}))
    (None, 'lake/n is not there yet')
    """
    dataset = catalog.get(name)
    if dataset is None or not type(dataset).__module__.startswith("kedro_faucet."):
        return None, f"{name} does not tell its columns"
    try:
        source = source_of(dataset)
        if not source._exists():
            return None, f"{name} is not there yet"
        if "engine" in signature(type(source)).parameters:
            source = type(source)(**{**source._init_args, "engine": EMBEDDED})
        table = source.load()
    except (FaucetError, DatasetError, OSError) as error:
        return None, f"{name} cannot be read: {error}"
    return (engine_of(table).schema(table), "") if find_engine(table) else (None, f"{name} holds no one table")
