"""Reading: rows of any engine, in order, made panels that models see."""

from kedro_faucet.nodes.forecast.reading.chunks import series_batches
from kedro_faucet.nodes.forecast.reading.columns import Columns, check_columns
from kedro_faucet.nodes.forecast.reading.panels import read_panel
from kedro_faucet.nodes.forecast.reading.reading import Reading
from kedro_faucet.nodes.forecast.reading.wishes import check_horizon, check_levels, check_seasons, seasons_of

__all__ = [
    "Columns",
    "Reading",
    "check_columns",
    "check_horizon",
    "check_levels",
    "check_seasons",
    "read_panel",
    "seasons_of",
    "series_batches",
]
