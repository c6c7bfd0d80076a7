"""Runs a notebook as a module; its code is cached beside that of ``.py`` files."""

from __future__ import annotations
import __future__

import builtins
import linecache
import os
from contextlib import suppress
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
            Exception: what a cell raises; to a name that is not defined, also when a function is called later, it is
                added what an import runs.
        """
        _, _, path, hint, *cells = self.get_code(module.__name__).co_consts
        linecache.cache.update({code.co_filename: (partial(_source, code.co_filename, self.path),) for code in cells})
        if hint:
            module.__dict__["__builtins__"] = _Builtins(path)
        for code in cells:
            exec(code, module.__dict__)


class _Builtins(dict[str, Any]):
    """What Python finds where a module has no such name; of one that nobody has, it says that an import left it out."""

    def __init__(self, path: str) -> None:
        super().__init__(vars(builtins))
        self._path = path

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):  # set since
            return getattr(builtins, name)
        error = NameError(f"name '{name}' is not defined", name=name)
        error.add_note(_left_out(name, self._path) + _HINT)
        raise error


def _left_out(name: str, path: str) -> str:
    """Say which cell of a notebook sets a name that an import leaves out."""
    from kedro_faucet.notebooks.inference import names_set
    from kedro_faucet.notebooks.python import python_of

    notebook = parse_notebook(Path(path).read_text("utf-8"), path)
    for number, cell in code_cells(notebook):
        with suppress(SyntaxError):
            if name in names_set(python_of(cell["source"])):
                return f"{cell_file(path, number)} sets '{name}', which an import leaves out. "
    return ""


def spec_of(name: str, notebook: str) -> ModuleSpec | None:
    """Return what Python is to know of a module that a notebook is."""
    path = os.path.abspath(notebook)
    return spec_from_file_location(name, path, loader=NotebookLoader(name, path))


def _source(file: str, path: str) -> str | None:
    """Return the source of a cell, for tracebacks, debuggers and ``inspect``; read when it is asked for."""
    notebook = parse_notebook(Path(path).read_text("utf-8"), path)
    found = (cell["source"] for number, cell in code_cells(notebook) if cell_file(path, number) == file)
    return next(found, None)
