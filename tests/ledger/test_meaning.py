"""What a node is made of: all that its code reaches in the project, and nothing that changes no row."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cells import write_cells
from kedro.io import DataCatalog
from kedro.pipeline import node

from kedro_faucet.ledger.meaning import meaning
from kedro_faucet.ledger.meaning.reach import Project
from kedro_faucet.notebooks.brick import NotebookBrick

FILES = {
    "__init__.py": "",
    "nodes.py": """
from . import helpers
from .deep.constants import *
from .deep import more as extra
import reached.deep.far


@helpers.decorated
def clean(table):
    from .inner import inner
    return [inner(table), STAR, extra.MORE, reached.deep.far.far(), Kind().value]


class Kind(helpers.Base):
    value = 1


def other(table):
    return 1


try:
    SWITCH = 1
except ImportError:
    SWITCH = 2
""",
    "helpers.py": """
import functools

BASE = 1


def decorated(function):
    @functools.wraps(function)
    def called(table):
        return function(table)
    return called


class Base:
    base = BASE
""",
    "inner.py": "DEEP = 1\n\n\ndef inner(table):\n    return DEEP\n",
    "deep/__init__.py": "",
    "deep/constants.py": "STAR = 1\nNOT_USED = 1\n",
    "deep/more.py": "MORE = 1\n",
    "deep/far.py": "def far():\n    return 1\n",
    "never.py": "NEVER = 1\n",
}
Make = Callable[..., dict[str, str]]


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Gives the parts of the node `clean`, with one file written otherwise."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def made(name: str = "", old: str = "", new: str = "", function: str = "clean") -> dict[str, str]:
        for file, text in FILES.items():
            path = tmp_path / "reached" / file
            path.parent.mkdir(exist_ok=True)
            assert file != name or old in text
            path.write_text(text.replace(old, new) if file == name else text)
        for module in [each for each in sys.modules if each.partition(".")[0] == "reached"]:
            del sys.modules[module]
        importlib.invalidate_caches()
        found = getattr(importlib.import_module("reached.nodes"), function)
        return meaning(node(found, "a", "b", name="n"), DataCatalog(), Project("reached", "/nowhere")).parts

    yield made
    for module in [each for each in sys.modules if each.partition(".")[0] == "reached"]:
        del sys.modules[module]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("nodes.py", "STAR, extra", "extra"),  # the function itself
        ("helpers.py", "return function(table)", "return 2"),  # its decorator
        ("helpers.py", "BASE = 1", "BASE = 2"),  # a constant of the class that another is of
        ("nodes.py", "value = 1", "value = 2"),  # a class
        ("inner.py", "DEEP = 1", "DEEP = 2"),  # an import within the function
        ("deep/constants.py", "STAR = 1", "STAR = 2"),  # a name of an import *
        ("deep/more.py", "MORE = 1", "MORE = 2"),  # a module under another name
        ("deep/far.py", "return 1", "return 2"),  # a module by its whole name
        ("nodes.py", "SWITCH = 1", "SWITCH = 3"),  # a statement that may do anything
    ],
)
def test_what_a_function_reaches_is_part_of_it(parts: Make, name: str, old: str, new: str) -> None:
    """A definition anywhere in the project that the function comes to by names: changed, it changes the meaning."""
    assert parts(name, old, new) != parts()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("nodes.py", "def other(table):\n    return 1", "def other(table):\n    return 2"),
        ("nodes.py", "def clean(table):", "def clean(table):  # a comment"),
        ("nodes.py", "def clean(table):", 'def clean(table):\n    """A docstring."""'),
        ("nodes.py", "class Kind", "\n\nclass Kind"),
        ("deep/constants.py", "NOT_USED = 1", "NOT_USED = 2"),
        ("never.py", "NEVER = 1", "NEVER = 2"),
    ],
)
def test_what_changes_no_row_is_no_part(parts: Make, name: str, old: str, new: str) -> None:
    """Other functions, comments, docstrings, blank lines, constants and modules that are not used: the same meaning."""
    assert parts(name, old, new) == parts()


def test_the_rest_of_a_module_is_no_part_of_a_small_function(parts: Make) -> None:
    """A function that reaches nothing is itself, and what its module does when it is imported."""
    assert set(parts(function="other")) == {"inputs", "reached.nodes:0", "reached.nodes:other"}


def given(*_: Any) -> None:
    """A function to be bound to values."""


def test_values_that_a_function_holds_are_part_of_it() -> None:
    """Arguments of a partial, values of a closure and fields of an object, however long their printout is."""

    def parts(function: Any) -> dict[str, str]:
        return meaning(node(function, "a", "b", name="n"), DataCatalog(), Project("none", "/nowhere")).parts

    def closed(value: Any) -> Any:
        return lambda table: value

    assert parts(partial(given, 1)) == parts(partial(given, 1))
    assert parts(partial(given, 1)) != parts(partial(given, 2))
    assert parts(closed({"a": 1})) == parts(closed({"a": 1}))
    assert parts(closed({"a": 1})) != parts(closed({"a": 2}))
    import numpy as np

    long, other = np.zeros(10_000), np.zeros(10_000)
    other[5_000] = 1
    assert repr(long) == repr(other)
    assert parts(closed(long)) != parts(closed(other))
    assert parts(closed(long)) == parts(closed(np.zeros(10_000)))


def test_a_notebook_is_its_cells_and_what_they_import(parts: Make, tmp_path: Path) -> None:
    """Code, order, tags and imported definitions of the project count; blank lines and comments do not."""

    def of(*cells: Any) -> dict[str, str]:
        write_cells(tmp_path / "x.ipynb", *cells)
        brick = NotebookBrick(str(tmp_path / "x.ipynb"), "x", ("a",), ("b",))
        return meaning(
            node(brick.build, {"a": "a"}, {"b": "b"}, name="x"), DataCatalog(), Project("reached", "/n")
        ).parts

    parts()
    first = of("from reached.inner import inner\nb = 1\nb = inner(a)")
    assert "x.ipynb cell 1" in first
    assert "reached.inner:DEEP" in first
    assert first == of("from reached.inner import inner\n\nb = 1  # one\nb = inner(a)")
    assert first != of("from reached.inner import inner\nb = inner(a)\nb = 1")
    parts("inner.py", "DEEP = 1", "DEEP = 2")
    assert first != of("from reached.inner import inner\nb = 1\nb = inner(a)")
    assert of("%matplotlib inline\nb = 1") != of("%matplotlib inline\nb = 2")
