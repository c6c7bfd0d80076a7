"""A notebook in a kernel of its own."""

from __future__ import annotations

import gc
import json
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from cells import Source, write_cells
from runs import told

from kedro_faucet import engines
from kedro_faucet.documents.notebook import read_notebook
from kedro_faucet.exceptions import NotebookError, ResourceError
from kedro_faucet.notebooks.execute import Executed
from kedro_faucet.notebooks.process import execute_in_kernel
from kedro_faucet.notebooks.process.handover import get, put

pytestmark = [pytest.mark.usefixtures("here"), pytest.mark.slow]


def run(*cells: Source, inputs: dict[str, Any] | None = None, outputs: tuple[str, ...] = (), **named: Any) -> Executed:
    """Write a notebook and run it in a kernel."""
    write_cells(Path("notebooks/x.ipynb"), *cells)
    return execute_in_kernel("notebooks/x.ipynb", inputs or {}, outputs, keep="kept/x.ipynb", **named)


def test_values_go_there_and_back() -> None:
    """Tables of the engine, frames and any object arrive as what they are; the notebook kept is as in process."""
    engine = engines.connect()
    inputs = {"t": engine.sql("select 1 as a union all select 2"), "p": pd.DataFrame({"a": [1]}, index=["i"]), "n": [1]}
    cells = [
        ("1 / 0", ["inputs"]),
        ("limit = 1", ["parameters"]),
        "u = t.filter(f'a > {limit}')\nq = p + 1",
        "print(n)\nos",
    ]
    cells = [cells[0], cells[1], "import os", *cells[2:], ("1 / 0", ["outputs"])]
    done = run(*cells, inputs=inputs, outputs=("u", "q", "n"), parameters={"limit": 0}, node="n")
    assert sorted(engine.rows(done.values["u"])) == [(1,), (2,)]
    assert done.values["q"].equals(pd.DataFrame({"a": [2]}, index=["i"]))
    assert done.values["n"] == [1]
    numbers = [cell["execution_count"] for cell in done.notebook["cells"]]
    assert numbers == [None, 2, None, 3, 4, 5, None]
    assert told(done.notebook["cells"][5]["outputs"][0])[0] == "[1]\n"
    facts = read_notebook("kept/x.ipynb")["metadata"]["faucet"]
    assert facts.items() >= {"status": "ok", "node": "n", "isolation": "process"}.items()


def test_an_error_keeps_its_type_and_place() -> None:
    """As in process: the type that the cell raised, and the notebook up to the cell."""
    with pytest.raises(KeyError) as caught:
        run("d = {}", "x = 1\nd['z']", "y = 1")
    assert caught.value.__notes__ == [
        "Notebook notebooks/x.ipynb, cell [2], line 2: d['z']\nThe notebook as far as it came: kept/x.ipynb"
    ]
    kept = read_notebook("kept/x.ipynb")
    assert [cell["metadata"]["faucet"]["status"] for cell in kept["cells"]] == ["ok", "failed"]
    assert kept["cells"][1]["outputs"][0]["ename"] == "KeyError"


def test_an_error_of_a_type_that_only_the_notebook_knows_is_told() -> None:
    """What cannot be handed over is named."""
    with pytest.raises(NotebookError, match=r"^Mine: 1\n") as caught:
        run("class Mine(Exception):\n    def __init__(self, a, b): super().__init__(a)", "raise Mine(1, 2)")
    assert "cell [2], line 1: raise Mine(1, 2)" in caught.value.__notes__[0]


def test_a_crash_is_survived_and_told() -> None:
    """A kernel that dies takes nothing with it; the cell is named."""
    with pytest.raises(NotebookError, match="Its kernel died") as caught:
        run("print('before')", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "x = 1")
    assert "cell [2]" in caught.value.__notes__[0]
    assert told(read_notebook("kept/x.ipynb")["cells"][0]["outputs"][0]) == ["before\n"]


@pytest.mark.parametrize("source", ["import sys\nsys.exit(0)", "x = 1\nexit()"])
def test_what_ends_a_program_fails_the_notebook(source: str) -> None:
    """papermill takes it for a good end, or goes on: it is an error that names notebook, cell and line."""
    with pytest.raises(NotebookError, match="goes on to its end: raise an error") as caught:
        run("y = 1", source, "open('later', 'w')")
    assert caught.value.__notes__[0].startswith("Notebook notebooks/x.ipynb, cell [2], line 2: ")
    assert not Path("later").exists()


