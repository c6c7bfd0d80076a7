"""Notebooks in a run, by the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cells import write_cells
from projects import kedro, make_project

pytestmark = pytest.mark.slow

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "conf/base/parameters.yml": "limit: 2\nwhere: here\n",
    "conf/base/catalog.yml": """\
        big: {type: json.JSONDataset, filepath: data/big.json}
        small: {type: json.JSONDataset, filepath: data/small.json}
    """,
    "data/raw/x.csv": "a,b\n1,2\n3,4\n",
    "src/shop/tools.py": "def doubled(frame):\n    return frame * 2\n",
    "src/shop/pipeline_registry.py": """\
        from kedro.pipeline import pipeline

        from kedro_faucet import pipelines
        from kedro_faucet.pipelines import notebook_node


        def register_pipelines():
            clean = notebook_node("notebooks/clean.ipynb", parameters=["params:limit"])
            return {
                "__default__": pipeline([clean]) + pipelines.notebooks("notebooks/sum_*.ipynb"),
                "fails": pipeline([notebook_node("notebooks/fails.ipynb")]),
                "wrong": pipeline([clean, notebook_node("notebooks/wrong.ipynb")]),
                "apart": pipeline([notebook_node("notebooks/apart.ipynb", isolation="process")]),
            }
    """,
}
LOADS = 'from kedro_faucet import to_pandas\nx = to_pandas(catalog.load("{}"))'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose nodes are notebooks of its package."""
    root = make_project(tmp_path, FILES)
    books = root / "src/shop/notebooks"
    tools = "import logging\n\nfrom shop.tools import doubled"
    logs = "logging.getLogger('shop').warning('from the notebook')\nprint('into the notebook')"
    saves = ('catalog.save("lake/clean", clean)', ["outputs"])
    first = [(LOADS.format("raw/x"), ["inputs"]), ("limit = 5", ["parameters"])]
    write_cells(books / "clean.ipynb", *first, tools, logs, "clean = doubled(x)[x.a > limit]", saves)
    x, x_clean = ((LOADS.format(name), ["inputs"]) for name in ("raw/x", "lake/clean"))
    for name in ("big", "small"):
        saves = (f'catalog.save("{name}", total)', ["outputs"])
        write_cells(books / f"sum_{name}.ipynb", x_clean, "total = int(x.a.sum())", saves)
    write_cells(books / "fails.ipynb", x, "\nx['nothing']")
    write_cells(books / "wrong.ipynb", x, "y = z", ('catalog.save("big", w)', ["outputs"]))
    saves = ('catalog.save("big", total)', ["outputs"])
    write_cells(books / "apart.ipynb", x, tools, "total = int(doubled(x).a.sum())", saves)
    return root


def kept(project: Path, name: str) -> dict[str, Any]:
    """The notebook that a node has left."""
    return dict(json.loads((project / f"data/notebooks/{name}.ipynb").read_text()))


@pytest.mark.parametrize(
    ("runner", "start"),
    [("SequentialRunner", "fork"), ("ThreadRunner", "fork"), ("ParallelRunner", "fork"), ("ParallelRunner", "spawn")],
)
def test_notebooks_run_as_nodes_in_every_runner(project: Path, runner: str, start: str) -> None:
    """Resources, parameters, the project's modules; logs reach the terminal, prints the notebook that is kept."""
    done = kedro(project, "run", "--runner", runner, env={"KEDRO_MP_CONTEXT": start})
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert json.loads((project / "data/big.json").read_text()) == 6
    assert "from the notebook" in output
    assert "into the notebook" not in output
    notebook = kept(project, "clean")
    assert notebook["cells"][4]["outputs"][0]["text"] == "into the notebook\n"
    facts = notebook["metadata"]["faucet"]
    assert facts["node"] == "clean"
    assert facts["run_id"]
    assert facts["profile"] == "local"


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_an_error_of_a_cell_ends_with_notebook_cell_and_line(project: Path, runner: str) -> None:
    """The original error, then where: the last lines that a user sees; no frames of IPython or of ours."""
    done = kedro(project, "run", "--pipeline", "fails", "--runner", runner)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-3:]
    assert last == [
        "KeyError: 'nothing'",
        "Notebook src/shop/notebooks/fails.ipynb, cell [2], line 2: x['nothing']",
        "The notebook as far as it came: data/notebooks/fails.ipynb",
    ]
    if runner != "ParallelRunner":
        assert "kedro_faucet/" not in done.stderr
        assert "IPython" not in done.stderr


def test_a_notebook_that_cannot_run_is_refused_before_anything_runs(project: Path) -> None:
    """One error, and no node has run."""
    done = kedro(project, "run", "--pipeline", "wrong")
    assert done.returncode == 1
    assert done.stderr[done.stderr.index("Error: ") :].strip().splitlines() == [
        "Error: src/shop/notebooks/wrong.ipynb[2], line 1: 'z' is not defined: no input and no earlier cell sets it.",
        "src/shop/notebooks/wrong.ipynb: no cell assigns the output 'w'.",
    ]
    assert "Running node" not in done.stdout


def test_a_notebook_in_a_kernel_of_its_own_sees_the_project(project: Path) -> None:
    """The package's modules are found there too."""
    done = kedro(project, "run", "--pipeline", "apart")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((project / "data/big.json").read_text()) == 8
    assert kept(project, "apart")["metadata"]["faucet"].items() >= {"isolation": "process", "node": "apart"}.items()
