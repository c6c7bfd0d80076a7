"""``notebook_node``: how a notebook becomes a node."""

from __future__ import annotations

import importlib
import inspect
import pickle
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cells import write_cells
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import pipeline
from kedro.runner import SequentialRunner

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import EngineError, NotebookError, ResourceError
from kedro_faucet.notebooks.brick import check_notebooks
from kedro_faucet.notebooks.node import notebook_node

pytestmark = pytest.mark.usefixtures("here")

LOADS = ('from kedro_faucet import to_pandas\nx = to_pandas(catalog.load("lake/x"))', ["inputs"])
SAVES = ('catalog.save("lake/y", y)', ["outputs"])


@pytest.fixture(autouse=True)
def notebook(here: Path) -> Path:
    """A notebook with tagged cells."""
    cells = [LOADS, ("limit = 1", ["parameters"]), "kind = type(x).__name__", "y = [kind, limit]", SAVES]
    return write_cells(here / "notebooks/clean.ipynb", *cells)


def ran(node: Any, **data: Any) -> dict[str, Any]:
    """What a node gives in a run of Kedro's."""
    names = {name.replace("__", "/").replace("params_", "params:"): value for name, value in data.items()}
    catalog = DataCatalog({name: MemoryDataset(value, copy_mode="assign") for name, value in names.items()})
    given = SequentialRunner().run(pipeline([node]), catalog)
    return {name: dataset.load() for name, dataset in given.items()}


def test_inputs_and_outputs_are_inferred(engine: Engine) -> None:
    """The path is enough: datasets, variables and frames stand in the tagged cells."""
    node = notebook_node("notebooks/clean.ipynb")
    assert (node.name, node.inputs, node.outputs, node.tags) == ("clean", ["lake/x"], ["lake/y"], {"notebook"})
    table = engine.sql("select 1 as a")
    assert ran(node, lake__x=table) == {"lake/y": ["DataFrame", 1]}


@pytest.mark.parametrize(("kind", "package"), [("pandas", "pandas"), ("polars", "polars"), ("arrow", "pyarrow")])
def test_tables_arrive_as_the_frames_that_are_named(kind: str, package: str, here: Path) -> None:
    """frames= says what all tables arrive as; what is no table stays what it is."""
    write_cells(here / "notebooks/f.ipynb", "y = [type(x).__module__.split('.')[0], n]")
    node = notebook_node("notebooks/f.ipynb", ["lake/x", "n"], {"y": "out"}, frames=kind)
    assert ran(node, lake__x=engines.connect().sql("select 1 as a"), n={"any": 1}) == {"out": [package, {"any": 1}]}


def test_a_table_that_cannot_be_computed_is_no_input(here: Path) -> None:
    """What stops its computation is told; the notebook does not get it as it is."""
    write_cells(here / "notebooks/f.ipynb", "y = type(x).__name__")
    node = notebook_node("notebooks/f.ipynb", "lake/x", {"y": "out"}, frames="pandas")
    with pytest.raises(EngineError, match=r"The computation stopped: .* many"):
        ran(node, lake__x=engines.connect().sql("select cast(x as integer) as a from (select 'many' as x)"))


def test_without_frames_the_engine_s_own_table_arrives(here: Path, engine: Engine) -> None:
    """What a notebook makes is saved as it is: a table stays a table."""
    write_cells(here / "notebooks/f.ipynb", "from kedro_faucet import sql\ny = sql('select a + 1 as b from x', x=x)")
    node = notebook_node("notebooks/f.ipynb", "lake/x", "lake/y")
    made = ran(node, lake__x=engine.sql("select 1 as a"))["lake/y"]
    assert engine.rows(made) == [(2,)]


def test_parameters_are_names_or_values() -> None:
    """`params:` is the project's, anything else a value of the pipeline's own."""
    given = {"lake__x": pd.DataFrame()}
    assert ran(notebook_node("notebooks/clean.ipynb", parameters={"limit": 5}), **given)["lake/y"][1] == 5
    named = notebook_node("notebooks/clean.ipynb", parameters=["params:limit"])
    assert named.inputs == ["lake/x", "params:limit"]
    assert ran(named, **given, params_limit=7)["lake/y"][1] == 7


def test_the_executed_notebook_can_be_an_output() -> None:
    """report= is one more dataset: the notebook with all that it showed."""
    node = notebook_node("notebooks/clean.ipynb", report="report")
    report = ran(node, lake__x=pd.DataFrame())["report"]
    assert report["metadata"]["faucet"]["status"] == "ok"
    assert len(report["cells"]) == 5


