"""A small neural network for absolute errors, in numpy: scikit-learn's has squared errors alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Numbers = NDArray[np.floating]

NEAR = 0.3
"""Errors smaller than this count by their square, larger ones by their size."""
BATCH = 128


@dataclass(frozen=True)
class Perceptron:
    """Layers of rectified linear units, fitted to several targets at once.

    Huber's loss, Adam (D. Kingma, J. Ba: Adam: A Method for Stochastic Optimization, 2015) and a learning rate that
    falls as a cosine to nothing; single precision.

    >>> inputs = np.linspace(-1, 1, 512, dtype=np.float32).reshape(-1, 1)
    >>> fitted = Perceptron.fit(inputs, np.abs(inputs), np.ones(512), hidden=(16, 16), steps=300, seed=0)
    >>> bool(np.abs(fitted.predict(inputs) - np.abs(inputs)).mean() < 0.05)
    True

    Args:
        weights: of each layer, shape (inputs, outputs).
        biases: of each layer, shape (outputs,).
    """

    weights: Sequence[Numbers]
    biases: Sequence[Numbers]

    @classmethod
    def fit(
        cls,
        inputs: NDArray[np.floating],
        targets: NDArray[np.floating],
        importance: NDArray[np.floating],
        *,
        hidden: tuple[int, ...] = (128, 128),
        steps: int = 1000,
        rate: float = 4e-3,
        seed: int = 0,
    ) -> Perceptron:
        """Return a network that was fitted to rows of inputs, shape (rows, inputs), and targets, (rows, targets).

        Args:
            inputs: about as large as a normal deviate.
            targets: likewise.
            importance: of each row, shape (rows,).
            hidden: the sizes of the hidden layers.
            steps: how many batches of 128 rows it learns from.
            rate: the first learning rate.
            seed: of the first weights and of the order of rows.
        """
        random = np.random.default_rng(seed)
        rows, outcomes = inputs.astype(np.float32), targets.astype(np.float32)
        share = (importance / importance.mean()).astype(np.float32)[:, None]
        network = cls._first((rows.shape[1], *hidden, outcomes.shape[1]), outcomes, random)
        mover = _Adam.of(network.parameters)
        for step, batch in enumerate(_batches(len(rows), steps, random)):
            slopes = network._slopes(rows[batch], outcomes[batch], share[batch])
            mover.move(network.parameters, slopes, step + 1, rate * 0.5 * (1 + np.cos(np.pi * (step + 1) / steps)))
        return network

    @classmethod
    def _first(cls, sizes: tuple[int, ...], targets: Singles, random: np.random.Generator) -> Perceptron:
        """Return a network of random weights, whose forecasts are near the targets' medians."""
        pairs = list(pairwise(sizes))
        weights = [(random.standard_normal(pair) * np.sqrt(2 / pair[0])).astype(np.float32) for pair in pairs]
        weights[-1] *= np.float32(0.1)
        biases = [np.zeros(size, np.float32) for size in sizes[1:-1]]
        return cls(weights, [*biases, np.median(targets, axis=0).astype(np.float32)])

    @property
    def parameters(self) -> list[Any]:
        """The weights, then the biases."""
        return [*self.weights, *self.biases]

    def predict(self, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the forecasts, shape (rows, targets), in double precision.

        In single precision a row's products depend on where in a block it stands.
        """
        weights, biases = ([each.astype(np.float64) for each in part] for part in (self.weights, self.biases))
        made: NDArray[np.float64] = Perceptron(weights, biases)._layers(inputs.astype(np.float64))[-1]
        return made

    def _layers(self, rows: Numbers) -> list[Any]:
        """Return the inputs, and what each layer makes of what is before it."""
        made: list[Any] = [rows]
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            sums = made[-1] @ weights + biases
            made.append(sums if layer == len(self.weights) - 1 else np.maximum(sums, 0))
        return made

    def _slopes(self, rows: Singles, targets: Singles, share: Singles) -> list[Singles]:
        """Return how the loss of a batch changes with each parameter."""
        made = self._layers(rows)
        slope = np.clip(made.pop() - targets, -NEAR, NEAR) * share / np.float32(NEAR * targets.size)
        weights, biases = [], []
        for layer in reversed(range(len(self.weights))):
            weights.append(made[layer].T @ slope)
            biases.append(slope.sum(axis=0))
            if layer:
                slope = (slope @ self.weights[layer].T) * (made[layer] > 0)
        return [*reversed(weights), *reversed(biases)]


def _batches(rows: int, steps: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each step; all have had their turn before one has another."""
    count = max(1, rows // BATCH)
    for step in range(steps):
        if step % count == 0:
            order = random.permutation(rows)
        yield order[step % count :: count]


@dataclass(frozen=True)
class _Adam:
    """What Adam remembers of earlier steps: the means of the slopes and of their squares."""

    means: list[Singles]
    squares: list[Singles]

    @classmethod
    def of(cls, parameters: list[Singles]) -> _Adam:
        return cls([np.zeros_like(each) for each in parameters], [np.zeros_like(each) for each in parameters])

    def move(self, parameters: list[Singles], slopes: list[Singles], step: int, rate: float) -> None:
        """Move the parameters, in place."""
        length = np.float32(rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step))
        for each, slope, mean, square in zip(parameters, slopes, self.means, self.squares, strict=True):
            mean += np.float32(0.1) * (slope - mean)
            square += np.float32(0.001) * (slope * slope - square)
            each -= length * mean / (np.sqrt(square) + np.float32(1e-8))
