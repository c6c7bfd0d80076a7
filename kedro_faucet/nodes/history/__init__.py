"""Slowly changing dimensions: an append-only log of versions, and the views that are derived when it is read."""

from kedro_faucet.nodes.history.save import Addition, Comparison, undone
from kedro_faucet.nodes.history.snapshot import Snapshot
from kedro_faucet.nodes.history.views import History

__all__ = ["Addition", "Comparison", "History", "Snapshot", "undone"]
