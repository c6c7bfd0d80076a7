"""Report: a notebook that runs as a node, with what its cell tagged `inputs` loads, and becomes one HTML file."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines


def create_pipeline(**kwargs: object) -> Pipeline:
    return Pipeline([pipelines.notebook_node("notebooks/report.ipynb", report="report")])
