"""Notebooks as a pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells import write_cells

from kedro_faucet import pipelines
from kedro_faucet.exceptions import NotebookError, ResourceError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(here: Path, name: str, source: str | None, target: str) -> None:
    """A notebook that loads one dataset and saves another."""
    loads = [(f'x = catalog.load("{source}")', ["inputs"])] if source else ["x = 1"]
    write_cells(here / f"notebooks/{name}.ipynb", *loads, "y = x", (f'catalog.save("{target}", y)', ["outputs"]))


def test_notebooks_are_ordered_by_what_they_load_and_save(here: Path) -> None:
    """Whatever the files are called."""
    write(here, "a_last", "lake/b", "lake/c")
    write(here, "b_second", "lake/a", "lake/b")
    write(here, "c_first", None, "lake/a")
    found = pipelines.notebooks("notebooks/*.ipynb", tags=["chapter"])
    assert [node.name for node in found.nodes] == ["c_first", "b_second", "a_last"]
    assert all(node.tags == {"notebook", "chapter"} for node in found.nodes)


def test_two_notebooks_that_save_one_dataset_are_named(here: Path) -> None:
    """Both files and the dataset."""
    write(here, "a", None, "lake/x")
    write(here, "b", None, "lake/x")
    with pytest.raises(NotebookError, match=r"notebooks/a\.ipynb and notebooks/b\.ipynb both save 'lake/x'\."):
        pipelines.notebooks("notebooks/*.ipynb")


def test_two_notebooks_of_one_name_are_named(here: Path) -> None:
    """Nodes are called after their files."""
    write(here, "a", None, "lake/x")
    write(here, "more/a", None, "lake/y")
    with pytest.raises(NotebookError, match=r"are both called 'a'"):
        pipelines.notebooks("notebooks/**/*.ipynb")


def test_a_circle_is_told(here: Path) -> None:
    """Each needs what the other saves: both are named."""
    write(here, "a", "lake/y", "lake/x")
    write(here, "b", "lake/x", "lake/y")
    with pytest.raises(NotebookError, match=r"notebooks/a\.ipynb, notebooks/b\.ipynb need each other's outputs"):
        pipelines.notebooks("notebooks/*.ipynb")


def test_a_pattern_that_matches_nothing_is_told(here: Path) -> None:
    """With the places that were searched."""
    with pytest.raises(ResourceError, match=rf"No notebook matches 'books/\*' in {here}"):
        pipelines.notebooks("books/*")


def test_a_notebook_node_is_on_the_menu_of_pipelines(here: Path) -> None:
    """Beside the SQL node."""
    write(here, "a", None, "lake/x")
    assert pipelines.notebook_node("notebooks/a.ipynb").outputs == ["lake/x"]
