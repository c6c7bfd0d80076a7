"""What Kedro-Viz makes of a notebook node."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import write_cells
from kedro.pipeline import Node

from kedro_faucet.notebooks.node import notebook_node

node_metadata = pytest.importorskip("kedro_viz.models.flowchart.node_metadata")
nodes = pytest.importorskip("kedro_viz.models.flowchart.nodes")


def shown(node: Node) -> dict[str, object]:
    """The panel of a node."""
    task = nodes.GraphNode.create_task_node(node, "id", None)
    return dict(node_metadata.TaskNodeMetadata(task_node=task).model_dump())


def test_the_panel_shows_the_notebook(here: Path) -> None:
    """Its text as code, magics and markdown as comments; its file; its last run."""
    write_cells(here / "notebooks/clean.ipynb", "%matplotlib inline\ny = x + 1", "text = '''\nno end'''")
    panel = shown(notebook_node("notebooks/clean.ipynb", ["lake/x"], {"y": "lake/y"}))
    code = str(panel["code"])
    assert code.startswith("def clean(x):\n    # %%\n    # %matplotlib inline\n    y = x + 1\n")
    assert code.endswith("    ...\n")
    assert str(panel["filepath"]).strip().endswith("notebooks/clean.ipynb")
    assert panel["preview"] == {"meta": None, "content": "Not run yet.", "kind": "text"}
    assert panel["inputs"] == ["lake/x"]
