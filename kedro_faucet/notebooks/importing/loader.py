"""Runs a notebook as a module; its code is cached beside that of ``.py`` files."""

from __future__ import annotations
import __future__

import linecache
import os
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from kedro_faucet.documents.notebook import code_cells, parse_notebook
from kedro_faucet.notebooks.importing.rule import cell_file, exports, imported

# Written into the cached code: one that an older rule made is made again.
RULE = "kedro-faucet 1"
_FUTURE = __future__.annotations.compiler_flag
_HINT = (
    "An import runs the imports, functions, classes and UPPERCASE constants of a notebook alone; "
    "tag the cells that are its module 'export', and exactly those run."
)


class NotebookLoader(SourceFileLoader):
    """Loads a module from a notebook.

    Python's own cache holds one code object a file: an empty module whose constants are the code of the cells.
    """

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        """Return the code of a notebook's cells.

        Raises:
            ResourceError: if it is no notebook, or one in another language.
            SyntaxError: naming the cell and its line.
        """
        notebook = parse_notebook(bytes(data).decode("utf-8"), str(path))
        cells, flags = [], 0
        for file, tree in imported(notebook, str(path)):
            code = compile(tree, file, "exec", flags, dont_inherit=True, optimize=_optimize)
            flags |= code.co_flags & _FUTURE  # as in Jupyter, it is in force from there on
            cells.append(code)
        marks = (RULE, str(path), "" if exports(notebook) else _HINT)
        return compile("", path, "exec").replace(co_consts=(None, *marks, *cells))

    def get_code(self, fullname: str) -> CodeType:
        """Return the cells' code, from the cache where that is of this notebook in this place."""
        code = super().get_code(fullname)
        path = self.get_filename(fullname)
        fresh = code is not None and code.co_consts[1:3] == (RULE, path)
        return code if code is not None and fresh else self.source_to_code(self.get_data(path), path)

    def get_source(self, fullname: str) -> str:
        """Return the source of the code cells, each below a line that names it."""
        notebook = parse_notebook(Path(self.path).read_text("utf-8"), self.path)
        return "\n\n".join(f"# %% [{number}]\n{cell['source']}" for number, cell in code_cells(notebook))

    def exec_module(self, module: ModuleType) -> None:
        """Run the cells in a module's namespace.

        Raises:
            Exception: what a cell raises; to a name that is not defined, it is added what an import runs.
        """
        _, _, _, hint, *cells = self.get_code(module.__name__).co_consts
        linecache.cache.update({code.co_filename: (partial(_source, code.co_filename, self.path),) for code in cells})
        try:
            for code in cells:
                exec(code, module.__dict__)
        except NameError as error:
            if hint:
                error.add_note(hint)
            raise


def spec_of(name: str, notebook: str) -> ModuleSpec | None:
    """Return what Python is to know of a module that a notebook is."""
    path = os.path.abspath(notebook)
    return spec_from_file_location(name, path, loader=NotebookLoader(name, path))


def _source(file: str, path: str) -> str | None:
    """Return the source of a cell, for tracebacks, debuggers and ``inspect``; read when it is asked for."""
    notebook = parse_notebook(Path(path).read_text("utf-8"), path)
    found = (cell["source"] for number, cell in code_cells(notebook) if cell_file(path, number) == file)
    return next(found, None)
