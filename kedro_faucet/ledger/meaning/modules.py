"""A module of a project, taken apart by its names: what defines each, and which other names that needs."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from kedro_faucet.ledger.hashes import digest
from kedro_faucet.notebooks.python import python_of

Target = tuple[str, str | None]
"""A module, and a name in it; no name for all of it."""


class Definition(NamedTuple):
    """A statement at the top of a module: a hash of its tree, and the names that it uses."""

    hash: str
    uses: frozenset[str]


@dataclass
class Module:
    """What a module's names are.

    Args:
        defines: the statements that make each name.
        does: the statements that make none, and may do anything.
        imports: what each imported name stands for.
        stars: the modules of which all names are imported.
    """

    defines: dict[str, list[Definition]] = field(default_factory=dict)
    does: list[Definition] = field(default_factory=list)
    imports: dict[str, list[Target]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


def find_module(name: str) -> Module | None:
    """Return a module taken apart; nothing of one that is no file of Python.

    >>> "find_module" in find_module("kedro_faucet.ledger.meaning.modules").defines
    True
    """
    file = file_of(name)
    if file is None or not file.endswith((".py", ".ipynb")):
        return None
    found = os.stat(file)
    return _taken_apart(file, (found.st_mtime_ns, found.st_size), name)


def file_of(name: str) -> str | None:
    """Return the file of a module, whether it was imported yet or not."""
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if loaded:
        return str(loaded)
    with suppress(ImportError, AttributeError, ValueError):
        spec = find_spec(name)
        return spec.origin if spec else None
    return None


@lru_cache(4096)
def _taken_apart(file: str, stamp: tuple[int, int], name: str) -> Module:
    package = name if Path(file).name == "__init__.py" else name.rpartition(".")[0]
    return take_apart(ast.parse(source_of(file)), package)


def source_of(file: str) -> str:
    """Return the Python of a file; of a notebook, that of all its cells."""
    text = Path(file).read_text(encoding="utf-8")
    if not file.endswith(".ipynb"):
        return text
    cells = [each for each in json.loads(text)["cells"] if each["cell_type"] == "code"]
    return "\n".join(cell_of(each) for each in cells)


def cell_of(cell: dict[str, object]) -> str:
    """Return the Python of a notebook's cell, or its text where it is none."""
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)  # type: ignore[arg-type]
    with suppress(SyntaxError):
        return python_of(text)
    return repr(text)


def take_apart(tree: ast.Module, package: str) -> Module:
    """Return what the names of a source are, which lies in a package.

    >>> sorted(take_apart(ast.parse("from .a import b\\nx = y = b + 1"), "shop").defines)
    ['x', 'y']
    """
    found = Module()
    for statement in _without_docstrings(tree).body:
        for each in _imports(statement):
            _note_import(found, each, package)
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            made = Definition(digest(ast.dump(statement)), frozenset(_names(statement)))
            names = list(_defined(statement))
            for name in names:
                found.defines.setdefault(name, []).append(made)
            if not names:
                found.does.append(made)
    return found


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for each in ast.walk(tree):
        if isinstance(each, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = each.body[0] if each.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                each.body = each.body[1:] or [ast.Pass()]
    return tree


def _names(statement: ast.AST) -> Iterator[str]:
    return (each.id for each in ast.walk(statement) if isinstance(each, ast.Name))


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _names(target)
    elif isinstance(statement, ast.AnnAssign):
        yield from _names(statement.target)


def _imports(statement: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports in a statement, also those within functions."""
    return (each for each in ast.walk(statement) if isinstance(each, ast.Import | ast.ImportFrom))


def _note_import(found: Module, statement: ast.Import | ast.ImportFrom, package: str) -> None:
    if isinstance(statement, ast.Import):
        for each in statement.names:
            # `import a.b` gives the name a, and lets a.b be used.
            name = each.asname or each.name.partition(".")[0]
            found.imports.setdefault(name, []).append((each.name, None))
        return
    base = _absolute(statement, package)
    for each in statement.names:
        if each.name == "*":
            found.stars.append(base)
        else:
            found.imports.setdefault(each.asname or each.name, []).append((base, each.name))


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    parts = package.split(".")[: len(package.split(".")) - (statement.level - 1)] if statement.level else []
    return ".".join([*parts, *([statement.module] if statement.module else [])])
