"""`kedro faucet history` in a real project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from histories import FEB, JAN, save
from projects import kedro, make_project

from kedro_faucet import engines
from kedro_faucet.config import run
from kedro_faucet.datasets import HistoryDataset

FILES = {
    "conf/base/providers.yml": "providers:\n  lake: {service: file, path: data/lake}\n",
    "conf/base/catalog.yml": "lake/fleet: {type: kedro_faucet.HistoryDataset, provider: lake, key: id}\n",
}


@pytest.mark.slow
def test_looked_at_and_mended(tmp_path: Path) -> None:
    """Snapshots are listed with what they changed, a row's life is shown, one is undone, and a key is forgotten."""
    root = make_project(tmp_path, FILES)
    fleet, engine = HistoryDataset(filepath=str(root / "data/lake/fleet"), key="id"), engines.connect()
    save(fleet, engine, JAN, id=["N1", "N2"], carrier=["EV", "UA"])
    run.begin(run.Run("2013-03-01T10"))
    try:
        save(fleet, engine, FEB, id=["N1", "N3"], carrier=["AA", "UA"])
    finally:
        run.end()
    command = ("faucet", "history", "lake/fleet")
    listed = [line.split() for line in kedro(root, *command).stdout.splitlines()]
    assert [line for line in listed if line[:1] == ["2013-02-28"]] == [
        ["2013-02-28", "00:00:00", "full", "2", "1", "1", "1", f"{'+' * 7}{'~' * 7}{'-' * 7}", "2013-03-01T10"]
    ]
    told = kedro(root, *command, "--json").stdout.splitlines()
    first, second = (json.loads(line) for line in told if line.startswith("{"))
    assert (first["run"], second["run"], second["updates"]) == (None, "2013-03-01T10", 1)
    assert "N1  EV       2013-01-31 00:00:00  2013-02-28 00:00:00" in kedro(root, *command, "show", "N1").stdout
    changed = kedro(root, *command, "diff", "--from", "2013-01-31").stdout
    assert [" ".join(line.split()[3:]) for line in changed.splitlines() if line.startswith("N")] == [
        "update carrier: EV → AA",
        "delete carrier: UA",
        "insert carrier: UA",
    ]
    assert "is taken back" in kedro(root, *command, "undo", "2013-02-28").stdout
    assert "3 rows of the log are gone" in kedro(root, *command, "forget", "N1", "--yes").stdout
    assert engine.rows(fleet.current()) == [("N2", "UA")]
    wrong = kedro(root, "faucet", "history", "lake/flet")
    assert "'lake/flet' is no history of the project. Did you mean 'lake/fleet'?" in wrong.stderr
