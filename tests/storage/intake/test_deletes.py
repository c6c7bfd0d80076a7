"""Rows that a full extract has no more are deleted, where the entry says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from kedro.io import DatasetError
from tables import frame, rows_of

from kedro_faucet import ResourceDataset, engines
from kedro_faucet.engines import Engine


def orders(engine: Engine, path: Path, **said: Any) -> ResourceDataset:
    """A resource that full extracts are merged into."""
    how = {"mode": "merge", "key": "k", "delete_missing": True, **said}
    return ResourceDataset(filepath=str(path), engine=engine.config, save_args=how)


@pytest.mark.parametrize("name", ["x", "x.parquet"])
def test_what_an_extract_has_no_more_is_deleted(engine: Engine, tmp_path: Path, name: str) -> None:
    """Rows are added, replaced and deleted in one step, and the same extract again changes nothing."""
    target = orders(engine, tmp_path / name)
    for keys, value in ([1, 2, 3, 4], "a"), ([2, 3, 4, 5], "b"), ([2, 3, 4, 5], "b"), ([2, 3, 4], "b"):
        target.save(frame(engine, k=keys, v=[value] * len(keys)))
        assert rows_of(engine, target.load()) == [(key, value) for key in keys]
    if name == "x":
        assert DeltaTable(str(tmp_path / name)).version() == 2


def test_a_deletion_costs_its_own_file(engine: Engine, tmp_path: Path) -> None:
    """Files that lose no row stay as they are."""
    target = orders(engine, tmp_path / "x", delete_missing=False)
    for key in (1, 2, 3):
        target.save(frame(engine, k=[key], v=["a"]))
    before = set(DeltaTable(str(tmp_path / "x")).file_uris())
    orders(engine, tmp_path / "x").save(frame(engine, k=[1, 3], v=["a", "a"]))
    assert set(DeltaTable(str(tmp_path / "x")).file_uris()) < before


def test_a_broken_extract_is_refused(engine: Engine, tmp_path: Path) -> None:
    """An extract without rows, or without most of them, deletes nothing, and says how it would."""
    target = orders(engine, tmp_path / "x")
    target.save(frame(engine, k=[1, 2, 3], v=["a"] * 3))
    with pytest.raises(DatasetError, match=r"2 of 3 rows would be deleted.* as\n  k=2\n  k=3\n.*faucet\.deletes=true"):
        target.save(frame(engine, k=[1], v=["b"]))
    with pytest.raises(DatasetError, match=r"The source has no row: .* would delete every row"):
        target.save(engine.sql("select * from t where false", t=frame(engine, k=[1], v=["b"])))
    assert rows_of(engine, target.load()) == [(1, "a"), (2, "a"), (3, "a")]


def test_it_belongs_to_a_merge(tmp_path: Path) -> None:
    """Another mode has no keys that could be missing."""
    target = ResourceDataset(filepath=str(tmp_path / "x"), save_args={"mode": "append", "delete_missing": True})
    with pytest.raises(DatasetError, match="delete_missing belongs to mode: merge; mode: append does not use it"):
        target.save(engines.connect().sql("select 1 as n"))
