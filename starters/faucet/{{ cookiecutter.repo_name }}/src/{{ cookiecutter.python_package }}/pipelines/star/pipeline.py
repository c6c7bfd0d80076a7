"""Star: dimensions and facts, with every flight kept, whatever it names that nobody knows."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines

from .schema import SCHEMA


def create_pipeline(**kwargs: object) -> Pipeline:
    return pipelines.sql(
        "sql/plane_versions.sql", {"fleet": "lake/fleet", "planes": "lake/planes"}, "lake/plane_versions"
    ) + pipelines.star(SCHEMA)
