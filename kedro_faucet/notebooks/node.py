"""``notebook_node``: a notebook as a node, with inputs and outputs from the catalog."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from keyword import iskeyword
from pathlib import Path
from typing import Any

from kedro.pipeline import Node

from kedro_faucet.documents.notebook import read_notebook
from kedro_faucet.engines.decorator import KINDS
from kedro_faucet.exceptions import NotebookError, ResourceError, did_you_mean
from kedro_faucet.notebooks.brick import REPORT, NotebookBrick, project
from kedro_faucet.notebooks.cells import language, shown_name
from kedro_faucet.notebooks.inference import Input, infer
from kedro_faucet.notebooks.preview import LastRun

Datasets = str | Sequence[str] | Mapping[str, str]


class BrickNode(Node):
    """A node that Kedro names by its brick, where all functions are called ``build``."""

    # Kedro's own lists and logs take what is private: hence the pin.

    @property
    def _func_name(self) -> str:
        owner = getattr(self.func, "__self__", None)
        if owner is None:  # somebody has put another function in its place
            return str(super()._func_name)
        return f"{type(getattr(owner, 'brick', owner)).__name__}.{self.func.__name__}"

    def _copy(self, **changes: Any) -> Node:
        given = {"name": self._name, "namespace": self.namespace, "tags": self.tags, "confirms": self.confirms}
        before = {"func": self.func, "inputs": self._inputs, "outputs": self._outputs, "preview_fn": self._preview_fn}
        return BrickNode(**{**before, **given, **changes})


def notebook_node(
    path: str,
    inputs: Datasets | None = None,
    outputs: Datasets | None = None,
    *,
    name: str | None = None,
    frames: str | None = None,
    parameters: Datasets | Mapping[str, Any] | None = None,
    isolation: str | None = None,
    timeout: float | None = None,
    report: str | None = None,
    tags: Iterable[str] = (),
) -> Node:
    """Return the node of a notebook.

    ```python
    notebook_node("notebooks/clean.ipynb", ["lake/planes"], {"clean": "lake/clean"}, frames="pandas")
    notebook_node("notebooks/clean.ipynb")                     # as its cells tagged `inputs` and `outputs` say
    ```

    Args:
        path: the notebook, looked up in the package that calls, then in the project.
        inputs: the datasets by the variables that hold them; in a list, the variable of ``lake/planes`` is ``planes``.
            Default: what the cell tagged ``inputs`` loads.
        outputs: likewise the variables that are saved. Default: what the cell tagged ``outputs`` saves.
        name: the node's name; default: the notebook's.
        frames: what tables arrive as: ``pandas``, ``polars`` or ``arrow``; default: as the cell tagged ``inputs`` makes
            them, else the engine's own tables. What the notebook makes is saved as it is: resources take frames too.
        parameters: what overrides the cell tagged ``parameters``: names like ``params:limit``, or values.
        isolation: ``process`` for a kernel of its own, which may crash or be stopped; default: in the run's process.
        timeout: the seconds after which a notebook in a process of its own is stopped.
        report: a dataset that the executed notebook is saved to.
        tags: the node's tags beside ``notebook``.

    Raises:
        ResourceError: if there is no such notebook.
        NotebookError: if inputs or outputs cannot be inferred, or an argument is wrong.
    """
    file = find_notebook(path, caller_s_package(1))
    shown = shown_name(file)
    notebook = read_notebook(file)
    _check_choices(shown, frames, isolation, timeout, language(notebook))
    found = infer(notebook, shown) if inputs is None or outputs is None else None
    loads = found.inputs if found and inputs is None else _loads(inputs, shown)
    saves = found.outputs if found and outputs is None else _by_variable(outputs, shown)
    datasets, values = _parameters(parameters, shown)
    loaded = {variable: each.dataset for variable, each in loads.items()} | datasets
    if not (loaded or saves or report):
        raise NotebookError(f"{shown} has no inputs and no outputs: name them, or tag the cells that load and save.")
    kinds = {variable: frames or each.frames for variable, each in loads.items()}
    brick = NotebookBrick(
        path=str(file),
        name=re.sub(r"[^\w.-]+", "_", name or file.stem),
        inputs=tuple(loaded),
        outputs=tuple(saves),
        frames=tuple((variable, kind) for variable, kind in kinds.items() if kind),
        parameters=(*datasets, *values),
        values=tuple(values.items()),
        isolation=isolation,
        timeout=timeout,
        report=report is not None,
    )
    saved = {**saves, **({REPORT: report} if report else {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BrickNode(
            brick.build,
            loaded or None,
            saved or None,
            name=brick.name,
            tags={"notebook", *tags},
            preview_fn=LastRun(str(brick.kept_at())).show,
        )


def variable_of(dataset: str) -> str:
    """Return the variable of a dataset that is given in a list.

    >>> variable_of("lake/planes"), variable_of("params:model.horizon"), variable_of("shop.lake/by-day@pandas")
    ('planes', 'horizon', 'by_day')
    """
    last = re.split(r"[/:.]", dataset.split("@")[0])[-1]
    return re.sub(r"\W", "_", last)


def caller_s_package(depth: int) -> Path | None:
    """Return the folder of the top-level package that calls, if it is in one."""
    caller = sys._getframe(depth + 1).f_globals
    package = sys.modules.get((caller.get("__package__") or "").split(".")[0])
    paths = list(getattr(package, "__path__", []))
    return Path(paths[0]) if paths else None


def find_notebook(path: str, package: Path | None) -> Path:
    """Return a notebook's file: in the package, or else in the project.

    Raises:
        ResourceError: naming the places searched, and what is near.
    """
    places = list(dict.fromkeys(place for place in (package, project()) if place))
    for place in places:
        if (place / path).is_file():
            return (place / path).resolve()
    folders = [place / Path(path).parent for place in places]
    there = [found.name for folder in folders if folder.is_dir() for found in folder.glob("*.ipynb")]
    listed = " nor in ".join(map(str, places))
    raise ResourceError(f"No notebook '{path}' in {listed}.{did_you_mean(Path(path).name, there)}")


def _check_choices(name: str, frames: str | None, isolation: str | None, timeout: float | None, language: str) -> None:
    if frames is not None and frames not in KINDS:
        raise NotebookError(f"{name}: frames='{frames}': there are {', '.join(KINDS)}.{did_you_mean(frames, KINDS)}")
    if isolation not in (None, "process"):
        raise NotebookError(f"{name}: isolation='{isolation}': there is 'process', or none.")
    if language != "python" and isolation is None:
        raise NotebookError(f"{name} is in {language}, which needs a kernel: add isolation='process'.")
    if timeout is not None and isolation is None:
        raise NotebookError(f"{name}: only a notebook in a process of its own can be stopped: add isolation='process'.")


def _loads(inputs: Datasets | None, name: str) -> dict[str, Input]:
    return {variable: Input(dataset) for variable, dataset in _by_variable(inputs, name).items()}


def _by_variable(datasets: Datasets | None, name: str) -> dict[str, str]:
    """Return datasets by variable, as Kedro's node takes them: one, a list, or a mapping."""
    if isinstance(datasets, Mapping):
        found = dict(datasets)
    else:
        listed = [datasets] if isinstance(datasets, str) else list(datasets or ())
        found = {variable_of(dataset): dataset for dataset in listed}
        if len(found) < len(listed):
            both = ", ".join(listed)
            raise NotebookError(f"{name}: two of {both} would be one variable: give {{variable: dataset}}.")
    for variable in found:
        if not variable.isidentifier() or iskeyword(variable):
            raise NotebookError(f"{name}: '{variable}' cannot be a variable: give {{variable: dataset}}.")
    return found


def _parameters(given: Datasets | Mapping[str, Any] | None, name: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Tell parameters of the project from values."""
    named: Mapping[str, Any] = given if isinstance(given, Mapping) else _by_variable(given, name)
    datasets = {key: value for key, value in named.items() if _is_parameter(value)}
    values = {key: value for key, value in named.items() if key not in datasets}
    _by_variable(dict.fromkeys(named, ""), name)
    return datasets, values


def _is_parameter(value: Any) -> bool:
    return isinstance(value, str) and (value.startswith("params:") or value == "parameters")
