"""Spreads: how large errors tend to be, told by a series alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import side_by_side

from kedro_faucet.nodes.forecast.intervals.spread import Spread, signs
from kedro_faucet.nodes.forecast.models.naive import Naive
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import trials

RNG = np.random.default_rng(3)
KINDS = [RNG.normal(100, 5, 40), RNG.normal(0, 1, 60).cumsum(), np.tile([1.0, 9, 4, 2, 7, 3, 5], 6), np.arange(30.0)]
one_series = st.one_of(
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=40).map(np.array),
    st.builds(np.full, st.integers(1, 20), st.sampled_from([0.0, 5.0, -2.0])),
)


def learned(seasons: tuple[int, ...] = ()) -> Spread:
    """A spread that was learned from series of several kinds."""
    draw = np.random.default_rng(0)
    panel = side_by_side(*(draw.normal(size, size * draw.uniform(0, 1), 40) for size in range(1, 90)), seasons=seasons)
    tried = trials(panel, 4, [4, 6], least=8)
    return Spread.learn(tried, [Naive().predict(trial.past, 4) for trial in tried])


LEARNED = {seasons: learned(seasons) for seasons in ((), (4,), (7,))}


@given(
    st.lists(one_series, min_size=1, max_size=6),
    st.sampled_from(list(LEARNED)),
    st.integers(0, 9),
    st.randoms(use_true_random=False),
)
def test_a_spread_does_not_depend_on_the_other_series(
    series: list[Floats], seasons: tuple[int, ...], before: int, order: object
) -> None:
    """Alone, in any order and after any padding, a series has the same finite spread to the last bit."""
    spread = LEARNED[seasons]
    together = spread.of(side_by_side(*series, seasons=seasons, before=before))
    alone = [spread.of(side_by_side(one, seasons=seasons))[0] for one in series]
    back = spread.of(side_by_side(*series[::-1], seasons=seasons))
    assert together.tobytes() == np.array(alone).tobytes() == back[::-1].tobytes()
    assert np.isfinite(together).all()
    assert (together > 0).all()


@given(st.lists(st.floats(0.5, 1e3), min_size=1, max_size=30), st.sampled_from([1e-9, 1e-3, 1e3, 1e9]))
def test_spreads_scale_with_the_series(values: list[float], scale: float) -> None:
    """In other units a series has the same spread in these units."""
    one, other = LEARNED[()].of(side_by_side(np.array(values), np.array(values) * scale))
    assert other / scale == pytest.approx(one, rel=1e-6)


def test_unrest_is_learned() -> None:
    """Of series with the same mean change, those that err more get a wider spread where their past tells it."""
    draw = np.random.default_rng(1)
    steady, wild = (draw.normal(0, 1, (80, 60)) * np.where(np.arange(60) > late, 5, 1) for late in (99, 45))
    panel = side_by_side(*(100 + rows.cumsum() for rows in np.concatenate([steady, wild])))
    tried = trials(panel, 5, [5], least=8)
    spread = Spread.learn(tried, [Naive().predict(trial.past, 5) for trial in tried])
    plain, made = Spread.plain().of(panel), spread.of(panel)
    assert np.median(made[80:] / plain[80:]) > 1.3 * np.median(made[:80] / plain[:80])


@pytest.mark.parametrize("forecast", [np.nan, 0.0], ids=["no forecast", "no error"])
def test_nothing_to_learn_from(forecast: float) -> None:
    """Where a model forecast nothing, or without any error, the spread is the plain one; nothing warns."""
    panel = side_by_side(np.zeros(20), np.zeros(20))
    tried = trials(panel, 3, [3], least=8)
    spread = Spread.learn(tried, [np.full((3, 2), forecast)])
    assert spread.of(panel).tolist() == Spread.plain().of(panel).tolist()


def test_signs_are_finite() -> None:
    """Every sign of every kind and length of series is a number."""
    series = [kind[:length] for kind in KINDS for length in (1, 2, 3, 8, 30)]
    panel: Panel = side_by_side(*series, seasons=(7,))
    assert np.isfinite(signs(panel)).all()
