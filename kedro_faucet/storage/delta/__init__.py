"""Delta tables: read and saved, in partitions, and kept small."""

from kedro_faucet.storage.delta.store import DeltaStore

__all__ = ["DeltaStore"]
