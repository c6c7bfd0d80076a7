from __future__ import annotations

import numpy as np
from panels import side_by_side

from kedro_faucet.nodes.forecast.models.naive import Drift, Naive, SeasonalNaive


def test_naive_repeats_the_last_value() -> None:
    """Naive forecasts the last value at each step."""
    panel = side_by_side(np.array([1.0, 2.0]), np.array([5.0]))
    assert Naive().predict(panel, 3).tolist() == [[2, 5]] * 3


def test_seasonal_naive_repeats_the_shortest_season() -> None:
    """Seasonal naive goes on with the last season, over and over."""
    panel = side_by_side(np.array([9.0, 1, 2, 3]), seasons=(3, 4))
    assert SeasonalNaive().predict(panel, 5)[:, 0].tolist() == [1, 2, 3, 1, 2]


def test_seasonal_naive_of_less_than_a_season_is_naive() -> None:
    """A series shorter than the season repeats its last value, alone or beside longer ones."""
    short, long = np.array([1.0, 2]), np.array([9.0, 1, 2, 3])
    assert SeasonalNaive().predict(side_by_side(short, seasons=(3,)), 2)[:, 0].tolist() == [2, 2]
    assert SeasonalNaive().predict(side_by_side(short, long, seasons=(3,)), 2).T.tolist() == [[2, 2], [1, 2]]


def test_drift_goes_on_from_first_to_last() -> None:
    """Drift draws the line through the first and the last value; one value stays."""
    panel = side_by_side(np.array([1.0, 9, 5]), np.array([4.0]))
    assert Drift().predict(panel, 2).T.tolist() == [[7, 9], [4, 4]]
