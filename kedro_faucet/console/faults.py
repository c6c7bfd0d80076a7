"""From an error to what a user can mend: the fault of ours in its chain, where it was, and the user's own frames."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from kedro_faucet.exceptions import FaucetError

_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line \d+')
_ELSEWHERE = ("site-packages", "dist-packages")


def own_frames(error: BaseException, project: Path) -> str | None:
    """Return the frames of an error that are in a project, and the error; nothing if none is there.

    Another process hands over its traceback as text, which is read as this one's is.

    Args:
        error: the error.
        project: the project's folder.
    """
    text = "".join(traceback.format_exception(error)).splitlines()
    frames = [frame for frame in _frames(text) if _is_own(frame[0], project)]
    if not frames:
        return None
    name = getattr(error, "kedro_node", None)
    notes = [line for note in getattr(error, "__notes__", ()) for line in note.split("\n")]
    only = traceback.format_exception_only(error)
    said = only[len(only) - len(notes) - 1].strip()
    shown = dict.fromkeys("\n".join(frame).replace(f"{project}/", "") for frame in frames)
    if notes:  # a notebook's cell, which the notes name
        return "\n".join([f"Node '{name}' failed.", *shown, said, *notes])
    where = f"Node '{name}' failed. " if name else ""
    return "\n".join([f"{where}{said}", *shown, "All of the traceback: kedro run -v"])


def _frames(lines: list[str]) -> list[list[str]]:
    """Return the frames in the text of a traceback: a line that names a file, and its code below."""
    found: list[list[str]] = []
    for line in lines:
        if _FRAME.match(line):
            found.append([line])
        elif found and line.startswith("    ") and not _FRAME.match(line):
            found[-1].append(line)
    return found


def _is_own(line: str, project: Path) -> bool:
    path = Path(_FRAME.match(line)["path"])  # type: ignore[index]
    is_cell = not path.is_absolute() and ".ipynb[" in path.name
    return is_cell or (path.is_relative_to(project) and not set(_ELSEWHERE) & set(path.parts))


def find_fault(error: BaseException) -> FaucetError | None:
    """Return the error of ours that led to an error, or nothing.

    >>> try:
    ...     try:
    ...         raise FaucetError("Nothing there.")
    ...     except FaucetError as cause:
    ...         raise RuntimeError("Failed while loading data.") from cause
    ... except RuntimeError as error:
    ...     str(find_fault(error))
    'Nothing there.'
    """
    for each in _chain(error):
        if isinstance(each, FaucetError):
            return each
        # Another process hands over its traceback as text alone; the message that Kedro put around ours is left.
        if type(each).__name__ == "_RemoteTraceback" and "kedro_faucet.exceptions." in str(each):
            return FaucetError(str(error).partition("\n")[2] or str(error))
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def in_notebook(frames: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the first frame that is a notebook's cell, if one is: above it is none of the user's."""
    for frame, _ in traceback.walk_tb(frames):
        if ".ipynb[" in frame.f_code.co_filename:
            while frames is not None and frames.tb_frame is not frame:
                frames = frames.tb_next
            break
    return frames


def made(error: BaseException) -> str | None:
    """Return the name of the dataset that Kedro was making of its entry where an error passed."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "materialize":
            return str(frame.f_locals["self"].name)
    return None


def this_process(error: BaseException) -> dict[str, str | None]:
    """Return node and resource where an error passed, which Kedro tells its hooks only of a node's function."""
    node = _held(error, "kedro.runner.task", "node")
    return {"node": getattr(node, "name", None), "resource": _held(error, "kedro.io", "ds_name") or made(error)}


def _held(error: BaseException, module: str, name: str) -> Any:
    """Return what a variable of a module of Kedro's held where an error passed, in the innermost frame that has it.

    Of several threads it is the failing one's: the runner's own frames, outside of it, hold whichever node came last.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if name in frame.f_locals]
    held = [frame.f_locals[name] for frame in frames if frame.f_globals.get("__name__", "").startswith(module)]
    return held[-1] if held else None


def other_process(error: BaseException, pipeline: Any, catalog: Any) -> dict[str, str | None]:
    """Return node and resource of an error that another process handed over; nothing of one of this process."""
    if not any(type(each).__name__ == "_RemoteTraceback" for each in _chain(error)):
        return {}
    if node := getattr(error, "kedro_node", None):
        return {"node": node}
    # A dataset's error comes with the dataset's description alone.
    said, saved = str(error).partition("\n")[0], "saving" in str(error).partition("\n")[0]
    names = [name for name in sorted(pipeline.datasets()) if said.endswith(f"dataset {catalog.get(name)}.")]
    users = [node.name for node in pipeline.nodes if {*names} & {*(node.outputs if saved else node.inputs)}]
    return {"node": users[0] if len(users) == 1 else None, "resource": names[0] if len(names) == 1 else None}
