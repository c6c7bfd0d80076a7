"""From column to column, up to where it comes from or down to where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from kedro_faucet.ledger.lineage.graph import ROWS, VALUE, Edge, Lineage
from kedro_faucet.nodes.lineage import ALL, Place

UP, DOWN = "up", "down"


@dataclass(frozen=True)
class Step:
    """A step from one column to the next.

    Args:
        direction: ``up`` or ``down``.
        depth: how many steps it is away.
        edge: what depends on what.
        why: why it is not told by column, where it is not.
        is_again: whether what follows has been told before.
    """

    direction: str
    depth: int
    edge: Edge
    why: str = ""
    is_again: bool = False

    @property
    def place(self) -> Place:
        """The column that the step leads to."""
        return self.edge.source if self.direction == UP else self.edge.to


def walk(lineage: Lineage, start: Place, direction: str, most: int | None = None) -> Iterator[Step]:
    """Yield the steps from a column, each followed by those behind it; only values are followed.

    Args:
        lineage: where.
        start: the column; ``*`` for all of a dataset: up, each column's own sources are told, and no more.
        direction: ``up`` or ``down``.
        most: how many steps to go; None for all.
    """
    follow = lineage.above if direction == UP else lineage.below
    if start.column != ALL or direction == DOWN:
        yield from _steps(lineage, follow, start, direction, most, 1, {})
        return
    columns = [Place(start.dataset, name) for name in lineage.columns(start.dataset)]
    edges = [edge for column in columns for edge in lineage.above(column)]
    rows = dict.fromkeys(edge._replace(to=start) for edge in edges if edge.kind == ROWS)
    for edge in (*(edge for edge in edges if edge.kind != ROWS), *rows):
        yield Step(UP, 1, edge, lineage.why(start.dataset))


def _steps(
    lineage: Lineage,
    follow: Callable[[Place], Iterable[Edge]],
    place: Place,
    direction: str,
    most: int | None,
    depth: int,
    seen: dict[Place, bool],
) -> Iterator[Step]:
    """Yield the steps behind a place; `seen` tells of those that were behind which there is more."""
    for edge in follow(place):
        step = Step(direction, depth, edge, lineage.why(edge.to.dataset))
        is_followed = edge.kind == VALUE and (most is None or depth < most)
        is_again = is_followed and step.place in seen
        yield replace(step, is_again=is_again and seen[step.place])
        if is_followed and not is_again:
            seen[step.place] = True
            behind = list(_steps(lineage, follow, step.place, direction, most, depth + 1, seen))
            seen[step.place] = bool(behind)
            yield from behind
