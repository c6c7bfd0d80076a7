"""Merging tables as a pipeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from kedro.pipeline import Pipeline

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.merge import AsOfJoin, Coalesce, Dedupe, Lookup, Union
from kedro_faucet.pipelines.brick import SqlPreview, brick_node

Brick: TypeAlias = Union | Dedupe | Coalesce | Lookup | AsOfJoin


def merge(brick: Brick, sources: str | Sequence[str], target: str, *, name: str | None = None) -> Pipeline:
    """Return a pipeline of one node that makes one resource of several.

    >>> from kedro_faucet.nodes.merge import Dedupe, Lookup, Union
    >>> orders = (
    ...     merge(Union(origin="region"), ["north/orders", "south/orders"], "lake/all_orders")
    ...     + merge(Dedupe("id", order_by="updated_at"), "lake/all_orders", "lake/orders")
    ...     + merge(Lookup("customer"), ["lake/orders", "lake/customers"], "lake/orders_named")
    ... )
    >>> [node.name for node in orders.nodes]
    ['union_lake_all_orders', 'dedupe_lake_orders', 'lookup_lake_orders_named']

    Args:
        brick: ``Union``, ``Dedupe``, ``Coalesce``, ``Lookup`` or ``AsOfJoin``.
        sources: the resources to read, in order; ``Union`` and ``Coalesce`` call them by these names.
        target: the resource to write.
        name: the node's name; default: ``union_lake_orders``.

    Raises:
        ConfigError: if the brick takes another number of resources.
    """
    given = [sources] if isinstance(sources, str) else list(sources)
    inputs: list[str] | dict[str, str] = given
    if isinstance(brick, Union | Coalesce):
        inputs = {each: each for each in given}
    elif len(given) != (wanted := _tables(brick)):
        raise ConfigError(f"{type(brick).__name__} takes {wanted}, not {len(given)}: {', '.join(given)}.")
    preview = SqlPreview(brick) if isinstance(brick, Dedupe | Lookup | AsOfJoin) else None
    label = name or f"{re.sub('(?<=[a-z])(?=[A-Z])', '_', type(brick).__name__).lower()}_{target}"
    return Pipeline([brick_node(brick, inputs, target, name=label, tag="merge", preview=preview)])


def _tables(brick: Brick) -> int:
    """Return how many tables a brick takes, one after the other."""
    return 1 + len(brick.sides) if isinstance(brick, AsOfJoin) else 2 if isinstance(brick, Lookup) else 1
