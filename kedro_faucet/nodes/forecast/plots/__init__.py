"""Plots of forecasts, backtests and leaderboards, as figures of Plotly."""

from kedro_faucet.nodes.forecast.plots.leaderboard import plot_leaderboard
from kedro_faucet.nodes.forecast.plots.series import plot_backtest, plot_forecast

__all__ = ["plot_backtest", "plot_forecast", "plot_leaderboard"]
