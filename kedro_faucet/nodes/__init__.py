"""Bricks: small frozen dataclasses from tables to tables, each imported when it is first asked for; none knows Kedro.

>>> from kedro_faucet.nodes import Cube, Dimension, Fact
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_BRICKS = {
    "copy": ("Copy",),
    "cube": ("Cube",),
    "history": ("History", "Snapshot"),
    "hygiene": ("Cast", "Clean", "CleanNames", "Fake", "Mask", "Pseudonym", "Secret"),
    "merge": ("AsOf", "AsOfJoin", "Coalesce", "Dedupe", "Lookup", "Union"),
    "periodic_snapshot": ("PeriodicSnapshot",),
    "publish": ("Publish",),
    "split": ("Split",),
    "sql": ("SqlQuery",),
    "star": ("DateDimension", "Dimension", "Fact", "RetailYear", "Role", "StarSchema", "TimeOfDayDimension"),
    "star.compound": ("Filtered", "Ratio", "WeightedAverage"),
    "star.measures": ("Average", "Count", "CountDistinct", "Max", "Min", "Sum"),
    "versions": ("Versions",),
}
_MENU = {name: module for module, names in _BRICKS.items() for name in names}

__all__ = sorted(_MENU)


def __getattr__(name: str) -> Any:
    """Import a brick when it is first asked for."""
    if name not in _MENU:
        raise AttributeError(f"module 'kedro_faucet.nodes' has no attribute '{name}'")
    return getattr(import_module(f"kedro_faucet.nodes.{_MENU[name]}"), name)
