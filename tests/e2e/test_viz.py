"""Kedro-Viz opens the project: the pipelines, their layers, and what each node does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(kedro, project, tmp_path_factory) -> Path:
    """The static site that `kedro viz build` makes of the project after its run."""
    import shutil

    folder = Path(shutil.copytree(project, tmp_path_factory.mktemp("viz") / "flights"))
    built = kedro("viz", "build", "--include-previews", cwd=folder)
    assert "Cannot find parameter" not in built.stdout + built.stderr
    return folder / "build/api"


def nodes(site: Path, kind: str) -> list[dict]:
    """Return the details of every task or every data node."""
    listed = [node for node in json.loads((site / "main").read_text())["nodes"] if node["type"] == kind]
    return [{**node, **json.loads((site / "nodes" / node["id"]).read_text())} for node in listed]


def test_every_node_shows_its_code_or_sql(site):
    """Every node has its source or its SQL in the panel."""
    tasks = nodes(site, "task")
    assert len(tasks) >= 12
    assert [task["name"] for task in tasks if not task.get("code") and not task.get("preview")] == []


def test_tables_are_previewed(site):
    """Resources show their first rows."""
    previews = {node["name"]: node.get("preview") for node in nodes(site, "data")}
    assert previews["lake/flights"]
    assert previews["star/dim_plane"]


def test_plots_are_previewed(site):
    """The forecast and the leaderboard are drawn."""
    previews = {node["name"]: node["preview"] for node in nodes(site, "data") if node["name"].endswith("_plot")}
    assert "Forecast by Combination" in json.dumps(previews["departures_plot"])
    assert "Leaderboard" in json.dumps(previews["departures_leaderboard_plot"])


def test_layers_go_from_the_source_to_the_mart(site):
    """Every dataset lies in a layer, models and plots too, and the layers are in the order of the work."""
    layers = {node["name"]: node["layer"] for node in nodes(site, "data")}
    assert [name for name, layer in layers.items() if not layer] == []
    shown = json.loads((site / "main").read_text())["layers"]
    assert shown[:6] == ["source", "lake", "star", "cube", "forecast", "mart"]


def test_pipelines_are_shown_by_name(site):
    """The six chapters can be chosen in the menu."""
    shown = {pipeline["id"] for pipeline in json.loads((site / "main").read_text())["pipelines"]}
    assert {"ingest", "history", "star", "cubes", "forecast", "publish", "__default__"} <= shown


def test_every_node_and_table_shows_its_run(site):
    """Each node has a status and its seconds, each table its rows, columns and size."""
    shown = json.loads((site / "run-status").read_text())["nodes"]
    assert [task["name"] for task in nodes(site, "task") if shown[task["id"]]["status"] != "success"] == []
    stats = {node["name"]: (node["node_extras"] or {}).get("stats") for node in nodes(site, "data")}
    assert stats["lake/flights"]["rows"] == 336_776
    assert stats["lake/flights"]["columns"] == 13
    assert stats["lake/flights"]["file_size"] > 1_000_000
    assert set(stats["lake/fleet"]) == {"columns", "file_size"}
