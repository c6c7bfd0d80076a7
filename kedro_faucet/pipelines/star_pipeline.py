"""Star schemas as pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kedro.io import CatalogProtocol
from kedro.pipeline import Node, Pipeline

from kedro_faucet.datasets.resource import ResourceDataset
from kedro_faucet.nodes.star import Dimension, Fact, StarSchema
from kedro_faucet.pipelines.brick import Adjusted, DiagramPreview, SqlPreview, adjusted_node, is_parameter, settings_of


def star(
    schema: StarSchema,
    target: str = "star",
    *,
    parameters: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Pipeline:
    """Return a pipeline with a node for each dimension and fact of a star schema.

    >>> from kedro_faucet.nodes.star import Dimension
    >>> airport = Dimension("airport", source="lake/airports", key="faa")
    >>> flight = Fact("flight", source="lake/flights", grain=["flight"], dimensions={"airport": "origin"})
    >>> [node.name for node in star(StarSchema([airport], [flight])).nodes]
    ['dim_airport', 'fact_flight']

    Args:
        schema: the star schema.
        target: the provider to write.
        parameters: settings that are Kedro's parameters: ``{"date.fiscal_year_start": "params:fiscal_year_start"}``.
        name: what the nodes' names begin with; default: nothing, or the target if it is another than ``star``.

    Raises:
        ConfigError: if there is no such setting.
    """
    prefix = f"{name or target}_" if name or target != "star" else ""
    every = [each.name for each in (*schema.dimensions, *schema.facts)]
    settings = settings_of(parameters or {}, every)
    dimensions = [_dimension_node(schema, each.name, target, prefix, settings[each.name]) for each in schema.dimensions]
    facts = [_fact_node(schema, each, target, prefix, settings[each.name]) for each in schema.facts]
    return Pipeline([*dimensions, *facts])


def _dimension_node(schema: StarSchema, name: str, target: str, prefix: str, settings: Mapping[str, str]) -> Node:
    dimension = schema.dimension(name)
    own = [dimension.source] if isinstance(dimension, Dimension) else []
    return adjusted_node(
        dimension,
        [*own, *schema.sources(name)],
        f"{target}/dim_{name}",
        settings,
        name=f"{prefix}dim_{name}",
        tag="star",
        preview=SqlPreview(dimension),
    )


def _fact_node(schema: StarSchema, fact: Fact, target: str, prefix: str, settings: Mapping[str, str]) -> Node:
    inputs = {role.dimension: f"{target}/dim_{role.dimension}" for role in fact.roles.values()}
    return adjusted_node(
        fact,
        {"table": fact.source, **inputs},
        f"{target}/fact_{fact.name}",
        settings,
        name=f"{prefix}fact_{fact.name}",
        tag="star",
        preview=DiagramPreview(schema.diagram(fact.name)),
    )


def check_kept(node: Node, catalog: CatalogProtocol[Any, Any], name: str, modes: Sequence[str]) -> None:
    """Refuse a stored fact, rows of which stay when it is saved, if they hold keys that its dimensions lack.

    Args:
        node: the node that makes the fact.
        catalog: the catalog of the run.
        name: the fact's dataset.
        modes: the modes of datasets to look at.

    Raises:
        DataError: if it does; with what to do.
    """
    dataset, brick = catalog.get(name), getattr(node.func, "__self__", None)
    brick = brick.brick if isinstance(brick, Adjusted) else brick
    said = dataset._describe() if isinstance(dataset, ResourceDataset) else {}
    if not isinstance(brick, Fact) or said.get("mode") not in modes or not catalog.exists(name):
        return
    dimensions = dict.fromkeys(role.dimension for role in brick.roles.values())
    inputs = [each for each in node.inputs[1:] if not is_parameter(each)]
    tables = {dimension: catalog.load(found) for dimension, found in zip(dimensions, inputs, strict=True)}
    rebuild = (
        f"In mode {said['mode']} its old rows stay: delete {said['filepath']}, then build the whole star, "
        "kedro run --tags=star"
    )
    brick.check(catalog.load(name), rebuild=rebuild, **tables)
