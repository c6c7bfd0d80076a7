"""A notebook run in this process: its values, its errors, and what is kept of it."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from runs import run, told

from kedro_faucet.documents.notebook import read_notebook
from kedro_faucet.exceptions import NotebookError

pytestmark = pytest.mark.usefixtures("here")


def test_inputs_replace_their_cell_and_outputs_are_variables() -> None:
    """The cell that loads is not run, nor the one that saves; any object comes back itself."""
    value = object()
    cells = [
        ("x = 1 / 0", ["inputs"]),
        "y = [x]",
        ("1 / 0", ["outputs"]),
        ("1 / 0", ["skip"]),
        ("1 / 0", ["interactive"]),
    ]
    done = run(*cells, inputs={"x": value}, outputs=("y",))
    assert done.values["y"][0] is value
    statuses = [cell["metadata"]["faucet"]["status"] for cell in done.notebook["cells"]]
    assert statuses == ["replaced", "ok", "replaced", "skipped", "skipped"]


def test_parameters_override_the_tagged_cell_and_are_written_below_it() -> None:
    """Papermill's convention: defaults, then what the run gives; the kept notebook says both."""
    done = run(
        ("limit = 5\nname = 'a'", ["parameters"]), "both = (limit, name)", parameters={"limit": 7}, outputs=("both",)
    )
    assert done.values == {"both": (7, "a")}
    injected = done.notebook["cells"][1]
    assert (injected["source"], injected["metadata"]["tags"]) == ("limit = 7", ["injected-parameters"])
    assert [cell["execution_count"] for cell in done.notebook["cells"]] == [1, None, 2]


def test_a_parameter_that_no_cell_sets_is_refused() -> None:
    """Papermill warns; here a misspelt parameter would silently leave the default."""
    with pytest.raises(NotebookError, match=r"x\.ipynb: no parameter 'limt' .*Did you mean 'limit'"):
        run(("limit = 5", ["parameters"]), parameters={"limt": 7})


def test_input_is_refused() -> None:
    """Nobody answers in a run; the sentence says what to do."""
    with pytest.raises(NotebookError, match="nobody to answer it in a run: take the value as a parameter") as caught:
        run("name = input('who? ')")
    assert "cell [1], line 1: name = input('who? ')" in caught.value.__notes__[0]


def test_an_error_keeps_its_type_and_says_notebook_cell_and_line(here: Path) -> None:
    """What a function would raise, with frames that read as the notebook's; the notebook is kept up to there."""
    with pytest.raises(KeyError) as caught:
        run("d = {}", "def f(k):\n    return d[k]\n\nf('z')", "never = 1", keep="kept/x.ipynb", node="n")
    assert caught.value.__notes__ == [
        "Notebook notebooks/x.ipynb, cell [2], line 4: f('z')\nThe notebook as far as it came: kept/x.ipynb"
    ]
    frames = [(frame.filename, frame.lineno, frame.line) for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[-2:] == [("notebooks/x.ipynb[2]", 4, "f('z')"), ("notebooks/x.ipynb[2]", 2, "return d[k]")]
    assert not any("IPython" in name for name, _, _ in frames)
    kept = read_notebook("kept/x.ipynb")
    assert len(kept["cells"]) == 2
    assert kept["metadata"]["faucet"].items() >= {"status": "failed", "cell": 2, "node": "n"}.items()
    assert kept["cells"][1]["outputs"][0]["ename"] == "KeyError"
    assert list(here.glob("kept/*")) == [here / "kept/x.ipynb"]


def test_an_error_that_is_expected_does_not_stop_the_run() -> None:
    """Jupyter's tag `raises-exception`: the error is shown, and the next cell runs."""
    done = run(("1 / 0", ["raises-exception"]), "x = 1", outputs=("x",))
    assert done.values == {"x": 1}
    assert told(done.notebook["cells"][0]["outputs"][0]) == "ZeroDivisionError"


def test_a_stop_is_a_stop() -> None:
    """Ctrl-C in a cell ends the run as it would in a function."""
    with pytest.raises(KeyboardInterrupt):
        run(("raise KeyboardInterrupt", ["raises-exception"]))


@pytest.mark.filterwarnings("ignore:To exit")
@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.exit(0)",
        "x = 0\nexit()",
        "x = 0\nquit()",
        "x = 0\nraise SystemExit",
        "x = 0\nget_ipython().ask_exit()",
        "import os\nos._exit(0)",
    ],
)
@pytest.mark.parametrize("tags", [[], ["raises-exception"]])
def test_what_ends_a_program_fails_the_notebook(source: str, tags: list[str]) -> None:
    """A run that ended there would say that all went well: it is an error that names notebook, cell and line."""
    with pytest.raises(NotebookError, match=r"SystemExit.* goes on to its end: raise an error") as caught:
        run("x = 1", (source, tags), "open('later', 'w')")
    assert not Path("later").exists()
    assert caught.value.__notes__[0].startswith("Notebook notebooks/x.ipynb, cell [2], line 2: ")


def test_a_fork_of_a_cell_may_end_as_it_likes() -> None:
    """Another process that a cell starts is not the run."""
    source = "import os\nchild = os.fork()\nif child == 0:\n    os._exit(3)\ncode = os.waitpid(child, 0)[1] >> 8"
    assert run(source, outputs=("code",)).values == {"code": 3}


def test_wrong_python_is_one_line() -> None:
    """A single line, which might have been a magic without its mark, is told without a traceback when it is run."""
    with pytest.raises(NotebookError, match=r"^SyntaxError: invalid syntax\n") as caught:
        run("x = 1", "y = = 1")
    assert caught.value.__notes__[0] == "Notebook notebooks/x.ipynb, cell [2], line 1: y = = 1"
    assert caught.traceback[-1].name == "run"


def test_an_output_that_is_assigned_under_a_condition_alone_is_missed_at_the_end() -> None:
    """What only a run can show is told after it, by name."""
    with pytest.raises(NotebookError, match=r"x\.ipynb ran to its end without assigning 'y'"):
        run("if False:\n    y = 1", outputs=("y",))


def test_the_kept_notebook_opens_in_jupyter_and_says_where_it_comes_from() -> None:
    """It is valid by the format's own schema; run id and node are in its metadata, seconds in its cells'."""
    import nbformat

    run("print(1)", "2", keep="kept/x.ipynb", node="clean", run_id="2013")
    nbformat.validate(nbformat.read("kept/x.ipynb", as_version=4))
    kept = json.loads(Path("kept/x.ipynb").read_text())
    assert kept["metadata"]["faucet"].items() >= {"node": "clean", "run_id": "2013", "status": "ok"}.items()
    assert set(kept["metadata"]["faucet"]) >= {"seconds", "started", "commit"}
    assert kept["cells"][0]["metadata"]["faucet"]["seconds"] >= 0


def test_a_folder_that_cannot_be_written_does_not_fail_the_run(caplog: pytest.LogCaptureFixture) -> None:
    """The values are what counts; that nothing could be kept is logged."""
    Path("kept").write_text("a file")
    assert run("x = 1", outputs=("x",), keep="kept/x.ipynb").values == {"x": 1}
    assert "could not be kept at kept/x.ipynb" in caplog.text


def test_modules_beside_the_notebook_are_found(here: Path) -> None:
    """As in Jupyter, which starts in the notebook's folder."""
    (here / "notebooks").mkdir()
    (here / "notebooks/beside_it.py").write_text("n = 5")
    assert run("import beside_it\nx = beside_it.n", outputs=("x",)).values == {"x": 5}
