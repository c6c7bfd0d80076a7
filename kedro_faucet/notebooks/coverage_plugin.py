"""Lets coverage.py count the lines of notebooks: ``plugins = kedro_faucet.notebooks.coverage_plugin``.

In a project's ``pyproject.toml``::

    [tool.coverage.run]
    plugins = ["kedro_faucet.notebooks.coverage_plugin"]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import FrameType
from typing import Any

from coverage.plugin import CoveragePlugin, FileReporter, FileTracer

from kedro_faucet.documents.notebook import code_cells, read_notebook, tags
from kedro_faucet.notebooks.importing.rule import Code, cell_file, imported, parsed

_CELL = re.compile(r"(.*\.ipynb)\[\d+\]")
_NODE = {"inputs", "outputs", "parameters"}
_REPLACED = {"inputs", "outputs", "skip", "interactive"}


def coverage_init(registry: Any, options: Any) -> None:
    """Tell coverage.py of the plugin."""
    registry.add_file_tracer(NotebookPlugin())


class NotebookPlugin(CoveragePlugin):
    """Takes the code of cells to their notebook."""

    def file_tracer(self, filename: str) -> FileTracer | None:
        """Return what traces a cell; nothing for other code."""
        found = _CELL.fullmatch(filename)
        return CellTracer(found[1], filename) if found else None

    def file_reporter(self, filename: str) -> FileReporter:
        """Return what a report says of a notebook."""
        return NotebookReporter(filename)


class CellTracer(FileTracer):
    """Counts the lines of a cell as those of the whole notebook's code."""

    def __init__(self, notebook: str, cell: str) -> None:
        """Know where in the notebook's code the cell begins."""
        self.notebook = notebook
        self.above = _layout(notebook)[1].get(cell, 0)

    def source_filename(self) -> str:
        """Return the notebook."""
        return self.notebook

    def line_number_range(self, frame: FrameType) -> tuple[int, int]:
        """Return the line of a frame in the notebook's code."""
        return frame.f_lineno + self.above, frame.f_lineno + self.above


class NotebookReporter(FileReporter):
    """Says which lines of a notebook could have run: those that an import runs, or that a run of it as a node does."""

    def __init__(self, filename: str) -> None:
        """Find the statements, and the line that each begins in."""
        super().__init__(filename)
        self._text, above = _layout(filename)
        self._first: dict[int, int] = {}
        for file, tree in _code(filename):
            for begin, end in _statements(tree):
                self._first |= dict.fromkeys(range(begin + above[file], end + above[file] + 1), begin + above[file])

    def source(self) -> str:
        """Return the code of the notebook, each cell below a line that names it."""
        return self._text

    def lines(self) -> set[int]:
        """Return the lines in which statements begin."""
        return set(self._first.values())

    def translate_lines(self, lines: Iterable[int]) -> set[int]:
        """Return the lines in which the statements on these lines begin."""
        return {self._first.get(line, line) for line in lines}


def _code(path: str) -> Code:
    """Return what an import runs of a notebook, or a run, if its tags say that it is a node."""
    notebook = read_notebook(path)
    cells = [(number, cell["source"], tags(cell)) for number, cell in code_cells(notebook)]
    if not any(marks & _NODE for _, _, marks in cells):
        return imported(notebook, path)
    kept = ((cell_file(path, number), source) for number, source, marks in cells if not marks & _REPLACED)
    return [(file, parsed(source, file)) for file, source in kept]


def _statements(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yield first and last line of each statement that runs, outer ones before those within."""
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and not is_text:
            decorators = getattr(node, "decorator_list", [])
            yield min(each.lineno for each in [*decorators, node]), node.end_lineno or node.lineno


@lru_cache(maxsize=256)
def _layout(path: str) -> tuple[str, dict[str, int]]:
    """Return the code of a notebook as one text, and how many of its lines stand above each cell."""
    text: list[str] = []
    above = {}
    for number, cell in code_cells(read_notebook(path)):
        text.append(f"# %% [{number}]")
        above[cell_file(path, number)] = len(text)
        text += [*cell["source"].split("\n"), ""]
    return "\n".join(text), above
