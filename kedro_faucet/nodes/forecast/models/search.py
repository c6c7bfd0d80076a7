"""What the vectorised models share: blocks of series side by side, and a search of each series' best parameters.

Numbers of all series stand in the same row, (time, series) or (grid, series), and each step is an elementwise operation
on such rows: so a series' numbers are the same to the last bit, whatever series stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kedro_faucet.nodes.forecast.panel import Floats

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
BLOCK = 384  # series side by side: enough to be worth a call each step, few enough for the second cache
VALUES = 2**20  # values in a block of long series
ROUNDING = 1e-9  # losses that differ by a smaller part are the same


@dataclass(frozen=True)
class Block:
    """Some series, the longest first, each divided by its largest absolute value.

    >>> block = Block.of(np.array([[2.0, np.nan], [4.0, 5.0]]))
    >>> block.values.tolist(), block.scale.tolist()
    ([[0.5, 0.0], [1.0, 1.0]], [4.0, 5.0])
    >>> list(block.spans())
    [(range(0, 1), 1, 1), (range(1, 2), 2, 2)]

    Args:
        values: shape (time, series), zero before a series begins.
        lengths: how many values each series has, falling.
        scale: what each series was divided by.
    """

    values: Floats
    lengths: Ints
    scale: Floats

    @classmethod
    def of(cls, values: Floats) -> Block:
        """Return the block of some series, the longest first, with NaN before they begin."""
        known = np.isfinite(values)
        values = np.where(known, values, 0.0)
        largest = np.abs(values).max(axis=0)
        scale = np.where(largest > 0, largest, 1.0)
        return cls(values / scale, known.sum(axis=0), scale)

    @cached_property
    def begins(self) -> Ints:
        """The row of each series' first value."""
        begins: Ints = len(self.values) - self.lengths
        return begins

    @cached_property
    def known(self) -> Floats:
        """One where a series has begun, zero before."""
        return (np.arange(len(self.values))[:, None] >= self.begins).astype(float)

    @cached_property
    def first(self) -> Floats:
        """Each series' first value."""
        return self.at(0)

    def at(self, steps: int | Ints) -> Floats:
        """Return each series' value some steps after its first one."""
        found: Floats = self.values[self.begins + steps, np.arange(len(self.lengths))]
        return found

    def spans(self, skip: Ints | int = 0) -> Iterator[tuple[range, int, int]]:
        """Yield rows together with how many series have begun there, and how many count: these are the first ones.

        Args:
            skip: how many of its first values do not count in a series' loss; may not fall with the length.
        """
        counted = self.begins + skip
        edges = np.unique(np.append(self.begins, counted[counted < len(self.values)]))
        for begin, end in pairwise([*edges.tolist(), len(self.values)]):
            live, counts = (int(np.searchsorted(starts, begin, side="right")) for starts in (self.begins, counted))
            yield range(begin, end), live, counts

    def take(self, series: Mask | Ints) -> Block:
        """Return some of its series."""
        lengths = self.lengths[series]
        rows = len(self.values) - int(lengths.max(initial=0))
        return Block(self.values[rows:, series], lengths, self.scale[series])


def by_length(lengths: Ints) -> Iterator[Ints]:
    """Yield the positions of series that have values in blocks, the longest first: so little of a block is padding.

    >>> [positions.tolist() for positions in by_length(np.array([3, 9, 5]))]
    [[1, 2, 0]]
    """
    order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    begin = 0
    while begin < len(order):
        end = begin + max(1, min(BLOCK, VALUES // int(lengths[order[begin]])))
        yield order[begin:end]
        begin = end


@dataclass(frozen=True)
class Axis:
    """One parameter: the points of its grid, and its bounds in the search around the best of them.

    >>> Axis((0.25, 0.75), 0.1, 0.9).step
    0.25
    """

    points: tuple[float, ...]
    lower: float
    upper: float

    @property
    def step(self) -> float:
        """How far the search looks first: half the way to the next point."""
        return (self.points[1] - self.points[0]) / 2 if len(self.points) > 1 else 0.0


@dataclass
class State:
    """Arrays of one shape, (grid, series): what is known of each series at each point of a grid."""

    def head(self, series: int) -> Self:
        """Return the state of the first series: views of the same arrays."""
        return type(self)(*(array[..., :series] for array in vars(self).values()))


Loss = Callable[[Floats], Floats]


def grid(axes: Sequence[Axis]) -> Floats:
    """Return all points of a grid, shape (parameters, grid, 1).

    >>> grid([Axis((0.2, 0.6), 0.1, 0.9), Axis((1.0,), 1.0, 1.0)])[..., 0].tolist()
    [[0.2, 0.6], [1.0, 1.0]]
    """
    return np.array(list(product(*(axis.points for axis in axes)))).T[:, :, None]


def search(loss: Loss, axes: Sequence[Axis], points: Floats, rounds: int) -> Floats:
    """Return each series' best parameters, shape (parameters, series): of some points, then of smaller steps around.

    >>> axes = [Axis((0.2, 0.6), 0.1, 0.9)]
    >>> best = search(lambda p: (p[0] - np.array([0.31, 0.75])) ** 2, axes, grid(axes), rounds=6)
    >>> best.round(2).tolist()
    [[0.31, 0.75]]

    Args:
        loss: takes parameters, shape (parameters, points, series or 1), and returns what to minimise, (points, series).
        axes: the parameters.
        points: where to begin, shape (parameters, points, series or 1).
        rounds: how often to look around, each time half as far.
    """
    best, least = _best(points, loss(points))
    for step in range(rounds):
        around = _around(axes, best, 0.5**step)
        losses = np.concatenate([least[None], loss(around)])
        best, least = _best(np.concatenate([best[:, None], around], axis=1), losses)
    return best


def _best(points: Floats, losses: Floats) -> tuple[Floats, Floats]:
    """Return each series' first point of least loss, and that loss; losses that differ by rounding are the same."""
    every = np.broadcast_to(points, (len(points), *losses.shape))
    least = losses.min(axis=0)
    chosen = (losses <= least * (1 + ROUNDING)).argmax(axis=0)
    return every[:, chosen, np.arange(losses.shape[1])], least


def _around(axes: Sequence[Axis], best: Floats, part: float) -> Floats:
    """Return the neighbours of each series' best point, a part of a step away along each axis."""
    steps = np.diag([axis.step * part for axis in axes])[:, [axis.step > 0 for axis in axes]]
    moves = np.concatenate([-steps, steps], axis=1)[:, :, None]
    lower, upper = (np.array(bounds)[:, None, None] for bounds in zip(*((a.lower, a.upper) for a in axes), strict=True))
    around: Floats = np.clip(best[:, None] + moves, lower, upper)
    return around
