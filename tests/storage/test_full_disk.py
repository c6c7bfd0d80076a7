"""A disk that becomes full in the middle of a save: the error says so, and what was there stays."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from histories import FEB, JAN, MAR, history, save
from kedro.io import DatasetError
from resource_writer import resource

from kedro_faucet import MartDataset, ReportDataset, engines
from kedro_faucet.engines.delta import latest_version
from kedro_faucet.storage.delta.maintenance import EVERY

SMALL = pa.table({"k": ["a"], "t": [0], "v": ["x"]})
CHANCE = random.Random(1)
LARGE = pa.table({"k": [str(CHANCE.random()) for _ in range(300_000)], "t": [1] * 300_000, "v": ["y"] * 300_000})
KINDS = [
    ("parquet", "overwrite"),
    ("parquet", "append"),
    ("csv", "overwrite"),
    ("csv", "append"),
    ("json", "overwrite"),
    ("delta", "overwrite"),
    ("delta", "append"),
    ("delta", "merge"),
]


@pytest.mark.parametrize(("format", "mode"), KINDS)
def test_a_save_that_does_not_fit_changes_nothing(format: str, mode: str, small_disk: Path) -> None:
    """The table is as before, the refusal speaks of the disk, and a save that fits succeeds afterwards."""
    engine, path = engines.connect(), small_disk / ("x" if format == "delta" else f"x.{format}")
    target = resource("duckdb", format, mode, str(path))
    target.save(engine.from_frame(SMALL))
    with pytest.raises(DatasetError, match="No space left on device"):
        target.save(engine.from_frame(LARGE))
    assert engine.rows(target.load()) == [("a", 0, "x")]
    target.save(engine.from_frame(SMALL.set_column(1, "t", [[2]])))
    assert max(engine.rows(target.load())) == ("a", 2, "x")


def test_tending_that_does_not_fit_fails_no_save(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Rows that are saved are not told as unsaved where there is no room for the file that the little ones make."""
    caplog.set_level("DEBUG", "kedro_faucet")
    engine, path = engines.connect(), small_disk / "n"
    target = resource("duckdb", "delta", "append", str(path))
    for turn in range(EVERY):
        if turn == EVERY - 1:
            room = shutil.disk_usage(small_disk).free - 100_000
            (small_disk / "filler").write_bytes(b"x" * room)
        target.save(engine.from_frame(LARGE.slice(turn * 1000, 1000)))
    assert len(engine.rows(target.load())) == EVERY * 1000
    assert latest_version(str(path)) == EVERY - 1  # of the saves alone
    assert "No space left on device" in caplog.text


def test_a_mart_that_does_not_fit_changes_nothing(small_disk: Path) -> None:
    """The old mart is read as before, and the next that fits takes its place."""
    engine, path = engines.connect(), small_disk / "mart.duckdb"
    mart = MartDataset(filepath=str(path))
    mart.save({"star.a": engine.from_frame(SMALL)})
    with pytest.raises(DatasetError, match="No space left on device"):
        mart.save({"star.a": engine.from_frame(LARGE)})
    with duckdb.connect(str(path), read_only=True) as found:
        assert found.sql("from star.a").fetchall() == [("a", 0, "x")]
    mart.save({"star.b": engine.from_frame(SMALL)})
    assert mart.load() == {"star.b": 1}


def test_a_snapshot_that_does_not_fit_changes_nothing(small_disk: Path) -> None:
    """The history is as before, and goes on with a snapshot that fits."""
    engine = engines.connect()
    fleet = history(engine, small_disk)
    save(fleet, engine, JAN, id=[1], name=["x"])
    with pytest.raises(DatasetError, match="No space left on device"):
        save(fleet, engine, FEB, id=[1, *range(2, 300_000)], name=["y", *LARGE["k"].to_pylist()[2:]])
    assert [each[:2] for each in engine.rows(fleet.load())] == [(1, "x")]
    save(fleet, engine, MAR, id=[1], name=["z"])
    assert [each[:2] for each in sorted(engine.rows(fleet.load()))] == [(1, "x"), (1, "z")]


def test_a_report_that_does_not_fit_changes_nothing(small_disk: Path) -> None:
    """The old page stays."""
    path = small_disk / "page.html"
    report = ReportDataset(filepath=str(path))
    report.save({"cells": [{"cell_type": "markdown", "source": "# Old", "metadata": {}}]})
    old = path.read_text()
    with pytest.raises(DatasetError, match="No space left on device"):
        report.save({"cells": [{"cell_type": "markdown", "source": "word " * 1_000_000, "metadata": {}}]})
    assert path.read_text() == old
