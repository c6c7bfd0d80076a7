"""The examples in docstrings are run, as a reader would run them."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import kedro_faucet

MODULES = ["kedro_faucet", *(found.name for found in pkgutil.walk_packages(kedro_faucet.__path__, "kedro_faucet."))]


@pytest.mark.parametrize("name", MODULES)
def test_every_example_of_a_module_is_true(name: str) -> None:
    """Each example gives what it says."""
    assert doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS).failed == 0


def test_there_are_examples() -> None:
    """A good part of the modules has examples at all."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    having = [name for name in MODULES if any(test.examples for test in finder.find(import_module(name)))]
    assert len(having) > len(MODULES) / 2
