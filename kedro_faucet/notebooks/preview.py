"""What Kedro-Viz shows of a notebook node: its text as code; its last plot, else its last status."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.pipeline.preview_contract import ImagePreview, TextPreview

from kedro_faucet.documents.notebook import Notebook, joined, read_notebook, tags
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.notebooks.cells import shown_name

_IMAGES = ("image/png", "image/jpeg")


def shown_function(path: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """Return a function whose source, for whoever asks Python for it, is a notebook's text."""
    # Not the name of the file itself: tracebacks would show its JSON.
    file, given = f"{shown_name(path)} ", "".join(f", {name}" for name in names)
    text = f"def build(brick, /{given}): return brick.run({{{', '.join(f'{name!r}: {name}' for name in names)}}})"
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(text, file, "exec"), space)
    source = as_function(path, names)
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    function: Callable[..., Any] = space["build"]
    function.__doc__ = f"The notebook {file}."
    return function


def as_function(path: str, names: tuple[str, ...]) -> str:
    """Return a notebook's text as the body of a function of its inputs."""
    lines = [line for cell in _cells(path) for line in _shown(cell)]
    body = "".join(f"    {line}\n" if line else "\n" for line in lines)
    return f"def {Path(path).stem}({', '.join(names)}):\n{body}    ...\n"


def _cells(path: str) -> list[dict[str, Any]]:
    return list(read_notebook(path)["cells"]) if Path(path).is_file() else []


def _shown(cell: dict[str, Any]) -> Iterator[str]:
    yield "# %%" + "".join(f" [{tag}]" for tag in sorted(tags(cell)))
    mark = "" if cell["cell_type"] == "code" else "# "
    for line in cell["source"].splitlines():
        yield f"# {line}" if line.startswith(("%", "!")) else f"{mark}{line}"
    yield ""


@dataclass(frozen=True)
class LastRun:
    """Shows what a notebook's last run left.

    >>> LastRun("nowhere.ipynb").show().content
    'Not run yet.'
    """

    path: str

    def show(self) -> ImagePreview | TextPreview:
        """Return the last plot as an image; else the status as text."""
        try:
            notebook = read_notebook(self.path)
        except ResourceError:
            return TextPreview(content="Not run yet.")
        images = list(_images(notebook))
        return ImagePreview(content=images[-1]) if images else TextPreview(content=_status(notebook))


def _images(notebook: Notebook) -> Iterator[str]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for kind in _IMAGES:
                if kind in output.get("data", {}):
                    data = joined(output["data"][kind]).replace("\n", "")
                    yield f"data:{kind};base64,{data}"


def _status(notebook: Notebook) -> str:
    facts = notebook["metadata"].get("faucet", {})
    at = f" in cell [{facts['cell']}]" if "cell" in facts else ""
    head = f"{facts.get('status', 'unknown')}{at}, {facts.get('seconds', '?')} s, begun {facts.get('started', '?')}"
    errors = [output for cell in notebook["cells"] for output in cell.get("outputs", ()) if "ename" in output]
    return head + "".join(f"\n{error['ename']}: {error['evalue']}" for error in errors[-1:])
