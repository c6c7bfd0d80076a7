"""Run a notebook in this process."""

from __future__ import annotations

import logging
import subprocess
import time
import traceback
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kedro_faucet.documents.notebook import Cell, Notebook, read_notebook, tags, write_notebook
from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import NotebookError
from kedro_faucet.notebooks import cells
from kedro_faucet.notebooks.inference import check

if TYPE_CHECKING:
    from kedro_faucet.notebooks.shell import Shell

__all__ = ["execute"]

# Values of these kinds need nothing of the notebook that made them.
_PLAIN = {"builtins", "datetime", "decimal", "numpy"}
_FRAMES = {"DataFrame", "Series", "Table", "RecordBatch"}

running: ContextVar[Mapping[str, Any] | None] = ContextVar("running", default=None)
"""What the hooks of a run tell of the node that runs now: ``run_id``, ``profile``, ``node``."""


@dataclass(frozen=True)
class Executed:
    """What a run of a notebook gave: the values of its outputs, and the notebook with all that it showed."""

    values: dict[str, Any]
    notebook: Notebook


def execute(
    path: str | Path,
    inputs: Mapping[str, Any],
    outputs: Sequence[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    keep: str | Path | None = None,
    node: str | None = None,
    run_id: str | None = None,
) -> Executed:
    """Run a notebook in this process, and return the variables that are its outputs.

    ```python
    execute("notebooks/clean.ipynb", {"planes": planes}, ["clean"]).values["clean"]
    ```

    A cell tagged ``inputs`` is replaced by the inputs; one tagged ``outputs``, ``skip`` or ``interactive`` is not run.

    Args:
        path: the notebook.
        inputs: variables that are set before the first cell.
        outputs: the variables to return.
        parameters: variables that are set below the cell tagged ``parameters``.
        keep: where to write the executed notebook; after an error it ends with the cell that failed.
        node: the node that runs it, for the metadata of what is kept.
        run_id: the run that it belongs to, likewise.

    Raises:
        NotebookError: if the notebook cannot give what it should.
        Exception: what a cell raises, with a note of notebook, cell and line.
    """
    require("IPython", "notebooks")
    return _InProcess.of(path, inputs, outputs, parameters, keep, node=node, run_id=run_id).run(inputs, outputs)


@dataclass
class Run:
    """A notebook about to be run: without outputs, and checked.

    Args:
        name: as messages and frames show it.
        path: its file.
        notebook: what is to be run.
        parameters: variables that are set below the cell tagged ``parameters``.
        keep: where to write the executed notebook.
        facts: what is known of the run.
    """

    name: str
    path: Path
    notebook: Notebook
    parameters: Mapping[str, Any]
    keep: str | Path | None
    facts: dict[str, Any]

    @classmethod
    def of(
        cls,
        path: str | Path,
        inputs: Mapping[str, Any],
        outputs: Sequence[str],
        parameters: Mapping[str, Any] | None,
        keep: str | Path | None,
        **facts: Any,
    ) -> Self:
        """Return the run of a file.

        Raises:
            NotebookError: if the notebook cannot run to its end.
        """
        name, source, parameters = cells.shown_name(path), read_notebook(path), parameters or {}
        check(source, name, {**inputs, **parameters}, outputs)
        cells.check_parameters(source, name, parameters)
        known = stamp(Path(path).resolve().parent, **facts)
        return cls(name, Path(path), cells.prepared(source, parameters), parameters, keep, known)

    def close(self, seconds: float, failed: tuple[int, Cell] | None, **facts: Any) -> None:
        """Write what became of the run into the notebook, which ends with the cell that failed, and keep it."""
        status = {"status": "failed", "cell": failed[0]} if failed else {"status": "ok"}
        self.notebook["metadata"]["faucet"] = {**self.facts, **status, **facts, "seconds": round(seconds, 3)}
        if failed and failed[0]:
            cells.note(failed[1], status="failed")
            last = next(at for at, cell in enumerate(self.notebook["cells"], 1) if cell is failed[1])
            self.notebook["cells"] = self.notebook["cells"][:last]
        keep_notebook(self.notebook, self.keep)


class _InProcess(Run):
    def run(self, inputs: Mapping[str, Any], outputs: Sequence[str]) -> Executed:
        from kedro_faucet.notebooks.shell import Shell, taken_over

        variables = {**inputs, **self.parameters}
        begun, failed = time.perf_counter(), None
        with taken_over(lambda: Shell(self.name, variables), self.path.resolve().parent) as shell:
            failed = self._run_cells(shell)
        self.close(time.perf_counter() - begun, failed and failed[:2])
        if failed:
            raise self._told(*failed)
        return Executed(_taken(shell.user_ns, outputs, self.name), self.notebook)

    def _run_cells(self, shell: Shell) -> tuple[int, Cell, BaseException] | None:
        """Run cell after cell; return the one that failed."""
        for number, cell in cells.numbered(self.notebook):
            if reason := cells.left_out(cell):
                cells.note(cell, status=reason)
                continue
            error = self._run_cell(shell, number, cell)
            expected = isinstance(error, Exception) and "raises-exception" in tags(cell)
            if error is not None and not expected:
                return number, cell, error
        return None

    def _run_cell(self, shell: Shell, number: int, cell: Cell) -> BaseException | None:
        begun = time.perf_counter()
        error = shell.run(number, cell["source"])
        cell["outputs"], cell["execution_count"] = shell.outputs.taken(), number
        seconds = round(time.perf_counter() - begun, 4)
        cells.note(cell, status="ok" if error is None else "failed", seconds=seconds)
        if "parameters" in tags(cell):
            shell.user_ns.update(self.parameters)
        return error

    def _told(self, number: int, cell: Cell, error: BaseException) -> BaseException:
        """Return an error with a traceback that begins in the notebook, and a note that says where."""
        here = _in_cell(error.__traceback__, f"{self.name}[")
        lines = [frame.lineno for frame in traceback.extract_tb(here, limit=1)] or [getattr(error, "lineno", None)]
        if isinstance(error, SystemExit):
            error = exited(error)
        elif isinstance(error, SyntaxError) and here is None:
            error = NotebookError(f"{type(error).__name__}: {error.msg}")
        error.add_note(place(self.name, number, cell, lines[0], self.keep))
        return error.with_traceback(here)


def place(name: str, number: int, cell: Cell, line: int | None, keep: str | Path | None) -> str:
    """Say where a notebook failed.

    >>> place("notebooks/clean.ipynb", 3, {"source": "x = 1\\ny = x / 0"}, 2, None)
    'Notebook notebooks/clean.ipynb, cell [3], line 2: y = x / 0'
    """
    lines = cell["source"].splitlines()
    text = f", line {line}: {lines[line - 1].strip()}" if line and line <= len(lines) else ""
    kept = f"\nThe notebook as far as it came: {cells.shown_name(keep)}" if keep else ""
    return f"Notebook {name}, cell [{number}]{text}{kept}"


def exited(error: SystemExit) -> NotebookError:
    """Return the error of a cell that asks the program to end: a run would end there, and say that all went well.

    >>> exited(SystemExit(0)).message
    "SystemExit: 0. A notebook of a run goes on to its end: raise an error to fail, or tag the cell 'skip'."
    """
    code = "" if error.code is None else f": {error.code}"
    return NotebookError(
        f"SystemExit{code}. A notebook of a run goes on to its end: raise an error to fail, or tag the cell 'skip'."
    )


def keep_notebook(notebook: Notebook, keep: str | Path | None) -> None:
    """Write an executed notebook; where nothing can be written, say so, and let the run go on."""
    try:
        if keep:
            write_notebook(notebook, keep)
    except OSError as error:
        logging.getLogger(__name__).warning("The executed notebook could not be kept at %s: %s", keep, error)


def _in_cell(frames: TracebackType | None, prefix: str) -> TracebackType | None:
    """Return a traceback from the cell on; IPython's own frames are above it, also those of magics."""
    found = None
    while frames is not None:
        code = frames.tb_frame.f_code
        if code.co_filename.startswith(prefix) and code.co_name == "<module>":
            found = frames
        frames = frames.tb_next
    return found


def _taken(variables: dict[str, Any], outputs: Sequence[str], name: str) -> dict[str, Any]:
    """Return the outputs, and free all else at once where nothing in them can need it."""
    missing = ", ".join(f"'{output}'" for output in outputs if output not in variables)
    if missing:
        raise NotebookError(f"{name} ran to its end without assigning {missing}: outputs are variables of these names.")
    values = {output: variables[output] for output in outputs}
    if all(_is_plain(value) for value in values.values()):
        variables.clear()
    return values


def _is_plain(value: Any) -> bool:
    """Tell whether a value is what it is, and computes nothing later by functions of the notebook."""
    kind = type(value)
    if kind in (list, tuple, set):
        return all(map(_is_plain, value))
    if kind is dict:
        return all(map(_is_plain, value.values()))
    package = kind.__module__.split(".")[0]
    return not callable(value) and (
        package in _PLAIN or (package in {"pandas", "polars", "pyarrow"} and kind.__name__ in _FRAMES)
    )


def stamp(folder: Path, **facts: Any) -> dict[str, Any]:
    """Return what is known of a run: what the hooks told, and over it what is told here, as far as it is something."""
    given = [*(running.get() or {}).items(), *facts.items()]
    told = {key: value for key, value in given if value is not None}
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return {**told, "commit": commit(folder), "started": started}


@cache
def commit(folder: Path) -> str | None:
    """Return the commit that a folder is at, with ``-dirty`` where it holds changes; nothing where there is no git."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip() or None
    except (OSError, subprocess.SubprocessError):
        return None
