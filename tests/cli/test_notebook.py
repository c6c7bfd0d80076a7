"""`kedro faucet notebook …` in a real project."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from nbclient import NotebookClient
from nbformat import read as read_whole
from projects import kedro, make_project

from kedro_faucet.documents.percent import from_percent

STARTERS = Path(__file__).parents[2] / "starters"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one new notebook, `clean`, committed."""
    root = make_project(tmp_path_factory.mktemp("shop"))
    done = kedro(root, "faucet", "notebook", "new", "clean")
    assert done.stdout.endswith("Made src/shop/notebooks/clean.ipynb\n"), done.stderr
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], [*name, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@pytest.fixture
def path(shop: Path) -> Path:
    """The notebook."""
    return shop / "src/shop/notebooks/clean.ipynb"


@pytest.mark.slow
def test_a_new_notebook_runs_in_jupyter(path: Path) -> None:
    """Every cell runs, top to bottom, in a kernel beside it."""
    notebook = read_whole(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}).execute()
    assert notebook.cells[3]["outputs"][-1]["data"]["text/plain"]


def test_a_new_notebook_is_a_module(shop: Path) -> None:
    """Its package can be imported in any process, and so can it."""
    code = "import shop.notebooks.clean as clean; print(clean.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=shop / "src", capture_output=True, text=True, check=True)
    assert done.stdout.endswith("clean.ipynb\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [("clean", "clean.ipynb is there already"), ("my notebook", "'my notebook' cannot be imported")],
)
def test_a_name_that_no_module_can_have_is_refused(shop: Path, name: str, said: str) -> None:
    """One that is taken, or that Python cannot import."""
    done = kedro(shop, "faucet", "notebook", "new", name)
    assert done.returncode == 1
    assert said in done.stderr


def test_clean_strips_and_check_fails(shop: Path, path: Path) -> None:
    """A check names the notebooks and fails, as a pipeline of CI needs it; cleaning makes it pass."""
    written = path.read_text()
    notebook = json.loads(written)
    notebook["cells"][1]["execution_count"] = 3
    path.write_text(json.dumps(notebook, indent=1) + "\n")
    done = kedro(shop, "faucet", "notebook", "clean", "--check")
    assert done.returncode == 1
    assert "Error: Notebooks with outputs: src/shop/notebooks/clean.ipynb. Run: kedro faucet" in done.stderr
    assert kedro(shop, "faucet", "notebook", "clean", str(path)).stdout.endswith(
        "Cleaned src/shop/notebooks/clean.ipynb\n"
    )
    assert path.read_text() == written
    assert kedro(shop, "faucet", "notebook", "clean", "--check").stdout.endswith("Nothing to clean.\n")


def test_diff_shows_what_changed_since_the_commit(shop: Path, path: Path) -> None:
    """Lines of sources, with the cell around them."""
    written = path.read_text()
    path.write_text(written.replace("limit = 5", "limit = 6"))
    said = kedro(shop, "faucet", "notebook", "diff", "src/shop/notebooks/clean.ipynb").stdout
    path.write_text(written)
    assert '\n # %% tags=["parameters"]\n-limit = 5\n+limit = 6\n' in said
    assert "--- HEAD:src/shop/notebooks/clean.ipynb" in said


def test_a_script_is_written_and_read_back(shop: Path, path: Path) -> None:
    """The same cells, with the same tags."""
    done = kedro(shop, "faucet", "notebook", "to-script", str(path), "clean_script.py")
    assert done.stdout.endswith("Wrote clean_script.py\n")
    cells = from_percent((shop / "clean_script.py").read_text())["cells"]
    expected = json.loads(path.read_text())["cells"]
    assert [(cell["cell_type"], cell["source"], cell["metadata"]) for cell in cells] == [
        (cell["cell_type"], "".join(cell["source"]), cell["metadata"]) for cell in expected
    ]


@pytest.mark.parametrize("starter", ["faucet", "faucet-empty"])
def test_the_starters_hook_cleans(shop: Path, path: Path, starter: str) -> None:
    """What the starter's pre-commit configuration names is a command that strips the notebooks it is given."""
    config = yaml.safe_load((STARTERS / starter / "{{ cookiecutter.repo_name }}/.pre-commit-config.yaml").read_text())
    hook = config["repos"][0]["hooks"][0]
    written = path.read_text()
    path.write_text(written.replace('"execution_count": null', '"execution_count": 3'))
    assert re.search(hook["files"], str(path))
    program, *arguments = hook["entry"].split()
    assert program == "kedro"
    assert kedro(shop, *arguments, str(path)).returncode == 0
    assert path.read_text() == written
