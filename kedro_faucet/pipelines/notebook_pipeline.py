"""Notebooks as pipelines: ordered by what they load and save."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro.pipeline import Node, Pipeline
from kedro.pipeline.pipeline import CircularDependencyError

from kedro_faucet.exceptions import NotebookError, ResourceError
from kedro_faucet.notebooks.brick import project
from kedro_faucet.notebooks.cells import shown_name
from kedro_faucet.notebooks.node import caller_s_package, notebook_node

__all__ = ["notebook_node", "notebooks"]


def notebooks(pattern: str, *, name: str | None = None, **options: Any) -> Pipeline:
    """Return a pipeline of notebooks, each with the inputs and outputs that its tagged cells tell.

    ```python
    pipelines.notebooks("notebooks/*.ipynb")
    ```

    Args:
        pattern: the notebooks, looked up in the package that calls, then in the project.
        name: what the nodes' names begin with; default: nothing.
        options: what ``notebook_node`` takes for each of them: ``frames``, ``isolation``, ``timeout``, ``tags``.

    Raises:
        ResourceError: if there are none.
        NotebookError: if two of them save one dataset, have one name, or need each other's outputs.
    """
    files = _files(pattern, [caller_s_package(1), project()])
    prefix = f"{name}_" if name else ""
    nodes = {file: notebook_node(str(file), name=prefix + file.stem, **options) for file in files}
    _refuse_two(nodes, {file: [node.name] for file, node in nodes.items()}, "are both called")
    _refuse_two(nodes, {file: node.outputs for file, node in nodes.items()}, "both save")
    try:
        return Pipeline(nodes.values())
    except CircularDependencyError:
        listed = ", ".join(shown_name(file) for file in nodes)
        raise NotebookError(f"Some of {listed} need each other's outputs, in a circle.") from None


def _files(pattern: str, places: list[Path | None]) -> list[Path]:
    for place in places:
        found = sorted(place.glob(pattern)) if place else []
        if found:
            return [file.resolve() for file in found if file.suffix == ".ipynb"]
    listed = " nor in ".join(str(place) for place in dict.fromkeys(places) if place)
    raise ResourceError(f"No notebook matches '{pattern}' in {listed}.")


def _refuse_two(nodes: Mapping[Path, Node], names: Mapping[Path, list[str]], what: str) -> None:
    owner: dict[str, Path] = {}
    for file in nodes:
        for name in names[file]:
            if name in owner:
                raise NotebookError(f"{shown_name(owner[name])} and {shown_name(file)} {what} '{name}'.")
            owner[name] = file
