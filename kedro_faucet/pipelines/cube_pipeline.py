"""Cubes as pipelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kedro.pipeline import Node, Pipeline

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.star import StarSchema
from kedro_faucet.nodes.star.keys import check_unique
from kedro_faucet.pipelines.brick import SqlPreview, adjusted_node, settings_of


def cubes(
    cubes: Sequence[Cube],
    schema: StarSchema,
    source: str = "star",
    target: str = "cube",
    *,
    parameters: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Pipeline:
    """Return a pipeline with a node for each cube.

    >>> from kedro_faucet.nodes.star import Count, Dimension, Fact, Role
    >>> airport = Dimension("airport", source="lake/airports", key="faa")
    >>> flight = Fact("flight", "lake/flights", grain=["flight"], dimensions={"origin": Role("airport", "origin")})
    >>> delays = Cube("delays", fact="flight", by=["origin.faa"], measures=[Count()])
    >>> [node.inputs for node in cubes([delays], StarSchema([airport], [flight])).nodes]
    [['star/fact_flight', 'star/dim_airport']]

    Args:
        cubes: the cubes.
        schema: the star schema that their facts and roles are of.
        source: the provider to read.
        target: the provider to write.
        parameters: settings that are Kedro's parameters: ``{"delays.sets": "params:sets"}``.
        name: what the nodes' names begin with; default: the target.

    Raises:
        ConfigError: if a cube names a fact or a role that the star schema lacks, or two have one name.
    """
    check_unique((cube.name for cube in cubes), "The pipeline names cubes")
    settings = settings_of(parameters or {}, [cube.name for cube in cubes])
    return Pipeline(
        _cube_node(_resolved(cube, schema), source, target, name or target, settings[cube.name]) for cube in cubes
    )


def _resolved(cube: Cube, schema: StarSchema) -> Cube:
    roles = schema.fact(cube.fact).roles
    for role in cube.roles:
        if role not in roles:
            hint = did_you_mean(role, roles)
            raise ConfigError(
                f"Cube '{cube.name}': fact '{cube.fact}' has no role '{role}'; it has {', '.join(roles)}.{hint}"
            )
    keys = [f"{role}_{kind}" for role in roles for kind in ("key", "version_key")]
    return replace(cube, dimensions={role: roles[role].dimension for role in cube.roles}, keys=tuple(keys))


def _cube_node(cube: Cube, source: str, target: str, prefix: str, settings: Mapping[str, str]) -> Node:
    roles = {role: f"{source}/dim_{dimension}" for role, dimension in cube.dimensions.items()}
    inputs = {"fact": f"{source}/fact_{cube.fact}", **roles}
    output, name = f"{target}/{cube.name}", f"{prefix}_{cube.name}"
    return adjusted_node(cube, inputs, output, settings, name=name, tag="cubes", preview=SqlPreview(cube))