def test_wrong_python_is_one_line() -> None:
    """As in the run's process: an error of ours, with notebook, cell and line."""
    with pytest.raises(NotebookError, match=r"^SyntaxError: invalid syntax\n") as caught:
        run("x = 1", "y = = 1")
    assert caught.value.__notes__[0].startswith("Notebook notebooks/x.ipynb, cell [2], line 1: y = = 1")


def test_a_notebook_that_takes_too_long_is_stopped() -> None:
    """The time-out is for all cells together, and leaves no process behind."""
    with pytest.raises(NotebookError, match=r"It took longer than 4 s\.") as caught:
        run("import os\nprint(os.getpid())", "import time\ntime.sleep(1)", "while True: pass", timeout=4)
    assert "cell [3]" in caught.value.__notes__[0]
    [text] = read_notebook("kept/x.ipynb")["cells"][0]["outputs"][0]["text"]
    for _ in range(50):
        if not Path(f"/proc/{int(text)}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{int(text)}").exists()


def test_a_kernel_that_is_not_installed_is_named() -> None:
    """One sentence instead of papermill's chain."""
    notebook = write_cells(Path("x.ipynb"), "x = 1", kernelspec={"name": "nowhere", "language": "python"})
    with pytest.raises(NotebookError, match=r"x\.ipynb: no kernel 'nowhere' is installed"):
        execute_in_kernel(notebook, {}, [])


def test_an_output_that_was_not_assigned_is_missed() -> None:
    """As in process."""
    with pytest.raises(NotebookError, match=r"x\.ipynb ran to its end without assigning 'y'"):
        run("if False:\n    y = 1", outputs=("y",))


def test_a_kernel_of_another_language_reads_and_writes_files() -> None:
    """As papermill does it: inputs and outputs are parameters that hold paths of Arrow files."""
    reads = "import pyarrow.ipc, pyarrow.compute as pc\nt = pyarrow.ipc.open_file(planes).read_all()"
    writes = "with pyarrow.ipc.new_file(out, t.schema) as w: w.write(t.filter(pc.field('a') > limit))"
    # A kernel of Python's plays the other language: nothing of ours is said to it.
    kernel = {"name": "python3", "language": "R", "display_name": "R"}
    notebook = write_cells(Path("x.ipynb"), ("limit = 0", ["parameters"]), reads, writes, kernelspec=kernel)
    done = execute_in_kernel(notebook, {"planes": pa.table({"a": [1, 2]})}, ["out"], parameters={"limit": 1})
    assert done.values["out"].to_pydict() == {"a": [2]}


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": [1, None], "b": pd.Categorical(["x", "y"])}, index=pd.date_range("2013-01-01", periods=2)),
        pl.DataFrame({"a": [1, 2], "b": [[1], [2, 3]]}),
        pa.table({"a": [1, 2]}),
        {"any": ["thing", 1]},
        pd.DataFrame({"mixed": [1, "a", object]}),
    ],
)
def test_a_frame_is_handed_over_as_it_is(here: Path, value: Any) -> None:
    """Types, index and order are kept; what Arrow cannot hold is pickled."""
    put(here, "value", value)
    back = get(here, "value")
    assert type(back) is type(value)
    assert back == value if isinstance(value, dict) else back.equals(value)
    assert (here / "value.arrow").exists() == (not isinstance(value, dict) and "mixed" not in str(value))


def test_a_table_of_spark_is_refused_without_frames(here: Path, spark: engines.Engine) -> None:
    """It cannot leave its session; the sentence says what to do."""
    with pytest.raises(ResourceError, match=r"'t' is a table of spark.*add frames='arrow'"):
        put(here, "t", spark.from_frame(pa.table({"a": [1]})))


def test_nothing_is_left_in_the_temporary_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were handed over are gone, though the table that was read from one still is."""
    monkeypatch.setattr("tempfile.tempdir", str(here))
    done = run("import pyarrow\nt = pyarrow.table({'a': [1]})", outputs=("t",))
    assert not [name for name in os.listdir(here) if name.startswith("faucet-")]
    assert done.values["t"].to_pydict() == {"a": [1]}
    assert json.dumps(done.notebook["metadata"]["faucet"]["status"]) == '"ok"'
    del done
    gc.collect()
