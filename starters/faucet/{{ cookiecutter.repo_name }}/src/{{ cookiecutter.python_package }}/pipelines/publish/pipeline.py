"""Publish: the star, its cubes and the forecasts, as one set that BI tools see change at once."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines

from ..cubes.cubes import CUBES
from ..star.schema import SCHEMA


def create_pipeline(**kwargs: object) -> Pipeline:
    dimensions = [f"star/dim_{dimension.name}" for dimension in SCHEMA.dimensions]
    facts = [f"star/fact_{fact.name}" for fact in SCHEMA.facts]
    cubes = [f"cube/{cube.name}" for cube in CUBES]
    forecasts = [f"forecast/departures{part}" for part in ("", "_history", "_leaderboard")]
    return pipelines.publish([*dimensions, *facts, *cubes, *forecasts], "mart")
