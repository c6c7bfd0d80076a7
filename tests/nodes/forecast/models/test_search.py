from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet.nodes.forecast.models import search as searching
from kedro_faucet.nodes.forecast.models.search import Axis, Block, by_length, grid, search
from kedro_faucet.nodes.forecast.panel import Floats

AXES = (Axis((0.1, 0.5, 0.9), 0.05, 0.95), Axis((2.0,), 2.0, 2.0), Axis((-1.0, 1.0), -2.0, 2.0))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_blocks_hold_each_series_once(lengths: list[int]) -> None:
    """Every series with values is in one block, the longest first."""
    order = np.concatenate([*by_length(np.array(lengths)), np.array([], dtype=int)]).tolist()
    assert sorted(order) == [position for position, length in enumerate(lengths) if length]
    assert [lengths[position] for position in order] == sorted(filter(None, lengths), reverse=True)


def test_blocks_of_long_series_are_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block holds a bounded number of values, and at least one series."""
    monkeypatch.setattr(searching, "VALUES", 10)
    assert [block.tolist() for block in by_length(np.array([4, 50, 5, 2]))] == [[1], [2, 0], [3]]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9), st.integers(0, 3))
def test_spans_name_the_series_that_have_begun(lengths: list[int], skip: int) -> None:
    """At each row, the first so many series have begun, and the first so many count."""
    lengths = sorted(lengths, reverse=True)
    values = np.array([[np.nan] * (lengths[0] - length) + [1.0] * length for length in lengths]).T
    seen = {row: (live, counts) for rows, live, counts in Block.of(values).spans(skip) for row in rows}
    begins = [lengths[0] - length for length in lengths]
    assert seen == {
        row: (sum(begin <= row for begin in begins), sum(begin + skip <= row for begin in begins))
        for row in range(lengths[0])
    }


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_search_of_one_parameter_finds_the_least_loss(one: float, other: float) -> None:
    """The best point within the bounds is found, each series for itself."""
    target = np.array([one, other])
    best = search(lambda points: (points[0] - target) ** 2, AXES[:1], grid(AXES[:1]), rounds=12)
    assert best[0] == pytest.approx(np.clip(target, 0.05, 0.95), abs=1e-3)


@given(st.floats(0, 1), st.floats(-2, 2))
def test_the_search_of_more_is_no_worse_than_the_grid(alpha: float, beta: float) -> None:
    """Of several parameters the point found is at least as good as the grid's best, and within the bounds."""

    def loss(points: Floats) -> Floats:
        return (points[0] - alpha) ** 2 + (points[0] + points[2] - beta) ** 2 + np.zeros((1, 1))

    best = search(loss, AXES, grid(AXES), rounds=3)
    assert loss(best[:, None]).item() <= loss(grid(AXES)).min()
    assert (np.array([[0.05], [2], [-2]]) <= best).all()
    assert (best <= np.array([[0.95], [2], [2]])).all()


def test_the_first_of_equal_points_wins() -> None:
    """Losses that rounding alone sets apart do not choose a later point."""
    losses = np.array([[1.0, 2.0], [1.0 - 1e-15, 1.0], [1.0, 1.0]])
    assert search(lambda points: losses, AXES[:1], grid(AXES[:1]), rounds=0).tolist() == [[0.1, 0.5]]
