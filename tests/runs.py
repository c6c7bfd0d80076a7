"""Runs notebooks for tests, and tells what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cells import Source, write_cells

from kedro_faucet.notebooks.execute import Executed, execute


def run(*cells: Source, inputs: dict[str, Any] | None = None, outputs: tuple[str, ...] = (), **named: Any) -> Executed:
    """Write a notebook below the working directory and run it."""
    write_cells(Path("notebooks/x.ipynb"), *cells)
    return execute("notebooks/x.ipynb", inputs or {}, outputs, **named)


def shown(*cells: Source) -> list[Any]:
    """What the last cell of a notebook shows, told shortly."""
    return [told(output) for output in run(*cells).notebook["cells"][-1]["outputs"]]


def told(output: dict[str, Any]) -> Any:
    """The text of an output, and its stream's name where it is not stdout."""
    if output["output_type"] == "stream":
        return output["text"] if output["name"] == "stdout" else (output["name"], output["text"])
    return output.get("ename") or output["data"]["text/plain"]
