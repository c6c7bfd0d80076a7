"""Forecasting: a panel of series in, forecasts with intervals and their proof out.

>>> from kedro_faucet.nodes.forecast import backtest, forecast, leaderboard
"""

from kedro_faucet.engines.conversion import require

require("numpy", "forecast")

from kedro_faucet.nodes.forecast.evaluation.backtest import backtest  # noqa: E402 - what is missing is told first
from kedro_faucet.nodes.forecast.evaluation.leaderboard import best, best_by_series, leaderboard, select  # noqa: E402
from kedro_faucet.nodes.forecast.forecasting import Forecaster, fit, forecast  # noqa: E402
from kedro_faucet.nodes.forecast.models.base import Model, PerSeries  # noqa: E402
from kedro_faucet.nodes.forecast.plots import plot_backtest, plot_forecast, plot_leaderboard  # noqa: E402
from kedro_faucet.nodes.forecast.series import TimeSeries  # noqa: E402

__all__ = [
    "Forecaster",
    "Model",
    "PerSeries",
    "TimeSeries",
    "backtest",
    "best",
    "best_by_series",
    "fit",
    "forecast",
    "leaderboard",
    "plot_backtest",
    "plot_forecast",
    "plot_leaderboard",
    "select",
]
