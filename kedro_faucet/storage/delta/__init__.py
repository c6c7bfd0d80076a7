"""Delta tables: read and saved, in partitions, and kept small."""

from kedro_faucet.storage.delta.store import DeltaStore, has_table

__all__ = ["DeltaStore", "has_table"]
