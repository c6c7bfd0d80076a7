"""Star schemas as pipelines."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline

from kedro_faucet.nodes.star import DateDimension, Fact, StarSchema
from kedro_faucet.pipelines.brick import DiagramPreview, SqlPreview, brick_node


def star(schema: StarSchema, target: str = "star") -> Pipeline:
    """Return a pipeline with a node for each dimension and fact of a star schema.

    >>> from kedro_faucet.nodes.star import Dimension
    >>> airport = Dimension("airport", source="lake/airports", key="faa")
    >>> flight = Fact("flight", source="lake/flights", grain=["flight"], dimensions={"airport": "origin"})
    >>> [node.name for node in star(StarSchema([airport], [flight])).nodes]
    ['dim_airport', 'fact_flight']

    Args:
        schema: the star schema.
        target: the provider to write.
    """
    dimensions = [_dimension_node(schema, dimension.name, target) for dimension in schema.dimensions]
    return Pipeline([*dimensions, *(_fact_node(schema, fact, target) for fact in schema.facts)])


def _dimension_node(schema: StarSchema, name: str, target: str) -> Node:
    dimension = schema.dimension(name)
    own = [] if isinstance(dimension, DateDimension) else [dimension.source]
    return brick_node(
        dimension,
        [*own, *schema.sources(name)],
        f"{target}/dim_{name}",
        name=f"dim_{name}",
        tag="star",
        preview=SqlPreview(dimension),
    )


def _fact_node(schema: StarSchema, fact: Fact, target: str) -> Node:
    inputs = {role.dimension: f"{target}/dim_{role.dimension}" for role in fact.roles.values()}
    return brick_node(
        fact,
        {"table": fact.source, **inputs},
        f"{target}/fact_{fact.name}",
        name=f"fact_{fact.name}",
        tag="star",
        preview=DiagramPreview(schema.diagram(fact.name)),
    )
