"""What a node needs that is kept nowhere: the nodes that make it have to run before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.ledger.versions import appends, is_kept


class Needs:
    """The nodes of a pipeline, with what goes between them in memory.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's.
    """

    def __init__(self, pipeline: Any, catalog: Any) -> None:
        """Find out who makes what."""
        self._catalog = catalog
        self.makers: dict[str, Any] = {name: node for node in pipeline.nodes for name in node.outputs}
        self._used = {name for node in pipeline.nodes for name in node.inputs}

    def is_kept(self, name: str) -> bool:
        """Tell whether a dataset is there when the run is over."""
        return name in self._catalog and is_kept(self._catalog.get(name))

    def passes_on(self, node: Any) -> bool:
        """Tell whether a node makes nothing but what others of the pipeline take from memory."""
        return bool(node.outputs) and all(name in self._used and not self.is_kept(name) for name in node.outputs)

    def before(self, node: Any) -> list[Any]:
        """Return the nodes whose outputs in memory a node needs, also by way of others."""
        found: dict[str, Any] = {}
        todo = [node]
        while todo:
            for name in todo.pop().inputs:
                maker = self.makers.get(name)
                if maker is not None and not self.is_kept(name) and maker.name not in found:
                    found[maker.name] = maker
                    todo.append(maker)
        return list(found.values())

    def appends(self, node: Any) -> bool:
        """Tell whether a node that runs again adds its rows again."""
        return any(self.is_kept(name) and appends(self._catalog.get(name)) for name in node.outputs)

    def complete(self, nodes: Iterable[Any], ready: Collection[str] = ()) -> list[Any]:
        """Return nodes with those that have to run before them.

        Args:
            nodes: which are to run.
            ready: the names of those that have run, so that what they make is in memory.

        Raises:
            ResourceError: if one of these would add rows again.
        """
        chosen = {node.name: node for node in nodes}
        for node in list(chosen.values()):
            for maker in self.before(node):
                if maker.name in ready or maker.name in chosen:
                    continue
                if self.appends(maker):
                    raise ResourceError(
                        f"Node '{node.name}' has to run, and needs what '{maker.name}' keeps in memory alone; that "
                        "would add its rows again. Give what it hands on an entry in catalog.yml that keeps it."
                    )
                chosen[maker.name] = maker
        return list(chosen.values())
