"""Factories that wire the bricks into Kedro pipelines of named, tagged nodes: one file a chapter."""

from kedro_faucet.pipelines.cube_pipeline import cubes
from kedro_faucet.pipelines.forecast_pipeline import forecast
from kedro_faucet.pipelines.hygiene_pipeline import clean
from kedro_faucet.pipelines.ingest import copy, history
from kedro_faucet.pipelines.merge_pipeline import merge
from kedro_faucet.pipelines.notebook_pipeline import notebook_node, notebooks
from kedro_faucet.pipelines.publish_pipeline import publish
from kedro_faucet.pipelines.sql_pipeline import sql, sql_node
from kedro_faucet.pipelines.star_pipeline import star

__all__ = [
    "clean",
    "copy",
    "cubes",
    "forecast",
    "history",
    "merge",
    "notebook_node",
    "notebooks",
    "publish",
    "sql",
    "sql_node",
    "star",
]
