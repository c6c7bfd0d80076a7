"""Windows: units in which series can learn from each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from panels import side_by_side, wave

from kedro_faucet.nodes.forecast.global_models.windows import Relative, Windows, window_length
from kedro_faucet.nodes.forecast.panel import Floats

waves = st.builds(
    wave,
    st.integers(1, 60),
    st.sampled_from([4, 12]),
    st.sampled_from([0, 20, 500]),
    st.floats(0, 2),
    st.integers(0, 99),
)
counts = st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0]), max_size=60).map(lambda more: np.array([3.0, *more]))
constants = st.builds(np.full, st.integers(1, 30), st.sampled_from([5.0, -2.0, 1e12, 1e-9]))
many_series = st.lists(st.one_of(waves, counts, constants), min_size=1, max_size=6)
some_seasons = st.sampled_from([(), (4,), (12,), (4, 12)])


@example([wave(15, 4, 0, 0.0, 0)], (4,), True, 0)  # positive without its season alone
@given(many_series, some_seasons, st.booleans(), st.integers(0, 99))
def test_what_came_comes_back(series: list[Floats], seasons: tuple[int, ...], adjusted: bool, seed: int) -> None:
    """Targets are the units of what came, and give it back; of a positive series what is not near zero."""
    series = [one + (np.abs(one).max() == 0) for one in series]
    panel = side_by_side(*series, seasons=seasons)
    sizes = np.array([np.abs(one).mean() for one in series])
    actual = np.random.default_rng(seed).uniform(0.3, 3, (5, len(series))) * sizes
    windows = Windows.of(panel, 6, 5, adjusted)
    assert windows.forecasts(windows.targets(actual)) == pytest.approx(actual, rel=1e-6)


@given(many_series, some_seasons, st.integers(1, 30), st.integers(0, 7), st.booleans())
def test_windows_do_not_depend_on_the_other_series(
    series: list[Floats], seasons: tuple[int, ...], length: int, before: int, adjusted: bool
) -> None:
    """Alone, in any order and after any padding, a series has the same window and forecasts to the last bit."""
    together = Windows.of(side_by_side(*series, seasons=seasons, before=before), length, 5, adjusted)
    ahead = together.forecasts(np.full((5, len(series)), 0.1))
    assert together.recent.shape == (length, len(series))
    for place, number in enumerate(together.order):
        alone = Windows.of(side_by_side(series[number], seasons=seasons), length, 5, adjusted)
        assert alone.recent[:, 0].tobytes() == together.recent[:, place].tobytes()
        assert alone.forecasts(np.full((5, 1), 0.1))[:, 0].tobytes() == ahead[:, number].tobytes()


def test_nothing_comes_of_nothing() -> None:
    """A series of zeros has no unit: whatever came is nothing to learn, and whatever is forecast is zero."""
    windows = Windows.of(side_by_side(np.zeros(9), np.arange(9.0)), 6, 2)
    targets = windows.targets(np.array([[5.0, 9], [1e9, 9]]))
    assert targets[:, 0].tolist() == [0, 0]
    assert windows.forecasts(np.full((2, 2), 0.5))[:, 0].tolist() == [0, 0]


@given(waves, some_seasons, st.sampled_from([1e-9, 1e-3, 1000.0, 1e12]))
def test_units_do_not_matter(series: Floats, seasons: tuple[int, ...], scale: float) -> None:
    """A series in other units looks the same, and its forecasts are in these units."""
    one, other = (Windows.of(side_by_side(each, seasons=seasons), 8, 3) for each in (series, series * scale))
    assert other.recent - other.level == pytest.approx(one.recent - one.level, rel=1e-6, abs=1e-6)
    ahead = np.full((3, 1), 0.2)
    assert other.forecasts(ahead) / scale == pytest.approx(one.forecasts(ahead), rel=1e-6, abs=1e-6)


def test_a_window_ends_with_the_last_value() -> None:
    """The last values stand in order, the latest at the end; before a series begins stands its mean."""
    windows = Windows.of(side_by_side(np.array([-2.0, 2, 4, -4]), np.array([1.0, np.e])), 3, 1)
    assert windows.recent[:, 0] * 3 / 4 == pytest.approx([0.5, 1, -1])
    assert windows.recent[:, 1] - windows.level[1] == pytest.approx([-0.5, -1, 0])


def test_a_positive_series_stays_positive() -> None:
    """However far down a forecast goes, a positive series has no negative one, and no warning."""
    windows = Windows.of(side_by_side(np.array([1.0, 2, 3])), 3, 2)
    made = windows.forecasts(np.array([[-1000.0], [1000.0]]))
    assert made.tolist() == [[0.0], [np.inf]]


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20).map(np.array))
def test_logarithms_are_of_positive_series_alone(values: Floats) -> None:
    """A series with a zero or a negative value is measured by its mean size, one without by logarithms."""
    relative = Relative.of(np.stack([values, -values, np.r_[values[:-1], 0.0]], axis=1))
    assert relative.positive.tolist() == [True, False, False]
    assert relative.apply(np.full((1, 3), 7.0))[0, 1] == pytest.approx(7 / np.abs(values).mean())


@pytest.mark.parametrize("season", range(1, 60))
def test_windows_hold_a_season(season: int) -> None:
    """A window holds a season and the value before it, if that is not more than 26 values; six at least."""
    assert 6 <= window_length(season) <= 26
    assert window_length(season) >= min(season + 1, 26)
