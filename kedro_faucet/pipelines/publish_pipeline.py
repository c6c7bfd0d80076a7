"""Publishing as a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from kedro.pipeline import Pipeline

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.publish import Publish
from kedro_faucet.nodes.star.keys import check_unique
from kedro_faucet.pipelines.brick import SqlPreview, brick_node


def publish(resources: Sequence[str], target: str = "mart", *, name: str | None = None) -> Pipeline:
    """Return a pipeline that publishes resources as one set, which readers see change at once.

    >>> [node.name for node in publish(["star/dim_date", "star/fact_flight"]).nodes]
    ['publish_mart']

    Args:
        resources: the resources; ``star/dim_date`` becomes the table ``dim_date`` in the schema ``star``.
        target: a resource of type ``MartDataset``.
        name: the node's name; default: ``publish_mart`` for the target ``mart``.

    Raises:
        ConfigError: if ``resources`` is one text instead of a list, or two would have one name.
    """
    if isinstance(resources, str):
        raise ConfigError(f"pipelines.publish takes a list of resources: ['{resources}'].")
    brick = Publish(tuple(resources))
    check_unique(brick.names, "The mart would have tables with the names")
    name = name or f"publish_{target}"
    return Pipeline([brick_node(brick, brick.resources, target, name=name, tag="publish", preview=SqlPreview(brick))])
