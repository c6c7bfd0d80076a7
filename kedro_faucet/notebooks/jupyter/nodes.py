"""``%load_node`` of Kedro, for nodes that are bricks: cells that load what a node reads, and build it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from kedro.pipeline import Node

from kedro_faucet.notebooks.node import variable_of


def install() -> None:
    """Let Kedro's magic write cells that run also for a method of a brick, whose source alone would not."""
    from kedro import ipython

    plain = ipython._load_node
    if getattr(plain, "knows_bricks", False):
        return

    @wraps(plain)
    def load_node(name: str, pipelines: Any) -> list[str]:
        for key, pipeline in pipelines.items():
            for node in pipeline.nodes:
                if node.name == name and hasattr(node.func, "__self__"):
                    return cells_of(node, key)
        found: list[str] = plain(name, pipelines)
        return found

    load_node.knows_bricks = True  # type: ignore[attr-defined]
    ipython._load_node = load_node  # type: ignore[assignment]


def cells_of(node: Node, pipeline: str = "__default__") -> list[str]:
    """Return the cells that do in a notebook what a node of ours does in a run.

    >>> from kedro_faucet.pipelines import copy
    >>> print("\\n".join(cells_of(copy("source", "lake", ["words"]).nodes[0])))
    words = catalog.load('source/words')
    [node] = pipelines['__default__'].filter(node_names=['copy_lake_words']).nodes
    brick = node.func.__self__
    brick
    result = brick.build(words)
    result

    Args:
        node: the node.
        pipeline: the name of a pipeline that it is in.
    """
    given: Any = node._inputs or []
    named = dict(given) if isinstance(given, Mapping) else {}
    datasets = list(named.values()) if named else [given] if isinstance(given, str) else list(given)
    variables = {dataset: variable_of(dataset) for dataset in datasets}
    if len(set(variables.values())) < len(variables):
        variables = {dataset: f"input_{number}" for number, dataset in enumerate(variables, 1)}
    arguments = [f"{name}={variables[dataset]}" for name, dataset in named.items()] or [
        variables[dataset] for dataset in datasets
    ]
    loads = [f"{variable} = catalog.load({dataset!r})" for dataset, variable in variables.items()]
    find = f"[node] = pipelines[{pipeline!r}].filter(node_names=[{node.name!r}]).nodes"
    cells = [f"{find}\nbrick = node.func.__self__\nbrick", f"result = brick.build({', '.join(arguments)})\nresult"]
    return ["\n".join(loads), *cells] if loads else cells
