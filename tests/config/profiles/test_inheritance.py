"""Profiles in order, and layers merged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet.config.profiles.inheritance import Kind, lineage, merge_deep, merge_whole
from kedro_faucet.exceptions import ConfigError

LEAVES = st.none() | st.integers(0, 9) | st.text(max_size=2) | st.lists(st.integers(0, 9), max_size=2)
TREES = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner)),
    max_size=3,
)


def test_a_profile_comes_after_all_it_inherits_from():
    """Parents are read depth first, and the nearest comes last."""
    graph = {"prod": ["acc"], "acc": ["test"], "test": []}
    assert lineage("prod", graph.__getitem__) == ["test", "acc", "prod"]


def test_a_shared_ancestor_is_read_once():
    """Two parents with one ancestor: it comes first, once."""
    graph = {"prod": ["eu", "big"], "eu": ["acc"], "big": ["acc"], "acc": []}
    assert lineage("prod", graph.__getitem__) == ["acc", "eu", "big", "prod"]


def test_a_circle_is_refused_with_its_chain():
    """A profile that inherits from itself is an error that prints the way round."""
    graph = {"prod": ["acc"], "acc": ["prod"]}
    with pytest.raises(ConfigError, match="prod -> acc -> prod"):
        lineage("prod", graph.__getitem__)


def test_a_whole_entry_replaces_another():
    """Of a whole entry nothing of the lower layer is left."""
    assert merge_whole([{"x": {"a": 1}}, {"x": {"b": 2}}]) == {"x": {"b": 2}}


def test_a_layer_says_only_what_differs():
    """Mappings merge at every depth, lists and values are replaced, None is a value."""
    lower = {"e": {"a": 1, "l": [1, 2], "deep": {"x": 1, "y": 2}, "n": 1}}
    upper = {"e": {"l": [3], "deep": {"y": 9}, "n": None}}
    assert merge_deep([lower, upper]) == {"e": {"a": 1, "l": [3], "deep": {"x": 1, "y": 9}, "n": None}}


@pytest.mark.parametrize(
    ("lower", "upper", "merged"),
    [
        ({"type": "duckdb", "threads": 2}, {"type": "spark"}, {"type": "spark"}),
        ({"threads": 2}, {"type": "spark"}, {"type": "spark"}),
        ({"type": "duckdb", "threads": 2}, {"type": "duckdb"}, {"type": "duckdb", "threads": 2}),
        ({"threads": 2}, {"type": "duckdb"}, {"threads": 2, "type": "duckdb"}),
        ({"type": "duckdb", "threads": 2}, {"threads": 4}, {"type": "duckdb", "threads": 4}),
        ({"type": "spark", "config": {"a": 1}}, None, {"type": "spark", "config": {"a": 1}}),
        ({"type": "spark", "config": {"a": 1}}, {"type": None, "config": None}, {"type": "spark", "config": {"a": 1}}),
        ({"threads": 2}, {"threads": None}, {"threads": None}),
    ],
)
def test_another_kind_starts_afresh(lower, upper, merged):
    """The settings of an engine do not go over to another type of engine; those of the same type, or of none, do."""
    assert merge_deep([{"engine": lower}, {"engine": upper}], Kind("type", "duckdb")) == {"engine": merged}


@given(TREES, TREES, TREES)
def test_merging_in_steps_is_merging_at_once(first, second, third):
    """How layers are grouped makes no difference."""
    assert merge_deep([merge_deep([first, second]), third]) == merge_deep([first, second, third])


@given(TREES)
def test_a_layer_over_itself_changes_nothing(tree):
    """The same layer twice is the layer, and no input is changed."""
    before = repr(tree)
    assert merge_deep([tree, tree]) == tree
    assert repr(tree) == before
