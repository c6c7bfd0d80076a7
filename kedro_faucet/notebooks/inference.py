"""What a notebook says of its inputs and outputs, and what in it cannot work: read from its text, nothing is run."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kedro_faucet.documents.notebook import Cell, Notebook, code_cells, tags
from kedro_faucet.exceptions import NotebookError, did_you_mean
from kedro_faucet.notebooks.cells import language, left_out
from kedro_faucet.notebooks.python import may_set_anything, python_of

_FRAMES = {"to_pandas": "pandas", "to_polars": "polars", "to_arrow": "arrow"}
_ALWAYS = {*dir(builtins), "get_ipython", "display", "exit", "quit", "In", "Out", "__builtin__", "__name__", "__doc__"}
_NUMBERED = re.compile(r"_+|_i*\d*|_[ihd]h|__IPYTHON__")

# What IPython takes for a command without a mark, where a cell is that line alone.
_COMMANDS = {"cat", "cd", "conda", "cp", "ll", "ls", "mkdir", "mv", "pip", "pwd", "rm", "who", "whos"}


class Input(NamedTuple):
    """A dataset that a notebook loads, and the kind of frames that it makes of it, if any."""

    dataset: str
    frames: str | None = None


@dataclass
class Inferred:
    """The inputs and outputs of a notebook, by variable."""

    inputs: dict[str, Input] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


def infer(notebook: Notebook, name: str) -> Inferred:
    """Read inputs and outputs from the cells that are tagged so.

    >>> loads = 'planes = to_pandas(catalog.load("lake/planes"))'
    >>> cell = {"cell_type": "code", "source": loads, "metadata": {"tags": ["inputs"]}}
    >>> infer({"cells": [cell]}, "clean.ipynb").inputs
    {'planes': Input(dataset='lake/planes', frames='pandas')}

    Raises:
        NotebookError: if a cell loads or saves in a way that cannot be read from its text.
    """
    found = Inferred()
    for number, cell in code_cells(notebook):
        for node in _statements(cell, number, name) if tags(cell) & {"inputs", "outputs"} else ():
            where = f"{name}[{number}], line {node.lineno}"
            if "inputs" in tags(cell) and _calls(node, "load"):
                found.inputs.update(_load(node, where))
            if "outputs" in tags(cell) and _calls(node, "save"):
                found.outputs.update(_save(node, where))
    return found


def check(notebook: Notebook, name: str, inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """Refuse a notebook that cannot run to its end: wrong Python, a name that nothing sets, an output never assigned.

    Raises:
        NotebookError: naming notebook, cell and line.
    """
    if language(notebook) != "python":
        return
    reader = _Reader(name, set(inputs))
    for number, cell in code_cells(notebook):
        reader.read(number, cell)
    problems = [*reader.problems, *reader.never_assigned(outputs)]
    if problems:
        raise NotebookError("\n".join(dict.fromkeys(problems)))


def _statements(cell: Cell, number: int, name: str) -> list[ast.stmt]:
    try:
        return ast.parse(python_of(cell["source"])).body
    except SyntaxError as error:
        raise NotebookError(_wrong_python(name, number, error)) from None


def _wrong_python(name: str, number: int, error: SyntaxError) -> str:
    return f"{name}[{number}], line {error.lineno}: {error.msg}"


def _calls(node: ast.AST, method: str) -> bool:
    """Tell whether something on a catalog is called anywhere in a statement."""
    return any(_dataset(each, method) is not None for each in ast.walk(node))


def _dataset(node: ast.AST, method: str) -> ast.expr | None:
    """Return what names the dataset in ``catalog.load(x)`` or ``catalog[x].load()``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method):
        return None
    owner = node.func.value
    if isinstance(owner, ast.Subscript):
        return owner.slice if _is_catalog(owner.value) else None
    return node.args[0] if node.args and _is_catalog(owner) else None


