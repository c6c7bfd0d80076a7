"""Where a value was written: the line of a key in a YAML file, looked for only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import yaml

Path = tuple[Any, ...]


class Fault(Exception):
    """What is wrong at which keys of which kind of file; the loader adds the files and lines.

    >>> raise Fault("providers", [(("lake", "path"), "is missing")])
    Traceback (most recent call last):
    kedro_faucet.config.origin.Fault: providers: [(('lake', 'path'), 'is missing')]
    """

    def __init__(self, key: str, faults: Sequence[tuple[Path, str]]) -> None:
        """Keep the faults, each with the path of keys that leads to it."""
        super().__init__(f"{key}: {faults}")
        self.key, self.faults = key, faults


class Place(NamedTuple):
    """How many keys of a path a file has, and the line of the last of them."""

    depth: int
    line: int


def find(text: str, path: Path) -> Place:
    """Return the line of the value that a path of keys leads to, or of the deepest key that is there.

    >>> text = "lake:\\n  service: file\\n  path: data\\n"
    >>> find(text, ("lake", "path"))
    Place(depth=2, line=3)
    >>> find(text, ("lake", "format"))
    Place(depth=1, line=1)
    >>> find(text, ("source",))
    Place(depth=0, line=1)
    """
    node, place = yaml.compose(text, Loader=yaml.SafeLoader), Place(0, 1)
    for depth, key in enumerate(path, start=1):
        for name, at, child in _children(node):
            if str(name) == str(key):
                node, place = child, Place(depth, at.start_mark.line + 1)
                break
        else:
            return place
    return place


def _children(node: yaml.Node | None) -> Iterator[tuple[Any, yaml.Node, yaml.Node]]:
    """Yield name, place and value of what a node holds."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((index, value, value) for index, value in enumerate(node.value))


def keys_of(config: Any, full_key: str) -> Path:
    """Return the path of keys that OmegaConf writes with dots, though keys hold dots too.

    >>> keys_of({"engine": {"config": {"spark.sql.x": 1}}}, "engine.config.spark.sql.x")
    ('engine', 'config', 'spark.sql.x')
    """
    if not isinstance(config, dict):
        return ()
    for key, value in config.items():
        if full_key == str(key):
            return (key,)
        if full_key.startswith((f"{key}.", f"{key}[")):
            return (key, *keys_of(value, full_key[len(str(key)) + 1 :]))
    return ()
