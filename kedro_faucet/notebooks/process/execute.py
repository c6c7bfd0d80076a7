"""Run a notebook in a kernel of its own."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from kedro_faucet.documents.notebook import Cell, Notebook, read_notebook, tags, write_notebook
from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import NotebookError
from kedro_faucet.notebooks import cells
from kedro_faucet.notebooks.execute import Executed, Run, place
from kedro_faucet.notebooks.process import handover

_SAY = "from kedro_faucet.notebooks.process import kernel; kernel.{what}(get_ipython(), {folder!r}); del kernel"


def execute_in_kernel(
    path: str | Path,
    inputs: Mapping[str, Any],
    outputs: Sequence[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    keep: str | Path | None = None,
    node: str | None = None,
    run_id: str | None = None,
    timeout: float | None = None,
) -> Executed:
    """Run a notebook in a kernel of its own; what it leaks or breaks ends with it.

    A kernel of another language than Python gets, as parameters of papermill's, for each input the path of an Arrow
    file to read, and for each output the path of one to write.

    Args:
        path: the notebook.
        inputs: variables that are set before the first cell; tables and frames go as Arrow files.
        outputs: the variables to return.
        parameters: variables that are set below the cell tagged ``parameters``.
        keep: where to write the executed notebook; after an error it ends with the cell that failed.
        node: the node that runs it, for the metadata of what is kept.
        run_id: the run that it belongs to, likewise.
        timeout: seconds, for all cells together; the kernel's start is not counted.

    Raises:
        NotebookError: if there is no such kernel, it dies, or it takes too long.
        Exception: what a cell raises, of its own type, with a note of notebook, cell and line.
    """
    require("papermill", "notebooks")
    run = _InKernel.of(path, inputs, outputs, parameters, keep, node=node, run_id=run_id)
    with TemporaryDirectory(prefix="faucet-", ignore_cleanup_errors=True) as folder:
        return run.run(inputs, outputs, timeout, Path(folder))


class _InKernel(Run):
    folder: Path

    def run(self, inputs: Mapping[str, Any], outputs: Sequence[str], timeout: float | None, folder: Path) -> Executed:
        self.folder = folder
        self._hand_over(inputs, outputs)
        begun, failure = time.monotonic(), None
        try:
            self._drive(inputs, outputs, timeout)
        except Exception as error:
            failure = error
        last = self._read_back()
        self.close(time.monotonic() - begun, last if failure else None, isolation="process")
        if failure:
            raise self._told(failure, *last, timeout) from None
        return Executed({output: self._taken(output) for output in outputs}, self.notebook)

    def _hand_over(self, inputs: Mapping[str, Any], outputs: Sequence[str]) -> None:
        for name in ("in", "out"):
            (self.folder / name).mkdir()
        for name, value in inputs.items():
            handover.put(self.folder / "in", name, value)
        path = [str(self.path.resolve().parent), *sys.path]
        named = {"inputs": list(inputs), "outputs": list(outputs), "parameters": dict(self.parameters)}
        handover.put(self.folder, "run", {"path": path, **named})

    def _drive(self, inputs: Mapping[str, Any], outputs: Sequence[str], timeout: float | None) -> None:
        """Let papermill run what is to run."""
        import papermill

        given, taken = self.folder / "given.ipynb", self.folder / "taken.ipynb"
        write_notebook(self._given(), given)
        paths = {name: str(self.folder / "in" / f"{name}.arrow") for name in inputs}
        paths |= {name: str(self.folder / "out" / f"{name}.arrow") for name in outputs}
        papermill.execute_notebook(
            str(given),
            str(taken),
            None if self._is_python() else {**self.parameters, **paths},
            kernel_name=self.notebook["metadata"].get("kernelspec", {}).get("name", "python3"),
            progress_bar=False,
            timeout_func=_Clock(timeout).left,
            shutdown_kernel="immediate",
        )

    def _is_python(self) -> bool:
        return cells.language(self.notebook) == "python"

    def _given(self) -> Notebook:
        """Return the notebook that the kernel gets: the cells that run, between one that begins and one that ends."""
        for cell in self.notebook["cells"]:
            cell.setdefault("id", uuid4().hex[:8])
        if not self._is_python():
            run = [cell for cell in self.notebook["cells"] if not cells.left_out(cell)]
            return {**self.notebook, "cells": run, "nbformat_minor": 5}
        run = [self._as_sent(cell) for cell in self.notebook["cells"] if self._runs(cell)]
        around = [self._saying("begin"), *run, self._saying("end")]
        return {**self.notebook, "cells": around, "nbformat_minor": 5}

    def _runs(self, cell: Cell) -> bool:
        return not cells.left_out(cell) or cells.INJECTED in tags(cell)

    def _as_sent(self, cell: Cell) -> Cell:
        return self._saying("set_parameters") if cells.INJECTED in tags(cell) else cell

    def _saying(self, what: str) -> Cell:
        source = _SAY.format(what=what, folder=str(self.folder))
        shown: Cell = {"source": source, "outputs": [], "execution_count": None}
        return {"cell_type": "code", "id": f"faucet-{what}", "metadata": {"tags": [f"faucet-{what}"]}, **shown}

    def _read_back(self) -> tuple[int, Cell]:
        """Put what the cells showed into the notebook; return the last that ran."""
        file = self.folder / "taken.ipynb"
        shown: dict[str, Cell] = {cell["id"]: cell for cell in read_notebook(file)["cells"]} if file.exists() else {}
        last: tuple[int, Cell] = (0, {"source": ""})
        for number, cell in cells.numbered(self.notebook):
            done = shown.get(cell["id"], {"metadata": {}})
            facts = done["metadata"].get("papermill", {})
            if reason := cells.left_out(cell):
                cells.note(cell, status=reason)
            elif facts.get("start_time"):
                last = number, cell
                cell["outputs"], cell["execution_count"] = _numbered(done["outputs"], number), number
                cells.note(cell, status="ok", seconds=facts["duration"])
        return last

    def _told(self, failure: Exception, number: int, cell: Cell, timeout: float | None) -> BaseException:
        """Return the error of the cell itself, or say what became of the kernel."""
        kind = type(failure).__name__
        if kind == "NoSuchKernel":
            return NotebookError(f"{self.name}: no kernel '{failure.args[0]}' is installed; `jupyter kernelspec list`.")
        kept = self.folder / "error.pickle"
        handed: tuple[BaseException | None, int | None] = (None, None)
        error, line = pickle.loads(kept.read_bytes()) if kept.exists() else handed
        if isinstance(error, SyntaxError) and "ipykernel_" in (error.filename or ""):  # of the cell, which has not run
            line, error = error.lineno, NotebookError(f"{type(error).__name__}: {error.msg}")
        if error is None:
            what = {"CellTimeoutError": f"It took longer than {timeout} s.", "DeadKernelError": "Its kernel died."}
            error = NotebookError(what.get(kind) or _first_line(failure))
        error.add_note(place(self.name, number, cell, line, self.keep) if number else f"Notebook {self.name}")
        return error

    def _taken(self, output: str) -> Any:
        try:
            return handover.get(self.folder / "out", output)
        except FileNotFoundError:
            what = "assigning" if self._is_python() else "writing the Arrow file that is named by"
            raise NotebookError(f"{self.name} ran to its end without {what} '{output}'.") from None


class _Clock:
    """Counts the time of a notebook's own cells."""

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._end: float | None = None

    def left(self, cell: Cell) -> float | None:
        """Return the seconds that are left for a cell; the kernel's start counts for none."""
        if self._timeout is None or cell["id"] == "faucet-begin":
            return None
        now = time.monotonic()
        self._end = self._end or now + self._timeout
        return max(self._end - now, 0.01)


def _numbered(outputs: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [{**output, "execution_count": number} if "execution_count" in output else output for output in outputs]


def _first_line(failure: Exception) -> str:
    """Return what a kernel said of its error, which could not be handed over."""
    name, text = getattr(failure, "ename", type(failure).__name__), getattr(failure, "evalue", str(failure))
    return f"{name}: {text}"
