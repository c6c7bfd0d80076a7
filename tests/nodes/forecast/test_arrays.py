"""Sums along time: the same whatever stands beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from panels import side_by_side

from kedro_faucet.nodes.forecast.arrays import mean, seasonal_differences, total
from kedro_faucet.nodes.forecast.panel import Floats

values = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40).map(np.array)


@example([np.array([-0.0]), np.array([1.0, 2])], 1, 1)
@given(st.lists(values, min_size=1, max_size=6), st.integers(0, 9), st.sampled_from([1, 4, 7]))
def test_sums_do_not_depend_on_the_other_columns(series: list[Floats], before: int, season: int) -> None:
    """A column has the same sum, mean and differences, to the last bit, alone and beside others, however padded."""
    panel = side_by_side(*series, before=before)
    zeros = np.where(np.isfinite(panel.values), panel.values, 0.0)
    for number, alone in enumerate(series):
        one = alone[:, None]
        assert total(zeros)[number].tobytes() == total(one)[0].tobytes()
        assert mean(panel.values)[number].tobytes() == mean(one)[0].tobytes()
        for many, single in zip(
            seasonal_differences(panel.values, season), seasonal_differences(one, season), strict=True
        ):
            assert many[number].tobytes() == single[0].tobytes()


@given(st.lists(st.floats(-1e9, 1e9), max_size=40), st.integers(0, 9))
def test_a_total_is_added_in_order(values: list[float], before: int) -> None:
    """The sum is that of adding one value after the other, whatever zeros stand before and series beside."""
    rows = np.array([0.0] * before + values)[:, None]
    assert total(rows)[0] == total(rows * np.ones(5))[3] == sum(values, 0.0)


@given(values, st.sampled_from([1, 4]))
def test_differences_are_those_of_a_season(series: Floats, season: int) -> None:
    """The mean absolute and squared differences are numpy's, to the season before or, in short series, the value."""
    lag = season if len(series) > season + 2 else 1
    changes = series[lag:] - series[:-lag]
    found = [scale[0] for scale in seasonal_differences(series[:, None], season)]
    if not len(changes):
        assert np.isnan(found).all()
    else:
        assert found == pytest.approx([np.abs(changes).mean(), (changes**2).mean()])


def test_the_mean_of_nothing_is_nothing() -> None:
    """Where no value is known the mean is NaN, without a warning."""
    assert np.isnan(mean(np.full((3, 1), np.nan))).all()
