"""Feeds: rows that tell changes of their own, when each came, what it did, and which of two came first."""

from kedro_faucet.nodes.history.feed.changes import Changes, Feed
from kedro_faucet.nodes.history.feed.refusals import refuse_columns, refuse_rows, refuse_ties, warn_of_order
from kedro_faucet.nodes.history.feed.truncations import ended_again, filled, told_truncations, with_ends

__all__ = [
    "Changes",
    "Feed",
    "ended_again",
    "filled",
    "refuse_columns",
    "refuse_rows",
    "refuse_ties",
    "told_truncations",
    "warn_of_order",
    "with_ends",
]
