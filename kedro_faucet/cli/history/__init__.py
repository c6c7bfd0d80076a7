"""``kedro faucet history``: what a history consists of, a row's life, snapshots taken back, and keys forgotten."""

from kedro_faucet.cli.history.commands import history

__all__ = ["history"]
