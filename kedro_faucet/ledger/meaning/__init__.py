"""The meaning of a node, by parts: what it is made of, each with a short hash, so that a change says where it is."""

from kedro_faucet.ledger.meaning.node import UNKNOWN, Meaning, meaning

__all__ = ["UNKNOWN", "Meaning", "meaning"]
