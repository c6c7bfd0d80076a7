"""Forecasting: a panel of series in, forecasts with intervals and their proof out."""
