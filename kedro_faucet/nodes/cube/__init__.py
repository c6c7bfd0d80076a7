"""Cubes: facts counted by every set of attributes, in parts that can be added up again."""

from kedro_faucet.nodes.cube.cube import Cube

__all__ = ["Cube"]
