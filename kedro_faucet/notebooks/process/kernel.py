"""What the cells say that are put around a notebook's own, in its kernel."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle

from kedro_faucet.exceptions import NotebookError
from kedro_faucet.notebooks.execute import exited
from kedro_faucet.notebooks.process import handover


def begin(shell: Any, folder: str) -> None:
    """Set the inputs, find the project's modules, and keep the error that may come."""
    run = handover.get(Path(folder), "run")
    sys.path[:] = [*run["path"], *(place for place in sys.path if place not in run["path"])]
    shell.user_ns.update({name: handover.get(Path(folder) / "in", name) for name in run["inputs"]})

    def keep_error(shell: Any, kind: Any, error: BaseException, frames: Any, tb_offset: int | None = None) -> None:
        (Path(folder) / "error.pickle").write_bytes(_pickled(error, _line(frames)))
        shell.showtraceback((kind, error, frames), tb_offset=tb_offset)

    shell.set_custom_exc((Exception,), keep_error)
    _refuse_exits(shell, keep_error)


def _refuse_exits(shell: Any, keep_error: Callable[..., None]) -> None:
    """Let what ends a program fail the notebook: papermill takes it for a good end, or does not see it."""
    shown = shell.showtraceback

    def showtraceback(given: Any = None, *arguments: Any, **named: Any) -> None:
        _, error, frames = given or sys.exc_info()
        if isinstance(error, SystemExit):
            keep_error(shell, NotebookError, exited(error), frames)
        else:
            shown(given, *arguments, **named)

    def ask_exit() -> None:
        raise SystemExit

    shell.showtraceback, shell.ask_exit = showtraceback, ask_exit


def set_parameters(shell: Any, folder: str) -> None:
    """Set the parameters."""
    shell.user_ns.update(handover.get(Path(folder), "run")["parameters"])


def end(shell: Any, folder: str) -> None:
    """Hand over the outputs that are there."""
    for name in handover.get(Path(folder), "run")["outputs"]:
        if name in shell.user_ns:
            handover.put(Path(folder) / "out", name, shell.user_ns[name])


def _line(frames: Any) -> int | None:
    """Return the line of the cell where an error passed: the frame above is IPython's."""
    frames = frames.tb_next if frames is not None else None
    return frames.tb_lineno if frames is not None else None


def _pickled(error: BaseException, line: int | None) -> bytes:
    """Pickle an error; of a type that cannot be pickled, nothing but the line."""
    try:
        pickled: bytes = cloudpickle.dumps((error, line))
        sound = isinstance(pickle.loads(pickled)[0], BaseException)
    except Exception:
        sound = False
    return pickled if sound else pickle.dumps((None, line))
