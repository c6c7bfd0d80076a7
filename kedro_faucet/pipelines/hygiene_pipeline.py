"""Column hygiene as a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from kedro.pipeline import Pipeline

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.hygiene.clean import Clean, Step
from kedro_faucet.pipelines.brick import SqlPreview, brick_node


def clean(
    source: str,
    target: str,
    steps: Sequence[Step],
    *,
    rejected: str | None = None,
    secret: str | None = None,
    name: str | None = None,
) -> Pipeline:
    """Return a pipeline of one node that cleans a resource's columns, step by step.

    >>> from kedro_faucet.nodes.hygiene import Cast, CleanNames, Pseudonym
    >>> steps = [CleanNames(), Pseudonym(["customer"]), Cast({"amount": "DECIMAL(10,2)"}, invalid="reject")]
    >>> [node] = clean("source/orders", "lake/orders", steps).nodes
    >>> node.name, node.outputs
    ('clean_lake_orders', ['lake/orders', 'lake/orders__rejected'])

    Args:
        source: the resource to read.
        target: the resource to write.
        steps: ``CleanNames``, ``Cast``, ``Mask``, ``Pseudonym``, ``Fake``, or a brick of your own.
        rejected: the resource of rows that a ``Cast(invalid="reject")`` leaves out; default: ``lake/orders__rejected``
            for the target ``lake/orders``.
        secret: the ``SecretDataset`` that keyed steps use; default: the environment variable that they name.
        name: the node's name; default: ``clean_lake_orders``.

    Raises:
        ConfigError: if there is no step, one that rejects rows is not the last, or ``rejected`` is said for none.
    """
    brick = Clean(tuple(steps))
    if rejected and not brick.rejects:
        raise ConfigError(
            "clean(rejected=) takes the rows that a Cast(invalid='reject') leaves out, and no step is one."
        )
    outputs = {"table": target, "rejected": rejected or f"{target}__rejected"} if brick.rejects else target
    inputs = [source, *([secret] if secret else [])]
    node = brick_node(brick, inputs, outputs, name=name or f"clean_{target}", tag="hygiene", preview=SqlPreview(brick))
    return Pipeline([node])
