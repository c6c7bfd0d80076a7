from __future__ import annotations

import numpy as np
import pytest
from panels import side_by_side, wave

from kedro_faucet.nodes.forecast.models.search import Block
from kedro_faucet.nodes.forecast.models.season import adjust, has_season, indices
from kedro_faucet.nodes.forecast.models.statistical import Statistical
from kedro_faucet.nodes.forecast.panel import Floats


def block_of(*series: Floats) -> Block:
    """Return a block of series, the longest first."""
    return Block.of(side_by_side(*series).values)


def two_seasons(length: int, seed: int = 0) -> Floats:
    """Return a positive daily series with a week and a year in it."""
    time, noise = np.arange(length), np.random.default_rng(seed).normal(0, 0.1, length)
    return 100 * np.exp(0.3 * np.sin(2 * np.pi * time / 365) + 0.4 * np.sin(2 * np.pi * time / 7) + noise)


def walk(length: int, seed: int) -> Floats:
    """Return a random walk."""
    return 100 + np.cumsum(np.random.default_rng(seed).normal(0, 1, length))


def test_the_test_tells_seasons_from_noise() -> None:
    """A wave has a season, noise and a constant have none."""
    noise = np.random.default_rng(1).normal(0, 1, 60)
    assert has_season(block_of(wave(60, 12), noise, np.ones(60)), 12).tolist() == [True, False, False]


def test_too_few_cycles_show_no_season() -> None:
    """A season is found in three cycles, a long one in two, in fewer none."""
    peaks = np.tile([0.0] * 11 + [9.0], 3)
    assert has_season(block_of(peaks, peaks[1:]), 12).tolist() == [True, False]
    assert has_season(block_of(wave(104, 52, noise=0), wave(103, 52, noise=0)), 52).tolist() == [True, False]


def test_a_random_walk_has_seldom_a_long_season() -> None:
    """Ups and downs of a random walk are not taken for a season of a year."""
    walks = block_of(*(walk(365 * 3, seed) for seed in range(40)))
    assert has_season(walks, 365).sum() <= 4


def test_factors_of_positive_series_terms_of_others() -> None:
    """A positive series is divided by its season, one with a negative value has it subtracted."""
    adjusted = adjust(block_of(wave(48, 12, size=9), wave(48, 12, level=-2, size=9)), (12,), 12)
    assert adjusted.multiplicative.tolist() == [True, False]
    assert adjusted.additive.tolist() == [False, True]
    assert np.ptp(adjusted.factors[:, 0]) > 0.1
    assert adjusted.terms[:, 0].tolist() == [0] * 12
    assert np.ptp(adjusted.terms[:, 1]) > 0.1
    assert adjusted.factors[:, 1].tolist() == [1] * 12


def test_what_is_nearly_zero_each_season_is_subtracted() -> None:
    """A season with an index next to zero is taken out as terms, so that nothing is divided by next to nothing."""
    adjusted = adjust(block_of(np.tile([100.0, 100, 100, 1e-3], 10)), (4,), 4)
    assert adjusted.additive.tolist() == [True]
    assert adjusted.block.values.std() < 1e-9


@pytest.mark.parametrize("multiplicative", [True, False])
@pytest.mark.parametrize("season", [4, 7, 30])
def test_indices_are_the_pattern_that_was_put_in(multiplicative: bool, season: int) -> None:
    """Of a season without noise, classical decomposition finds the pattern, in phase with the end."""
    pattern = 1 + 0.5 * np.sin(2 * np.pi * np.arange(season) / season)
    found = indices(block_of(np.tile(pattern, 6)[3:]), season, multiplicative)[:, 0]
    largest = 1.0 if multiplicative else pattern.max()
    expected = pattern if multiplicative else (pattern - 1) / largest
    assert found == pytest.approx(expected, abs=0.02)


def test_indices_of_noise_are_drawn_together() -> None:
    """Where chance alone parts the means of the phases, the indices come nearer to one than these."""
    noise = 100 + np.random.default_rng(0).normal(0, 5, 48)
    found = indices(block_of(noise), 12, multiplicative=True)[:, 0]
    means = noise.reshape(4, 12).mean(axis=0) / noise.mean()
    assert np.abs(found - 1).max() < np.abs(means - 1).max() / 2


def test_two_seasons_are_both_taken_out() -> None:
    """A week and a year go on together for half a year, to within the noise."""
    y = two_seasons(365 * 3 + 180)
    forecast = Statistical().predict(side_by_side(y[:-180], seasons=(7, 365)), 180)[:, 0]
    assert np.abs(forecast / y[-180:] - 1).mean() < 0.1


def test_restored_forecasts_carry_the_season() -> None:
    """A flat forecast of the adjusted series gets the season back, in the series' units."""
    y = np.tile([10.0, 20, 30, 40], 5)
    adjusted = adjust(block_of(y), (4,), 6)
    assert adjusted.restore(adjusted.block.values[-1:])[:, 0] == pytest.approx([10, 20, 30, 40, 10, 20])


def test_the_floor_is_zero_with_the_season_back() -> None:
    """Forecasts at the floor are zero for a series without negative values; for another, there is no floor."""
    values = np.tile([0.0, 4, 8, 4], 6)
    adjusted = adjust(block_of(values, values - 1), (4,), 4)
    assert adjusted.restore(adjusted.floor[:, :1].repeat(2, axis=1))[:, 0] == pytest.approx(np.zeros(4))
    assert np.isneginf(adjusted.floor[:, 1]).all()
