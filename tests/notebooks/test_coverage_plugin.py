"""coverage.py counts the lines of notebooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cells import write_cells
from projects import write_files

FILES = {
    "shop/__init__.py": "",
    ".coveragerc": "[run]\nplugins = kedro_faucet.notebooks.coverage_plugin\nsource = shop\n",
    "use.py": "import kedro_faucet\nfrom shop.notebooks import clean\nclean.double(1)\n",
}
CODE = '''import functools


@functools.cache
def double(value):
    """Twice."""
    if value:
        return (2 *
            value)
    return never(
        value)'''


def report(root: Path) -> list[str]:
    """What `coverage report` says of the notebook."""
    for command in (["run", "use.py"], ["report", "-m"]):
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *command], cwd=root, capture_output=True, text=True, check=True
        )
    return next(line for line in done.stdout.splitlines() if "clean.ipynb" in line).split()


def test_the_lines_that_an_import_may_run_are_counted(tmp_path: Path) -> None:
    """Statements of functions that were called are covered, the others missing; what explores counts for nothing."""
    write_files(tmp_path, FILES)
    write_cells(tmp_path / "shop/notebooks/clean.ipynb", CODE, "x = 1\nprint(x)", "def never():\n    return 3")
    # Line 11 of the report's source is the last statement of double, line 20 the body of never.
    assert report(tmp_path) == ["shop/notebooks/clean.ipynb", "7", "2", "71%", "11,", "20"]


def test_a_notebook_that_is_a_node_counts_with_all_that_a_run_runs(tmp_path: Path) -> None:
    """Its tags say that it is run: then every cell but inputs and outputs could have been covered."""
    write_files(tmp_path, FILES)
    cells = [("flights = load()", ["inputs"]), CODE, "total = 1\ntotal += 1"]
    write_cells(tmp_path / "shop/notebooks/clean.ipynb", *cells)
    assert report(tmp_path)[1:3] == ["7", "3"]
