"""What a terminal shows of an error in a user's own node: the frames that are the user's, and what went wrong."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

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
