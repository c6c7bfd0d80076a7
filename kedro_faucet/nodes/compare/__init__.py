"""Comparing two tables: their columns, their numbers of rows, and the rows of one key value by value."""

from kedro_faucet.nodes.compare.compare import compare, shared_keys
from kedro_faucet.nodes.compare.differences import Changed, Differences

__all__ = ["Changed", "Differences", "compare", "shared_keys"]
