"""Cubes: what reports ask for again and again, counted once."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines

from ..star.schema import SCHEMA
from .cubes import CUBES


def create_pipeline(**kwargs: object) -> Pipeline:
    return pipelines.cubes(CUBES, SCHEMA)
