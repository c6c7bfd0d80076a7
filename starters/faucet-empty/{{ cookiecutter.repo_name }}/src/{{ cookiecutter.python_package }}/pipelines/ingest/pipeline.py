"""Ingest: the sources, as they are, into the lake. Name your own files here instead of `words`."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines


def create_pipeline(**kwargs: object) -> Pipeline:
    return pipelines.copy("source", "lake", ["words"])
