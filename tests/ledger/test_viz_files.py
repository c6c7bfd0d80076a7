"""Kedro-Viz shows what the ledger knows, under every runner and of parts of a pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kedro_viz.api.rest.responses.run_events import transform_events_to_structured_format
from ledgers import NODES, make_shop
from projects import kedro, write_files


def read(root: Path, name: str) -> Any:
    """One of the files that Kedro-Viz reads."""
    return json.loads((root / ".viz" / name).read_text())


def statuses(root: Path) -> dict[str, str]:
    """What Kedro-Viz makes of the events, by node."""
    events = read(root, "kedro_pipeline_events.json")
    names = {each["node_id"]: each["node"] for each in events if "node" in each}
    shown = transform_events_to_structured_format(events)
    return {names[each]: about.status.value for each, about in shown.nodes.items()}


@pytest.mark.parametrize("runner", ["ThreadRunner", pytest.param("ParallelRunner", marks=pytest.mark.slow)])
def test_a_part_of_a_pipeline_is_shown_over_what_was_shown(runner: str, tmp_path: Path) -> None:
    """Rows, columns and sizes of all tables; of a part that fails, its own nodes change and the others stay."""
    root = make_shop(tmp_path)
    assert kedro(root, "run", "--runner", runner).returncode == 0
    assert statuses(root) == dict.fromkeys(NODES, "success")
    stats = read(root, "stats.json")
    size = (root / "data/out/z.parquet").stat().st_size
    assert stats["out/z"] == {"rows": 2, "columns": 2, "file_size": size}
    assert stats["raw/x"] == {"columns": 2, "file_size": (root / "data/raw/x.csv").stat().st_size}
    write_files(root, {"src/shop/helpers.py": "def times(table):\n    raise ValueError('no')\n"})
    assert kedro(root, "run", "--runner", runner, "--from-nodes", "parts,times").returncode == 1
    shown = statuses(root)
    assert shown.pop("times") == "failed"
    assert "again" not in shown
    assert set(shown.values()) == {"success"}
    assert {"copy_lake_x", "copy_lake_y", "sql_out_z"} <= set(shown)
    if "parts" in shown:  # which may be done, or not, when the other fails
        assert read(root, "stats.json")["lake/log"]["rows"] == 4


def test_what_had_not_changed_stays_as_it_was_shown(tmp_path: Path) -> None:
    """A node that --changed leaves out keeps its status and seconds, though Kedro-Viz's own hook forgets them."""
    root = make_shop(tmp_path)
    assert kedro(root, "run").returncode == 0
    before = durations(root)
    assert kedro(root, "run", "--changed").returncode == 0
    assert sorted(before) == NODES
    assert durations(root) == before


def durations(root: Path) -> dict[str, float]:
    """How long each node took, as Kedro-Viz shows it."""
    events = read(root, "kedro_pipeline_events.json")
    return {each["node"]: each["duration"] for each in events if each["event"] == "after_node_run"}