def test_a_notebook_may_have_inputs_alone(here: Path) -> None:
    """A notebook that only shows something is a node without outputs."""
    write_cells(here / "notebooks/f.ipynb", "x")
    assert ran(notebook_node("notebooks/f.ipynb", ["lake/x"], []), lake__x=1) == {}


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"frames": "panda"}, "frames='panda': there are pandas, polars, arrow. Did you mean 'pandas'?"),
        ({"isolation": "thread"}, "isolation='thread': there is 'process', or none"),
        ({"timeout": 3}, "only a notebook in a process of its own can be stopped: add isolation='process'"),
        ({"inputs": ["a/x", "b/x"]}, "two of a/x, b/x would be one variable: give {variable: dataset}"),
        ({"inputs": {"no name": "x"}}, "'no name' cannot be a variable"),
        ({"inputs": ["lake/class"]}, "'class' cannot be a variable"),
        ({"inputs": [], "outputs": []}, "notebooks/clean.ipynb has no inputs and no outputs"),
    ],
)
def test_a_wrong_argument_is_told(named: dict[str, Any], says: str) -> None:
    """One sentence that begins with the notebook."""
    with pytest.raises(NotebookError) as caught:
        notebook_node("notebooks/clean.ipynb", **named)
    assert caught.value.message.startswith("notebooks/clean.ipynb")
    assert says in caught.value.message


def test_a_missing_notebook_is_told_with_the_nearest(here: Path) -> None:
    """The places that were searched, and what is there."""
    with pytest.raises(ResourceError, match=r"No notebook 'notebooks/claen\.ipynb' in .*Did you mean 'clean\.ipynb'"):
        notebook_node("notebooks/claen.ipynb")


def test_what_is_no_notebook_is_told(here: Path) -> None:
    """Another file under the name of a notebook, and an empty one."""
    (here / "notebooks/text.ipynb").write_text("print(1)")
    with pytest.raises(ResourceError, match=r"text\.ipynb is no notebook: line 1, column 1"):
        notebook_node("notebooks/text.ipynb")


def test_a_notebook_in_another_language_needs_a_kernel(here: Path) -> None:
    """In process there is Python alone."""
    write_cells(here / "notebooks/r.ipynb", "x <- 1", kernelspec={"name": "ir", "language": "R"})
    with pytest.raises(NotebookError, match=r"r\.ipynb is in r, which needs a kernel: add isolation='process'"):
        notebook_node("notebooks/r.ipynb", ["x"])


def test_notebooks_are_checked_before_a_run(here: Path) -> None:
    """All that cannot run to their end, in one error."""
    write_cells(here / "notebooks/a.ipynb", "y = nothing")
    write_cells(here / "notebooks/b.ipynb", "z = 1")
    nodes = [notebook_node(f"notebooks/{name}.ipynb", [], ["y"], name=name) for name in "ab"]
    with pytest.raises(NotebookError) as caught:
        check_notebooks([*nodes, notebook_node("notebooks/clean.ipynb")])
    assert caught.value.message.splitlines() == [
        "notebooks/a.ipynb[1], line 1: 'nothing' is not defined: no input and no earlier cell sets it.",
        "notebooks/b.ipynb: no cell assigns the output 'y'.",
    ]


def test_a_node_can_be_sent_to_another_process() -> None:
    """Pickled and back it is the same node, and runs."""
    node = notebook_node("notebooks/clean.ipynb", parameters={"limit": 5})
    back = pickle.loads(pickle.dumps(node))
    assert back == node
    assert back.func.__self__ == node.func.__self__
    assert ran(back, lake__x=pd.DataFrame()) == {"lake/y": ["DataFrame", 5]}


def test_the_node_s_code_is_the_notebook() -> None:
    """What Kedro-Viz asks Python for: a function of the inputs, whose body is the notebook's text; and the file."""
    function = notebook_node("notebooks/clean.ipynb").func.__func__
    source = inspect.getsource(function)
    assert source.startswith("def clean(x):\n    # %% [inputs]\n")
    assert "    limit = 1\n" in source
    assert source.endswith("    ...\n")
    assert inspect.getfile(function).strip() == "notebooks/clean.ipynb"


def test_the_preview_is_the_last_plot_else_the_last_status(here: Path) -> None:
    """Not run yet; run; failed; with a plot."""
    write_cells(here / "notebooks/f.ipynb", "1 / x", "import matplotlib.pyplot as plt", "if x > 1: plt.plot([1, 2]);")
    node = notebook_node("notebooks/f.ipynb", ["x"], [])
    assert node.preview().content == "Not run yet."
    ran(node, x=1)
    assert node.preview().content.startswith("ok, ")
    with pytest.raises(ZeroDivisionError):
        ran(node, x=0)
    assert node.preview().content.startswith("failed in cell [1], ")
    assert node.preview().content.endswith("\nZeroDivisionError: division by zero")
    ran(node, x=2)
    assert node.preview().content.startswith("data:image/png;base64,iVBOR")


def test_the_package_comes_before_the_project(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is looked up in the package that calls, so that it is shipped with it; then in the project."""
    package = here / "src/books_project"
    write_cells(package / "notebooks/clean.ipynb", "y = 'packaged'")
    (package / "__init__.py").touch()
    makes = "def make(path):\n    return notebook_node(path, [], ['y'])\n"
    (package / "made.py").write_text(f"from kedro_faucet.notebooks.node import notebook_node\n\n\n{makes}")
    write_cells(here / "notebooks/other.ipynb", "y = 'of the project'")
    monkeypatch.syspath_prepend(str(here / "src"))
    made = importlib.import_module("books_project.made")
    assert ran(made.make("notebooks/clean.ipynb")) == {"y": "packaged"}
    assert ran(made.make("notebooks/other.ipynb")) == {"y": "of the project"}
    for name in ("books_project", "books_project.made"):
        del sys.modules[name]
