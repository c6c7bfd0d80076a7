"""Bricks: small frozen dataclasses from tables to tables; none knows Kedro. Each is imported when it is first asked for.

>>> from kedro_faucet.nodes import Cube, Dimension, Fact
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kedro_faucet.nodes.copy import Copy
    from kedro_faucet.nodes.cube import Cube
    from kedro_faucet.nodes.history import History, Snapshot
    from kedro_faucet.nodes.publish import Publish
    from kedro_faucet.nodes.split import Split
    from kedro_faucet.nodes.sql import SqlQuery
    from kedro_faucet.nodes.star import (
        Average,
        Count,
        CountDistinct,
        DateDimension,
        Dimension,
        Fact,
        Max,
        Min,
        Role,
        StarSchema,
        Sum,
    )

_STAR = (
    "Average", "Count", "CountDistinct", "DateDimension", "Dimension", "Fact", "Max", "Min", "Role", "StarSchema", "Sum",
)  # fmt: skip
_MENU = {
    "Copy": "copy",
    "Cube": "cube",
    "History": "history",
    "Publish": "publish",
    "Snapshot": "history",
    "Split": "split",
    "SqlQuery": "sql",
    **dict.fromkeys(_STAR, "star"),
}

__all__ = [
    "Average",
    "Copy",
    "Count",
    "CountDistinct",
    "Cube",
    "DateDimension",
    "Dimension",
    "Fact",
    "History",
    "Max",
    "Min",
    "Publish",
    "Role",
    "Snapshot",
    "Split",
    "SqlQuery",
    "StarSchema",
    "Sum",
]


def __getattr__(name: str) -> Any:
    """Import a brick when it is first asked for."""
    if name not in _MENU:
        raise AttributeError(f"module 'kedro_faucet.nodes' has no attribute '{name}'")
    return getattr(import_module(f"kedro_faucet.nodes.{_MENU[name]}"), name)
