"""Notebooks are modules in every process that a Kedro project has."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import write_cells
from projects import kedro, make_project

REGISTRY = """
    from kedro.pipeline import node, pipeline
    from shop.notebooks.clean import double


    def register_pipelines():
        nodes = [node(double, "params:nested", f"out{n}", name=f"double_{n}") for n in (1, 2)]
        return {"__default__": pipeline(nodes)}
"""
CATALOG = """
    out1: {type: json.JSONDataset, filepath: data/out1.json}
    out2: {type: json.JSONDataset, filepath: data/out2.json}
"""


@pytest.mark.slow
@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_a_parallel_run_finds_them(tmp_path: Path, start: str) -> None:
    """Pipeline discovery imports the notebook, and so do workers that start afresh."""
    files = {
        "src/shop/pipeline_registry.py": REGISTRY,
        "src/shop/notebooks/__init__.py": "import kedro_faucet\n",
        "conf/base/catalog.yml": CATALOG,
    }
    root = make_project(tmp_path, files)
    cells = "import os", "def double(value):\n    return {**value, 'process': os.getpid()}"
    write_cells(root / "src/shop/notebooks/clean.ipynb", *cells)
    done = kedro(root, "run", "--runner", "ParallelRunner", env={"KEDRO_MP_CONTEXT": start})
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"process"' in (root / "data/out2.json").read_text()


def test_settings_that_name_the_loader_are_enough_for_a_run(tmp_path: Path) -> None:
    """In a run, notebooks of a folder without `__init__.py` are found too."""
    root = make_project(tmp_path, {"src/shop/pipeline_registry.py": REGISTRY, "conf/base/catalog.yml": CATALOG})
    write_cells(root / "src/shop/notebooks/clean.ipynb", "def double(value):\n    return value")
    done = kedro(root, "run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mistake_in_a_cell_is_shown_as_what_it_is(tmp_path: Path) -> None:
    """A syntax error names the cell, through Kedro's own import of pipelines."""
    root = make_project(tmp_path, {"src/shop/pipeline_registry.py": REGISTRY, "conf/base/catalog.yml": CATALOG})
    write_cells(root / "src/shop/notebooks/clean.ipynb", "import os", "def double(:")
    done = kedro(root, "run")
    assert done.returncode == 1
    assert "src/shop/notebooks/clean.ipynb[2]" in done.stdout + done.stderr
