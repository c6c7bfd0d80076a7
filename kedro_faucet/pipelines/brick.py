"""How a brick becomes a node: named, tagged, and shown with its SQL by Kedro-Viz."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kedro.pipeline import Node, node
from kedro.pipeline.preview_contract import MermaidPreview, TextPreview


class Brick(Protocol):
    """What a node is made of."""

    @property
    def build(self) -> Callable[..., Any]:
        """The function of the node."""
        ...


class ShowsSql(Protocol):
    """What can show its SQL."""

    def sql(self) -> str:
        """Return the SQL."""
        ...


@dataclass(frozen=True)
class SqlPreview:
    """Shows a brick's SQL."""

    brick: ShowsSql

    def show(self) -> TextPreview:
        """Return the SQL as text."""
        return TextPreview(content=self.brick.sql().strip(), meta={"language": "sql"})


@dataclass(frozen=True)
class DiagramPreview:
    """Shows a diagram."""

    text: str

    def show(self) -> MermaidPreview:
        """Return the diagram."""
        return MermaidPreview(content=self.text)


def brick_node(
    brick: Brick,
    inputs: Sequence[str] | Mapping[str, str],
    output: str,
    *,
    name: str,
    tag: str,
    preview: SqlPreview | DiagramPreview | None,
) -> Node:
    """Return the node of a brick.

    Args:
        brick: the brick.
        inputs: the datasets that ``build`` takes, in order or by argument.
        output: the dataset that it makes.
        name: the node's name; what Kedro does not allow in it becomes ``_``.
        tag: the chapter.
        preview: what Kedro-Viz shows beside the node, if anything.
    """
    with warnings.catch_warnings():
        # Previews of nodes are new in Kedro, which says so at each; our users did not ask for them.
        warnings.simplefilter("ignore")
        return node(
            brick.build,
            dict(inputs) if isinstance(inputs, Mapping) else list(inputs),
            output,
            name=re.sub(r"[^\w.-]+", "_", name),
            tags=[tag],
            preview_fn=preview.show if preview else None,
        )
