"""Ingest: the sources, as they are, into the lake; then cleaned."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines


def create_pipeline(**kwargs: object) -> Pipeline:
    return pipelines.copy("source", "lake", ["flights", "weather", "planes", "airports", "airlines"]) + pipelines.sql(
        "sql/clean_weather.sql", {"weather": "lake/weather"}, "lake/weather_hourly"
    )
