"""A project's tests run its notebooks as functions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cells import write_cells
from projects import make_project

TESTS = """
import pytest


def test_values(run_notebook):
    assert run_notebook("notebooks/clean.ipynb", {"planes": [1, 2, 3]}) == {"kept": [2, 4]}


def test_parameters(run_notebook):
    given = run_notebook("notebooks/clean.ipynb", {"planes": [1, 2]}, outputs=["limit"], parameters={"limit": 1})
    assert given == {"limit": 1}


def test_error(run_notebook):
    with pytest.raises(TypeError) as caught:
        run_notebook("notebooks/clean.ipynb", {"planes": 3})
    assert "notebooks/clean.ipynb, cell [3], line 3: kept" in caught.value.__notes__[0]


def test_missing(run_notebook):
    with pytest.raises(Exception, match="planes"):
        run_notebook("notebooks/clean.ipynb")


def test_misspelt(run_notebook):
    with pytest.raises(Exception, match="Did you mean 'clean.ipynb'"):
        run_notebook("notebooks/claen.ipynb")


def test_module():
    from shop.notebooks import clean
    assert clean.twice(2) == 4
"""


@pytest.mark.slow
def test_run_notebook_gives_the_outputs(tmp_path: Path) -> None:
    """Inputs and parameters go in, outputs come out; errors name the cell; notebooks are modules there too."""
    make_project(tmp_path, {"tests/test_clean.py": TESTS, "src/shop/notebooks/__init__.py": ""})
    write_cells(
        tmp_path / "src/shop/notebooks/clean.ipynb",
        ("limit = 2", ["parameters"]),
        ("planes = catalog.load('lake/planes')", ["inputs"]),
        "from shop.notebooks.more import number\n\nkept = [number * each for each in planes[:limit]]",
        "def twice(value):\n    return 2 * value",
        ("catalog.save('lake/kept', kept)", ["outputs"]),
    )
    write_cells(tmp_path / "src/shop/notebooks/more.ipynb", ("number = 2", ["export"]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "pythonpath=src"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "6 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
def test_the_starter_s_way_needs_no_path(tmp_path: Path) -> None:
    """The fixture alone puts the project's source folder on the path."""
    test = "def test_values(run_notebook):\n    assert run_notebook('notebooks/a.ipynb', outputs=['x']) == {'x': 3}\n"
    make_project(tmp_path, {"tests/test_a.py": test, "src/shop/three.py": "THREE = 3\n"})
    write_cells(tmp_path / "src/shop/notebooks/a.ipynb", "from shop.three import THREE\nx = THREE")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
