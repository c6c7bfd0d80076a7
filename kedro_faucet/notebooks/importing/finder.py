"""Finds the notebook that a module of a package is written in; ``import kedro_faucet`` registers it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

_warned: set[str] = set()


class NotebookFinder:
    """Finds ``my_project.notebooks.clean`` in ``clean.ipynb``, where the package's folder has no ``clean.py``.

    Modules of packages alone: a notebook that explores polars may be called ``polars.ipynb``.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is if a notebook is it; every other finder comes first where both could be."""
        file = f"{name.rpartition('.')[2]}.ipynb"
        for folder in path or ():
            notebook = os.path.join(folder, file)
            if os.path.isfile(notebook):
                return self._spec(name, path, notebook)
        return None

    def _spec(self, name: str, path: Sequence[str] | None, notebook: str) -> ModuleSpec | None:
        from importlib.machinery import PathFinder

        other = PathFinder.find_spec(name, path)
        if other is None or other.loader is None:  # a folder of that name is no module yet
            from kedro_faucet.notebooks.importing.loader import spec_of

            return spec_of(name, notebook)
        if notebook not in _warned and other.origin != notebook:  # another importer's of the same notebook
            import warnings

            _warned.add(notebook)
            warnings.warn(f"{name} is {other.origin}, not {notebook}: rename one of them.", stacklevel=2)
        return None


def install() -> None:
    """Let notebooks be imported in this process."""
    if not any(isinstance(finder, NotebookFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, NotebookFinder())
