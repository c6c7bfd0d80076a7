"""Factories that wire the bricks into Kedro pipelines of named, tagged nodes: one file a chapter."""

from kedro_faucet.pipelines.aggregates import cubes
from kedro_faucet.pipelines.forecasts import forecast
from kedro_faucet.pipelines.ingest import copy, history
from kedro_faucet.pipelines.notebooks import notebook_node, notebooks
from kedro_faucet.pipelines.publishing import publish
from kedro_faucet.pipelines.queries import sql, sql_node
from kedro_faucet.pipelines.schemas import star

__all__ = ["copy", "cubes", "forecast", "history", "notebook_node", "notebooks", "publish", "sql", "sql_node", "star"]
