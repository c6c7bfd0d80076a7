"""The node of a brick has the brick's name where Kedro names its function."""

from __future__ import annotations

import pickle

from kedro.pipeline import pipeline

from kedro_faucet import pipelines


def test_a_node_is_named_by_its_brick_in_every_copy() -> None:
    """The name stays below a namespace, with other tags, and in another process."""
    [copied] = pipelines.copy("raw", "lake", ["x"]).nodes
    assert str(copied) == "copy_lake_x: Copy.build([raw/x]) -> [lake/x]"
    [moved] = pipeline(pipelines.copy("raw", "lake", ["x"]), namespace="shop", tags="nightly").nodes
    assert (moved.name, moved.tags) == ("shop.copy_lake_x", {*copied.tags, "nightly"})
    assert "Copy.build([" in str(moved)
    assert moved.preview() == copied.preview()
    assert str(pickle.loads(pickle.dumps(moved))) == str(moved)


def test_a_node_of_another_function_is_named_by_that() -> None:
    """A hook may put another function in the place of a brick's."""
    [copied] = pipelines.copy("raw", "lake", ["x"]).nodes

    def timed(table: object) -> object:
        return table

    copied.func = timed
    assert "timed([" in str(copied)
