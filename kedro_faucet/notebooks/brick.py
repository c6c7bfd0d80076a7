"""A notebook as a brick: what a node is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MethodType
from typing import Any

from kedro.pipeline import Node
from kedro.utils import find_kedro_project

from kedro_faucet import engines
from kedro_faucet.documents.notebook import read_notebook
from kedro_faucet.engines.decorator import KINDS
from kedro_faucet.exceptions import NotebookError
from kedro_faucet.nodes.lineage import Traced, unknown
from kedro_faucet.notebooks.cells import shown_name
from kedro_faucet.notebooks.execute import Executed, execute, running
from kedro_faucet.notebooks.inference import check
from kedro_faucet.notebooks.preview import shown_function

REPORT = "the executed notebook"


@dataclass(frozen=True)
class NotebookBrick:
    """A notebook, and the variables that go in and come out; it can be sent to another process.

    Args:
        path: the file.
        name: the node's name.
        inputs: the variables that the node sets, parameters included.
        outputs: the variables that it takes.
        frames: by variable, the frames that a table becomes.
        parameters: those of the variables that override the cell tagged ``parameters``.
        values: parameters that the pipeline gives itself.
        isolation: ``process``, or nothing.
        timeout: seconds.
        report: whether the executed notebook is an output too.
    """

    path: str
    name: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    frames: tuple[tuple[str, str], ...] = ()
    parameters: tuple[str, ...] = ()
    values: tuple[tuple[str, Any], ...] = ()
    isolation: str | None = None
    timeout: float | None = None
    report: bool = False

    @property
    def build(self) -> Callable[..., Any]:
        """The node's function: its signature is the notebook's inputs, its source the notebook's text."""
        return MethodType(shown_function(self.path, self.inputs), self)

    def run(self, variables: Mapping[str, Any]) -> dict[str, Any] | None:
        """Run the notebook and return the outputs by variable."""
        given = {name: self._arriving(name, value) for name, value in variables.items()} | dict(self.values)
        parameters = {name: value for name, value in given.items() if name in self.parameters}
        done = self._execute({name: value for name, value in given.items() if name not in parameters}, parameters)
        values = done.values | ({REPORT: done.notebook} if self.report else {})
        return values or None

    def lineage(self, *given: Any, **named: Any) -> Traced:
        """Return that any output may come from any input: cells do not tell."""
        tables = [each for each in (*given, *named.values()) if isinstance(each, Traced)]
        return unknown(tables, "a notebook does not tell columns")

    def check(self) -> None:
        """Refuse a notebook that cannot run to its end.

        Raises:
            NotebookError: naming notebook, cell and line.
        """
        given = [*self.inputs, *(name for name, _ in self.values)]
        check(read_notebook(self.path), shown_name(self.path), given, self.outputs)

    def kept_at(self) -> Path:
        """Return where the executed notebook is kept: in the project, the last run's."""
        return project() / "data" / "notebooks" / f"{self._node_name()}.ipynb"

    def _node_name(self) -> str:
        return str((running.get() or {}).get("node", self.name))

    def _execute(self, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> Executed:
        keep, name = self.kept_at(), self._node_name()
        if not self.isolation:
            return execute(self.path, inputs, self.outputs, parameters=parameters, keep=keep, node=name)
        from kedro_faucet.notebooks.process import execute_in_kernel

        return execute_in_kernel(
            self.path, inputs, self.outputs, parameters=parameters, keep=keep, node=name, timeout=self.timeout
        )

    def _arriving(self, name: str, value: Any) -> Any:
        kind, engine = dict(self.frames).get(name), engines.find_engine(value)
        return getattr(engine, KINDS[kind])(value) if kind and engine else value


def check_notebooks(nodes: Iterable[Node]) -> None:
    """Check the notebooks among the nodes of a run, before any is run.

    Raises:
        NotebookError: naming all that cannot run to its end.
    """
    problems = []
    for each in nodes:
        brick = getattr(each.func, "__self__", None)
        if isinstance(brick, NotebookBrick):
            try:
                brick.check()
            except NotebookError as error:
                problems.append(error.message)
    if problems:
        raise NotebookError("\n".join(dict.fromkeys(problems)))


def project() -> Path:
    """Return the project that a run is in; where there is none, the working directory."""
    return Path(find_kedro_project(Path.cwd()) or Path.cwd())
