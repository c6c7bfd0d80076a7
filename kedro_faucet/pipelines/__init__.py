"""Factories that wire the bricks into Kedro pipelines of named, tagged nodes: one file a chapter."""

from kedro_faucet.pipelines.ingest import copy, history
from kedro_faucet.pipelines.queries import sql, sql_node
from kedro_faucet.pipelines.schemas import star

__all__ = ["copy", "history", "sql", "sql_node", "star"]
