"""What pytest has in a project with kedro-faucet: notebooks as modules, and the fixture ``run_notebook``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest


class RunNotebook(Protocol):
    """Runs a notebook as a function; the type of the fixture ``run_notebook``."""

    def __call__(
        self,
        path: str | Path,
        inputs: Mapping[str, Any] | None = None,
        *,
        outputs: Sequence[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the outputs of a notebook by their variables.

        Args:
            path: the notebook, looked up in the project's package, then in the project.
            inputs: the variables that its cell tagged ``inputs`` would set.
            outputs: the variables to return; default: what its cell tagged ``outputs`` saves.
            parameters: what overrides the cell tagged ``parameters``.

        Raises:
            NotebookError: if the notebook cannot give what it should.
            Exception: what a cell raises, with a note of notebook, cell and line.
        """


@pytest.fixture
def run_notebook(request: pytest.FixtureRequest) -> RunNotebook:
    """Run a notebook of the project as a function.

    ```python
    def test_planes_without_seats_are_dropped(run_notebook):
        planes = pd.DataFrame({"tailnum": ["N1", "N2"], "seats": [100, None]})
        assert len(run_notebook("notebooks/clean.ipynb", {"planes": planes})["clean"]) == 1
    ```
    """
    from kedro.framework.startup import bootstrap_project
    from kedro.utils import find_kedro_project

    from kedro_faucet.documents.notebook import read_notebook
    from kedro_faucet.notebooks.execute import execute
    from kedro_faucet.notebooks.inference import infer
    from kedro_faucet.notebooks.node import find_notebook

    root, package = find_kedro_project(request.path.parent), None
    if root:
        metadata = bootstrap_project(root)  # the notebook may import the project's modules
        package = metadata.source_dir / metadata.package_name

    def run(
        path: str | Path,
        inputs: Mapping[str, Any] | None = None,
        *,
        outputs: Sequence[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        file = find_notebook(str(path), package)
        saved = infer(read_notebook(file), str(path)).outputs if outputs is None else outputs
        return execute(file, inputs or {}, list(saved), parameters=parameters).values

    return run
