"""Merging tables: one below the other, one row a key, the first source that knows, and looked up in another."""

from kedro_faucet.nodes.merge.as_of_join import AsOf, AsOfJoin
from kedro_faucet.nodes.merge.coalesce import Coalesce
from kedro_faucet.nodes.merge.dedupe import Dedupe
from kedro_faucet.nodes.merge.lookup import Lookup
from kedro_faucet.nodes.merge.union import Union

__all__ = ["AsOf", "AsOfJoin", "Coalesce", "Dedupe", "Lookup", "Union"]
