"""What runs when a notebook is imported."""

from __future__ import annotations

import ast

from kedro_faucet.documents.notebook import Notebook, code_cells, tags
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.notebooks.python import python_of

Code = list[tuple[str, ast.Module]]
_NEVER = {"inputs", "interactive", "outputs", "skip"}
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def imported(notebook: Notebook, path: str) -> Code:
    """Return what an import of a notebook runs, by the names of its cells.

    Imports, functions, classes and UPPERCASE constants; or, if any cell is tagged ``export``, exactly those cells.

    >>> cells = [{"cell_type": "code", "source": "LIMIT = 3\\nflights = load()\\nprint(flights)"}]
    >>> [(file, ast.unparse(code)) for file, code in imported({"cells": cells}, "clean.ipynb")]
    [('clean.ipynb[1]', 'LIMIT = 3')]

    Raises:
        ResourceError: if it is a notebook in another language.
        SyntaxError: naming the cell and its line.
    """
    check_language(notebook, path)
    exported, code = exports(notebook), []
    for number, cell in code_cells(notebook):
        if "export" not in tags(cell) if exported else tags(cell) & _NEVER:
            continue
        tree = parsed(cell["source"], cell_file(path, number))
        if not exported:
            tree.body = [statement for statement in tree.body if defines(statement)]
        code.append((cell_file(path, number), tree))
    return code


def parsed(source: str, file: str) -> ast.Module:
    """Return the tree of a cell's Python.

    Raises:
        SyntaxError: naming the cell and its line.
    """
    try:
        return ast.parse(python_of(source), file)
    except SyntaxError as error:
        error.filename = file
        error.add_note(f"In {file}, line {error.lineno}")  # Rich, which Kedro has, shows no file that is a cell
        raise error.with_traceback(None) from None


def cell_file(path: str, number: int) -> str:
    """Return the name that tracebacks give the code of a cell.

    >>> cell_file("notebooks/clean.ipynb", 3)
    'notebooks/clean.ipynb[3]'
    """
    return f"{path}[{number}]"


def exports(notebook: Notebook) -> bool:
    """Tell whether a notebook says which of its cells are the module."""
    return any("export" in tags(cell) for _, cell in code_cells(notebook))


def check_language(notebook: Notebook, path: str) -> None:
    """Refuse a notebook in another language.

    Raises:
        ResourceError: naming the language.
    """
    metadata = notebook.get("metadata", {})
    language = (metadata.get("kernelspec") or {}).get("language") or (metadata.get("language_info") or {}).get("name")
    if language and language != "python":
        raise ResourceError(f"{path} is a notebook in {language}: only one in Python can be imported.")


def defines(statement: ast.stmt) -> bool:
    """Tell whether a statement is one that an import runs.

    >>> [defines(statement) for statement in ast.parse("import os; A, B = 1, 2; a = 1; print(A)").body]
    [True, True, False, False]
    """
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return all(_constant(target) for target in targets)
    if isinstance(statement, ast.Try):  # the usual one around the import of what may not be installed
        return all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in statement.body)
    if isinstance(statement, ast.If):
        return ast.unparse(statement.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
    return isinstance(statement, _DEFINITIONS) or type(statement).__name__ == "TypeAlias"


def _constant(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_constant(inner) for inner in target.elts)
    return isinstance(target, ast.Name) and (target.id.isupper() or target.id.startswith("__"))
