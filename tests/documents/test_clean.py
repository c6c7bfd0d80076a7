"""Notebooks as they belong in a repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cells import notebook_of, write_cells

from kedro_faucet.documents.clean import clean_file, cleaned, notebooks_in
from kedro_faucet.documents.diff import committed, diff
from kedro_faucet.documents.notebook import read_notebook, write_notebook
from kedro_faucet.exceptions import ResourceError


def ran(notebook: dict) -> dict:
    """A notebook as a run leaves it."""
    for cell in notebook["cells"]:
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "secret\n"}]
        cell["execution_count"] = 3
        cell["metadata"] |= {"execution": {"iopub.status.idle": "now"}, "faucet": {"seconds": 1.0}}
    notebook["metadata"] |= {"widgets": {}, "faucet": {"status": "ok"}}
    return notebook


def test_nothing_of_a_run_is_left() -> None:
    """Outputs, counts and metadata of runs go; sources, tags and the kernel stay."""
    kernel = {"kernelspec": {"name": "python3"}}
    written = notebook_of(("x = 1", ["export"]), "print(x)", **kernel)
    assert cleaned(ran(json.loads(json.dumps(written)))) == written


def test_cleaning_twice_changes_nothing(tmp_path: Path) -> None:
    """A clean file is not written again, a check writes none."""
    path = tmp_path / "clean.ipynb"
    write_notebook(ran(notebook_of("x = 1")), path)
    assert clean_file(path, check=True)
    assert "secret" in path.read_text()
    assert clean_file(path)
    before = path.stat().st_mtime_ns
    assert not clean_file(path)
    assert "secret" not in path.read_text()
    assert path.stat().st_mtime_ns == before


def test_checkpoints_are_left_out(tmp_path: Path) -> None:
    """Below a folder, what Jupyter hides is nobody's business; a file that is named is."""
    kept = write_cells(tmp_path / "a/clean.ipynb", "x = 1")
    hidden = write_cells(tmp_path / "a/.ipynb_checkpoints/clean-checkpoint.ipynb", "x = 1")
    assert list(notebooks_in([tmp_path])) == [kept]
    assert list(notebooks_in([hidden])) == [hidden]
    with pytest.raises(ResourceError, match="No notebook and no folder"):
        list(notebooks_in([tmp_path / "b"]))


def test_a_diff_is_of_sources_and_tags() -> None:
    """What a run leaves is no difference; a tag is one."""
    before = notebook_of("x = 1")
    assert diff(before, ran(notebook_of("x = 1"))) == ""
    assert '-# %% tags=[]\n+# %% tags=["export"]\n x = 1' in diff(before, notebook_of(("x = 1", ["export"])))


def test_the_committed_version_comes_from_git(tmp_path: Path) -> None:
    """The last commit's, whatever the file holds now; without one, the message says what git says."""
    path = write_cells(tmp_path / "deep/clean.ipynb", "x = 1")
    with pytest.raises(ResourceError, match=r"There is no committed version of .*clean.ipynb"):
        committed(path)
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], [*name, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    write_cells(path, "x = 2")
    assert committed(path)["cells"][0]["source"] == "x = 1"
    assert "-x = 1\n+x = 2" in diff(committed(path), read_notebook(path))
