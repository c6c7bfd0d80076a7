"""Every pipeline by its name: `kedro run` runs all, `kedro run --pipelines star` one."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline


def register_pipelines() -> dict[str, Pipeline]:
    try:
        pipelines = find_pipelines(raise_errors=True)
    except ImportError as error:
        if error.__cause__ is None:  # no such pipeline: Kedro names those that are near
            return {}
        raise error.__cause__ from None  # a mistake in a pipeline is shown as what it is, once
    pipelines["__default__"] = sum(pipelines.values())
    return pipelines
