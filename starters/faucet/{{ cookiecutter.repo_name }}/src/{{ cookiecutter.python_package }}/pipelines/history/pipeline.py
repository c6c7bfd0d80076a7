"""History: every monthly snapshot of the fleet becomes versions in an append-only log."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines


def create_pipeline(**kwargs: object) -> Pipeline:
    return pipelines.history("source/fleet", "lake/fleet", at="snapshot_at")
