"""What tests of histories share: a dataset, its snapshots, and what it is expected to give."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import history_model as model
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from kedro.io import DatasetError

from kedro_faucet import Snapshot
from kedro_faucet.datasets import HistoryDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError

JAN, FEB, MAR = datetime(2013, 1, 31), datetime(2013, 2, 28), datetime(2013, 3, 31)
NAME = {"kedro_faucet": {"resource": "lake/fleet"}}


def history(engine: Engine, path: Path, **options: Any) -> HistoryDataset:
    """Return the dataset under test."""
    given = {"key": "id", "metadata": NAME, **options}
    return HistoryDataset(filepath=str(path / "fleet"), engine=engine.config, **given)


def table(engine: Engine, **columns: list[Any]) -> Any:
    """Return a table of an engine."""
    return engine.from_frame(pa.table(columns))


def save(dataset: HistoryDataset, engine: Engine, at: datetime, **columns: list[Any]) -> None:
    """Save one snapshot."""
    dataset.save(Snapshot(table(engine, **columns), at))


def refused(dataset: HistoryDataset, data: Any) -> str:
    """Save what must be refused, and return why; nothing may have been written."""
    before = DeltaTable(dataset._filepath).version() if dataset.exists() else None
    with pytest.raises(DatasetError) as caught:
        dataset.save(data)
    assert isinstance(caught.value.__cause__, FaucetError)
    assert (DeltaTable(dataset._filepath).version() if dataset.exists() else None) == before
    return str(caught.value.__cause__)


def rows(engine: Engine, view: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a view in a fixed order."""
    return sorted(engine.rows(view), key=repr)


def expected(saved: Iterable[model.Saved]) -> list[tuple[Any, ...]]:
    """Return the intervals that snapshots imply, with is_current."""
    return sorted(((*row, row[-1] is None) for row in model.intervals(list(saved))), key=repr)
