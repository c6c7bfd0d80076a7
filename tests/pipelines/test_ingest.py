"""Copying and logging."""

from __future__ import annotations

import inspect
import pickle

import pytest

from kedro_faucet import pipelines
from kedro_faucet.exceptions import ConfigError


def test_each_resource_is_copied_by_a_node_of_its_own() -> None:
    """The nodes are named after their resources, tagged, and go from provider to provider."""
    nodes = pipelines.copy("source", "lake", ["flights", "ops/planes"]).nodes
    assert [(node.name, node.inputs, node.outputs) for node in nodes] == [
        ("copy_lake_flights", ["source/flights"], ["lake/flights"]),
        ("copy_lake_ops_planes", ["source/ops/planes"], ["lake/ops/planes"]),
    ]
    assert all(node.tags == {"ingest"} for node in nodes)


def test_one_text_instead_of_a_list_is_refused() -> None:
    """A single name, which Python would take for a list of letters, is refused."""
    with pytest.raises(ConfigError, match=r"\['flights'\]"):
        pipelines.copy("source", "lake", "flights")


def test_a_history_of_many_snapshots_is_a_generator_that_streams() -> None:
    """Kedro saves each snapshot as it comes, because the node's function is a generator."""
    for options in ({"at": "snapshot_at"}, {}):  # without it, a table may have versions
        [node] = pipelines.history("source/fleet", "lake/fleet", **options).nodes
        assert (node.name, inspect.isgeneratorfunction(node.func)) == ("history_lake_fleet", True)


def test_nodes_can_be_sent_to_another_process() -> None:
    """ParallelRunner can pickle every node, with its preview."""
    [node] = pipelines.copy("source", "lake", ["flights"]).nodes
    assert pickle.loads(pickle.dumps(node)).preview().content == "select * from source/flights"