def _is_catalog(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return name == "catalog"


def _load(node: ast.stmt, where: str) -> Iterator[tuple[str, Input]]:
    value, target = getattr(node, "value", None), _target(node)
    function = getattr(value, "func", None)
    frames = _FRAMES.get(getattr(function, "attr", getattr(function, "id", "")))
    call = value.args[0] if frames and isinstance(value, ast.Call) and len(value.args) == 1 else value
    dataset = _text(_dataset(call, "load")) if isinstance(call, ast.expr) else None
    if dataset is None or target is None:
        raise NotebookError(
            f'{where}: an input is read as `planes = catalog.load("lake/planes")`, or with to_pandas(…), to_polars(…) '
            "or to_arrow(…) around it. Do the rest in another cell, or name the inputs in notebook_node."
        )
    yield target, Input(dataset, frames)


def _save(node: ast.stmt, where: str) -> Iterator[tuple[str, str]]:
    call = getattr(node, "value", None)
    dataset = _text(_dataset(call, "save")) if isinstance(call, ast.Call) else None
    given = [*call.args, *(keyword.value for keyword in call.keywords)] if isinstance(call, ast.Call) else []
    if dataset is None or not given or not isinstance(given[-1], ast.Name):
        raise NotebookError(
            f'{where}: an output is read as `catalog.save("lake/clean", clean)`, a dataset\'s name and a variable. '
            "Do the rest in another cell, or name the outputs in notebook_node."
        )
    yield given[-1].id, dataset


def _target(node: ast.stmt) -> str | None:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


class _Reader:
    """Follows which names are set, from cell to cell."""

    def __init__(self, name: str, inputs: set[str]) -> None:
        self.name, self.inputs, self.problems = name, inputs, list[str]()
        self.known, self.left_out, self.sure = _ALWAYS | inputs, dict[str, int](), True

    def read(self, number: int, cell: Cell) -> None:
        """Note what a cell sets and what it lacks."""
        if cell["source"].split()[0] in _COMMANDS and "\n" not in cell["source"].strip():
            return
        try:
            tree = python_of(cell["source"])
            table = symtable.symtable(tree, self.name, "exec")
        except SyntaxError as error:
            self._refuse(number, cell, error)
            return
        names = _set_by(table)
        if left_out(cell):
            self.left_out |= dict.fromkeys(names, number)
            return
        self.sure = self.sure and not may_set_anything(cell["source"])
        for symbol in table.get_symbols() if self.sure else ():
            if symbol.is_referenced() and not self._is_known(symbol.get_name(), names):
                self.problems.append(self._unknown(symbol.get_name(), number, tree))
        self.known |= names

    def never_assigned(self, outputs: Iterable[str]) -> Iterator[str]:
        """Say of each output that no cell assigns."""
        for output in outputs:
            if self.sure and output not in self.known:
                hint = did_you_mean(output, self.known - _ALWAYS)
                yield f"{self.name}: no cell assigns the output '{output}'.{hint}"

    def _refuse(self, number: int, cell: Cell, error: SyntaxError) -> None:
        """Refuse wrong Python; a single line may be a magic without its mark."""
        if "\n" in cell["source"].strip() and not left_out(cell):
            self.problems.append(_wrong_python(self.name, number, error))
        self.sure = False

    def _is_known(self, name: str, here: set[str]) -> bool:
        return name in self.known or name in here or bool(_NUMBERED.fullmatch(name))

    def _unknown(self, name: str, number: int, source: str) -> str:
        uses = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and node.id == name]
        line = f", line {min(node.lineno for node in uses)}" if uses else ""
        if name in self.left_out:
            why = f"only cell [{self.left_out[name]}] sets it, which is not run in a pipeline."
        else:
            hint = did_you_mean(name, (self.known | self.inputs) - _ALWAYS)
            why = f"no input and no earlier cell sets it.{hint}"
        return f"{self.name}[{number}]{line}: '{name}' is not defined: {why}"


def names_set(source: str) -> set[str]:
    """Return the names that a cell sets.

    >>> sorted(names_set("import os\\nx = 1\\nfor y in z: pass"))
    ['os', 'x', 'y']

    Raises:
        SyntaxError: if it is no Python.
    """
    return _set_by(symtable.symtable(source, "cell", "exec"))


def _set_by(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a cell sets, also by functions that declare them global."""
    names = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    for child in table.get_children():
        names |= _global_in(child)
    return names


def _global_in(table: symtable.SymbolTable) -> set[str]:
    names = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_declared_global() and symbol.is_assigned()
    }
    return names.union(*(_global_in(child) for child in table.get_children()))
