"""What the catalog's ``type:`` names; each is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MENU = {
    "HistoryDataset": "kedro_faucet.datasets.history",
    "MartDataset": "kedro_faucet.datasets.mart",
    "ReportDataset": "kedro_faucet.datasets.report",
    "ResourceDataset": "kedro_faucet.datasets.resource",
    "SecretDataset": "kedro_faucet.datasets.secret",
}

__all__ = sorted(_MENU)


def __getattr__(name: str) -> Any:
    """Import a dataset when it is first asked for."""
    if name not in _MENU:
        raise AttributeError(f"module 'kedro_faucet.datasets' has no attribute '{name}'")
    return getattr(import_module(_MENU[name]), name)
