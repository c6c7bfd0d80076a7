"""Notebooks are modules of the packages whose folders they lie in."""

from __future__ import annotations

import importlib
import inspect
import io
import pdb
import pickle
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import pytest
from cells import write_cells
from projects import write_files

from kedro_faucet.exceptions import ResourceError

EXPLORING = "x = 1\nLIMIT, OTHER = 3, 4\nprint('explored')\nraise SystemExit"
DOUBLE = "def double(value):\n    '''Twice.'''\n    return 2 * value"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The notebooks folder of a package that no other test has imported."""
    name = f"shop_{abs(hash(request.node.nodeid))}"
    write_files(tmp_path, {f"{name}/__init__.py": "", f"{name}/notebooks/__init__.py": "import kedro_faucet\n"})
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / name / "notebooks"


def load(package: Path, name: str = "clean") -> ModuleType:
    """Import a module of the package's folder of notebooks."""
    importlib.invalidate_caches()
    return importlib.import_module(f"{package.parent.name}.notebooks.{name}")


def test_definitions_run_and_exploration_does_not(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Imports, functions, classes and UPPERCASE constants are the module; the rest and other languages are not."""
    write_cells(package / "clean.ipynb", "import os\n%matplotlib inline", EXPLORING.removesuffix("\nraise SystemExit"))
    write_cells(
        package / "more.ipynb", "%%bash\nexit 1", f"{DOUBLE}\ndouble(1 / 0)", "class A:\n    pass", "%%time\nB = 2"
    )
    names = [{name for name in vars(load(package, each)) if name[:2] != "__"} for each in ("clean", "more")]
    assert names == [{"os", "LIMIT", "OTHER"}, {"double", "A", "B"}]
    assert capsys.readouterr().out == ""


def test_inputs_outputs_and_skipped_cells_never_run(package: Path) -> None:
    """What talks to the catalog interactively is no part of the module, parameters in capitals are."""
    hidden = [("import nothing_like_this", [tag]) for tag in ("inputs", "outputs", "skip", "interactive")]
    write_cells(package / "clean.ipynb", *hidden, ("YEAR = 2013\nmonth = 1", ["parameters"]))
    module = load(package)
    assert module.YEAR == 2013
    assert not hasattr(module, "month")


def test_exported_cells_run_whole_and_alone(package: Path) -> None:
    """Once a cell is tagged `export`, exactly the tagged cells run, whatever they hold."""
    write_cells(package / "clean.ipynb", "import os", ("total = sum([1, 2])", ["export"]), EXPLORING)
    module = load(package)
    assert module.total == 3
    assert not hasattr(module, "os")


def test_a_future_import_is_in_force_in_later_cells(package: Path) -> None:
    """As in Jupyter, `from __future__ import annotations` holds from its cell on."""
    write_cells(package / "clean.ipynb", "from __future__ import annotations", "def f(a: Missing) -> int: ...")
    assert load(package).f.__annotations__ == {"a": "Missing", "return": "int"}


def test_an_import_that_may_fail_is_an_import(package: Path) -> None:
    """The usual try around an import, and what only type checkers read, are part of the module."""
    guarded = "try:\n    import nothing_like_this\nexcept ImportError:\n    nothing = None"
    write_cells(package / "clean.ipynb", guarded, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import x")
    assert load(package).nothing is None


def test_a_traceback_points_into_the_cell(package: Path) -> None:
    """File, line and source are those of the cell, also for a function that the code cache kept."""
    notebook = write_cells(package / "clean.ipynb", "import os", "\n" + DOUBLE.replace("2 *", "2 +"))
    for module in (load(package), importlib.reload(load(package))):
        with pytest.raises(TypeError) as caught:
            module.double("a")
        text = "".join(traceback.format_exception(caught.value))
        assert f'File "{notebook}[2]", line 4, in double\n    return 2 + value' in text
        assert inspect.getsource(module.double) == DOUBLE.replace("2 *", "2 +") + "\n"


def test_a_debugger_stops_in_the_cell(package: Path) -> None:
    """pdb steps through the lines of the cell, and breaks where it is told to."""
    notebook = write_cells(package / "clean.ipynb", f"{DOUBLE}\n\ndef twice(value):\n    return double(double(value))")
    module, said = load(package), io.StringIO()
    commands = io.StringIO("step\nbreak double\ncontinue\ncontinue\nwhere\ncontinue\n")
    debugger = pdb.Pdb(stdin=commands, stdout=said, nosigint=True, readrc=False)
    debugger.runcall(module.twice, 2)
    assert f"> {notebook}[1](6)twice()\n-> return double(double(value))" in said.getvalue()
    assert f"Breakpoint 1 at {notebook}[1]:1" in said.getvalue()
    assert f"> {notebook}[1](3)double()\n-> return 2 * value" in said.getvalue()


def test_a_changed_notebook_is_reloaded(package: Path) -> None:
    """`importlib.reload` runs what the file holds now."""
    notebook = write_cells(package / "clean.ipynb", "LIMIT = 3")
    module = load(package)
    write_cells(notebook, "LIMIT = 1000")
    assert importlib.reload(module).LIMIT == 1000


def test_the_code_is_cached_and_follows_the_notebook(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own cache holds the code; a copy of the folder elsewhere speaks of its own cells."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    write_cells(package / "clean.ipynb", DOUBLE)
    load(package)
    assert list((package / "__pycache__").glob("clean.*.pyc"))
    moved = package.parent.with_name(f"{package.parent.name}_moved")
    package.parent.rename(moved)
    assert load(moved / "notebooks").double.__code__.co_filename == f"{moved}/notebooks/clean.ipynb[1]"


def test_a_py_file_wins_and_it_is_said_once(package: Path, recwarn: pytest.WarningsRecorder) -> None:
    """Where a module is both, the .py file is it, and a warning names both files."""
    write_cells(package / "clean.ipynb", "KIND = 'notebook'")
    write_files(package, {"clean.py": "KIND = 'file'\n"})
    module = load(package)
    assert importlib.reload(module).KIND == "file"
    assert [f"{package}/clean.py, not {package}/clean.ipynb: rename" in str(each.message) for each in recwarn] == [True]


def test_notebooks_are_modules_of_packages_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that lies where Jupyter was started is not taken for a package that is not installed."""
    write_cells(tmp_path / "nothing_like_this.ipynb", "LIMIT = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="nothing_like_this"):
        importlib.import_module("nothing_like_this")


def test_a_spawned_worker_imports_them(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of a notebook is pickled by its name, and found by a process that starts afresh."""
    write_cells(package / "clean.ipynb", DOUBLE)
    module = load(package)
    assert pickle.loads(pickle.dumps(module.double)) is module.double
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(module.double, 4).result() == 8


def test_a_syntax_error_names_the_cell(package: Path) -> None:
    """The compiler's message comes with the cell and its line."""
    notebook = write_cells(package / "clean.ipynb", "import os", "x = 1\ndef f(:\n    pass")
    with pytest.raises(SyntaxError) as caught:
        load(package)
    assert (caught.value.filename, caught.value.lineno) == (f"{notebook}[2]", 2)


def test_a_name_that_only_exploration_sets_is_explained(package: Path) -> None:
    """Where a definition needs what an import leaves out, the error says what an import runs."""
    write_cells(package / "clean.ipynb", "rows = [1]", "ROWS = len(rows)")
    with pytest.raises(NameError, match="rows") as caught:
        load(package)
    assert "tag the cells that are its module 'export'" in caught.value.__notes__[0]


def test_a_function_that_needs_what_an_import_leaves_out_says_so(package: Path) -> None:
    """When it is called, also from elsewhere: which cell sets the name; other names are found as ever."""
    write_cells(package / "clean.ipynb", "%matplotlib inline\nlimit = 3", "def few(rows):\n    return rows[:limit]")
    few = load(package).few
    with pytest.raises(NameError, match="name 'limit' is not defined") as caught:
        few([1])
    [note] = caught.value.__notes__
    assert "clean.ipynb[1] sets 'limit', which an import leaves out. An import runs the imports, functions" in note
    few.__globals__["limit"] = 1
    assert few([1, 2]) == [1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("print(1)", r"clean.ipynb is no notebook: line 1"),
        ('{"nbformat": 3, "cells": []}', "no notebook of format 4"),
        (
            '{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "R"}}}',
            "clean.ipynb is a notebook in R: only one in Python can be imported",
        ),
    ],
)
def test_what_is_no_python_notebook_is_refused(package: Path, text: str, message: str) -> None:
    """A sentence names the file, and what is wrong with it."""
    write_files(package, {"clean.ipynb": text})
    with pytest.raises(ResourceError, match=message):
        load(package)
