"""``kedro faucet compare``: one table in two profiles, at two versions, or under two names."""

from kedro_faucet.cli.compare.command import compare

__all__ = ["compare"]
