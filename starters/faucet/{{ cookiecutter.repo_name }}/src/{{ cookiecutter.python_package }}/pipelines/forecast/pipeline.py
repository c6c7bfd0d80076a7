"""Forecast: departures a day from each airport, four weeks ahead."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines
from kedro_faucet.nodes.forecast import TimeSeries
from kedro_faucet.nodes.star import Count

from ..cubes.cubes import PUNCTUALITY


def create_pipeline(**kwargs: object) -> Pipeline:
    daily = TimeSeries(time="flight_date.date", every="day", by=["origin.faa"], measure=Count(), cube=PUNCTUALITY)
    return pipelines.forecast(
        "departures",
        source="cube/punctuality",
        series=daily,
        horizon=28,
        models=["combination", "dynamic_theta", "seasonal_naive"],
    )
