"""Modules under their earlier names, so that models which were pickled then are still loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

# With what is below them; of two that fit, the upper one is meant.
RENAMED = {
    "kedro_faucet.nodes.cube.cells": "kedro_faucet.nodes.cube.cube",
    "kedro_faucet.nodes.forecast.learned": "kedro_faucet.nodes.forecast.global_models",
    "kedro_faucet.nodes.forecast.plots.board": "kedro_faucet.nodes.forecast.plots.leaderboard",
    "kedro_faucet.nodes.forecast.proof": "kedro_faucet.nodes.forecast.evaluation",
    "kedro_faucet.nodes.forecast.reading.faults": "kedro_faucet.nodes.forecast.preparation.validation",
    "kedro_faucet.nodes.forecast.reading.reading": "kedro_faucet.nodes.forecast.preparation.preparation",
    "kedro_faucet.nodes.forecast.reading.wishes": "kedro_faucet.nodes.forecast.preparation.arguments",
    "kedro_faucet.nodes.forecast.reading": "kedro_faucet.nodes.forecast.preparation",
}


def today(name: str) -> str | None:
    """Return what a module is called today, if it was renamed.

    >>> today("kedro_faucet.nodes.forecast.learned.regression")
    'kedro_faucet.nodes.forecast.global_models.regression'
    """
    found = (new + name[len(old) :] for old, new in RENAMED.items() if f"{name}.".startswith(f"{old}."))
    return next(found, None)


class RenamedFinder:
    """Finds a module under its earlier name: the same object, not a second one whose classes would be others."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to import a module that was renamed."""
        if not name.startswith("kedro_faucet.nodes.") or today(name) is None:
            return None
        from importlib.util import spec_from_loader

        return spec_from_loader(name, self, is_package=False)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make a module, which is not kept."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in its place."""
        from importlib import import_module

        sys.modules[module.__name__] = import_module(str(today(module.__name__)))


def install() -> None:
    """Let renamed modules be imported in this process; first, as their folders hold modules that others find."""
    if not any(isinstance(finder, RenamedFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, RenamedFinder())
