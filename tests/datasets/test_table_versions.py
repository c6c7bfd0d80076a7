"""`version: all`: the versions of a Delta table as the snapshots of a history."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from deltalake import DeltaTable
from histories import history, refused, rows, table
from kedro.io import DataCatalog
from kedro.runner import SequentialRunner

from kedro_faucet import ResourceDataset, pipelines
from kedro_faucet.config.entries import check_entry
from kedro_faucet.engines import Engine
from kedro_faucet.storage.delta.forget import remove_others
from kedro_faucet.storage.delta.versions import versions


def run(engine: Engine, path: Path) -> None:
    """Run the pipeline that saves all versions of a table into a history."""
    source = ResourceDataset(filepath=str(path / "planes"), engine=engine.config, at_version="all")
    catalog = DataCatalog({"lake/planes": source, "lake/fleet": history(engine, path, max_deletes=1)})
    SequentialRunner().run(pipelines.history("lake/planes", "lake/fleet"), catalog)


def test_versions(engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each version is a snapshot of its commit's time; known ones are not read, and one that is gone is told."""
    planes, uri = ResourceDataset(filepath=str(tmp_path / "planes"), engine=engine.config), str(tmp_path / "planes")
    planes.save(table(engine, id=[1, 2], carrier=["EV", "UA"]))
    planes.save(table(engine, id=[1, 3], carrier=["EV", "AA"], seats=[5, 6]))
    DeltaTable(uri).optimize.compact()
    run(engine, tmp_path)
    first, second = (each.at for each in versions(uri))
    fleet = history(engine, tmp_path)
    assert [mark.at for mark in fleet.history().markers] == [first, second]
    assert rows(engine, fleet.load()) == [
        (1, "EV", 5, first, None, True),
        (2, "UA", None, first, second, False),
        (3, "AA", 6, second, None, True),
    ]
    planes.save(table(engine, id=[1], carrier=["B6"], seats=[5]))
    planes.save(table(engine, id=[1], carrier=["DL"], seats=[5]))
    remove_others(uri)  # as a vacuum does
    with caplog.at_level(logging.WARNING, "kedro_faucet"):
        run(engine, tmp_path)
    assert [mark.at for mark in history(engine, tmp_path).history().markers][2:] == [versions(uri)[-1].at]
    [told] = [each.getMessage() for each in caplog.records if each.name == "kedro_faucet.datasets.versions"]
    assert "1 of its versions cannot be read any more" in told
    written = DeltaTable(fleet._filepath).version()
    run(engine, tmp_path)
    assert DeltaTable(fleet._filepath).version() == written


def test_a_table_of_versions_is_read_only(engine: Engine, tmp_path: Path) -> None:
    """The catalog takes `version: all`, nothing is saved into it, and a table without rows is an empty snapshot."""
    check_entry("lake/planes", {"type": "kedro_faucet.ResourceDataset", "provider": "lake", "version": "all"})
    planes = ResourceDataset(filepath=str(tmp_path / "planes"), engine=engine.config)
    for condition in ("1 = 0", "1 = 1", "1 = 0"):
        planes.save(engine.sql(f"select 1 as id where {condition}"))
    told = list(ResourceDataset(filepath=str(tmp_path / "planes"), engine=engine.config, at_version="all").load())
    fleet = history(engine, tmp_path)
    fleet.save(told[0])
    assert "is empty. Is the extract complete?" in refused(fleet, told[1])
