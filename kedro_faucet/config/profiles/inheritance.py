"""How profiles inherit from one another and how their layers are merged: dicts in, dict out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from kedro_faucet.exceptions import ConfigError, did_you_mean


class Kind(NamedTuple):
    """The key that tells what the other keys of a mapping mean, and its value where it is left out."""

    key: str
    default: str


def lineage(profile: str, inherits: Callable[[str], Iterable[str]], above: tuple[str, ...] = ()) -> list[str]:
    """Return a profile and all it inherits from: depth first, the nearest last.

    >>> lineage("prod", {"prod": ["acc", "eu"], "acc": ["test"], "test": [], "eu": []}.__getitem__)
    ['test', 'acc', 'eu', 'prod']

    Args:
        profile: the profile asked for.
        inherits: gives the parents of a profile; of two parents the later one wins.
        above: the profiles that led here, for the error.

    Raises:
        ConfigError: if a profile inherits from itself; it prints the chain.
    """
    chain = (*above, profile)
    if profile in above:
        raise ConfigError(f"Profiles inherit in a circle: {' -> '.join(chain)}. Take one out of an 'inherits'.")
    ancestors = [name for parent in inherits(profile) for name in lineage(parent, inherits, chain)]
    return list(dict.fromkeys([*ancestors, profile]))


def merge(layers: Iterable[Mapping[str, Any]], strategy: str, kind: Kind | None = None) -> dict[str, Any]:
    """Merge layers, the lowest first, as one of Kedro's strategies says.

    >>> merge([{"a": {"x": 1}}, {"a": {"y": 2}}], "soft")
    {'a': {'x': 1, 'y': 2}}

    Raises:
        ConfigError: if there is no such strategy.
    """
    if strategy.lower() not in ("soft", "destructive"):
        raise ConfigError(f"No merge_strategy '{strategy}'.{did_you_mean(strategy, ['soft', 'destructive'])}")
    return merge_deep(layers, kind) if strategy.lower() == "soft" else merge_whole(layers)


def merge_whole(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge layers, the lowest first, by whole entries.

    >>> merge_whole([{"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"x": 9}}])
    {'a': {'x': 9}, 'b': 3}
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged |= layer
    return merged


def merge_deep(layers: Iterable[Mapping[str, Any]], kind: Kind | None = None) -> dict[str, Any]:
    """Merge layers, the lowest first, so that each says only what differs.

    >>> merge_deep([{"a": {"x": 1, "y": 2}, "b": [1]}, {"a": {"x": 9}, "b": [2]}])
    {'a': {'x': 9, 'y': 2}, 'b': [2]}

    A mapping that changes its kind starts afresh: what a lower layer said of another kind does not count.

    >>> merge_deep([{"engine": {"threads": 2}}, {"engine": {"type": "spark"}}], Kind("type", "duckdb"))
    {'engine': {'type': 'spark'}}

    One that is left empty says nothing.

    >>> merge_deep([{"engine": {"threads": 2}}, {"engine": None}], Kind("type", "duckdb"))
    {'engine': {'threads': 2}}

    Args:
        layers: the layers as they were read, with their interpolations.
        kind: the key that tells the kinds of mappings apart.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _merge_two(merged, layer, kind)
    return merged


def _merge_two(lower: Mapping[str, Any], upper: Mapping[str, Any], kind: Kind | None) -> dict[str, Any]:
    if kind and upper.get(kind.key) is not None and upper[kind.key] != lower.get(kind.key, kind.default):
        return dict(upper)
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if kind and value is None and (isinstance(below, Mapping) or key == kind.key):
            continue
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _merge_two(below, value, kind)
        merged[key] = value
    return merged
