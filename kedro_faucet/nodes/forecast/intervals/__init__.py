"""Intervals: how far from its forecast what comes may lie."""

from kedro_faucet.nodes.forecast.intervals.conformal import Fitted, columns_of, fit, widths
from kedro_faucet.nodes.forecast.intervals.spread import Spread

__all__ = ["Fitted", "Spread", "columns_of", "fit", "widths"]
