"""Reading: rows of any engine, in order, made panels that models see."""

from kedro_faucet.nodes.forecast.preparation.arguments import (
    check_horizon,
    check_levels,
    check_max_filled,
    check_seasons,
    seasons_of,
)
from kedro_faucet.nodes.forecast.preparation.chunks import series_batches
from kedro_faucet.nodes.forecast.preparation.columns import Columns, check_columns
from kedro_faucet.nodes.forecast.preparation.panels import read_panel
from kedro_faucet.nodes.forecast.preparation.preparation import Reading

__all__ = [
    "Columns",
    "Reading",
    "check_columns",
    "check_horizon",
    "check_levels",
    "check_max_filled",
    "check_seasons",
    "read_panel",
    "seasons_of",
    "series_batches",
]
