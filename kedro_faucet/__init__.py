"""kedro-faucet: ETL and forecasting projects on Kedro, on a laptop or on Apache Spark.

The menu: every public name is imported when it is first used, so that ``import kedro_faucet`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kedro_faucet.notebooks.importing.finder import install as _import_notebooks
from kedro_faucet.renamed import install as _import_renamed

__version__ = "0.1.0"

_MENU = {
    "FaucetConfigLoader": "kedro_faucet.config.loader",
    "HistoryDataset": "kedro_faucet.datasets",
    "LedgerDataset": "kedro_faucet.ledger.dataset",
    "MartDataset": "kedro_faucet.datasets",
    "ReportDataset": "kedro_faucet.datasets",
    "ResourceDataset": "kedro_faucet.datasets",
    "SecretDataset": "kedro_faucet.datasets",
    "Snapshot": "kedro_faucet.nodes.history",
    "frames": "kedro_faucet.engines",
    "load_ipython_extension": "kedro_faucet.notebooks.jupyter",
    "sql": "kedro_faucet.engines",
    "to_arrow": "kedro_faucet.engines",
    "to_pandas": "kedro_faucet.engines",
    "to_polars": "kedro_faucet.engines",
}

__all__ = [*sorted(_MENU), "__version__"]

_import_notebooks()
_import_renamed()


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _MENU:
        raise AttributeError(f"module 'kedro_faucet' has no attribute '{name}'")
    value = getattr(import_module(_MENU[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the menu, also what is not imported yet."""
    return sorted({*globals(), *__all__})
