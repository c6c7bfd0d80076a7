from __future__ import annotations

import numpy as np
import pytest
from panels import side_by_side, wave

from kedro_faucet.nodes.forecast.models.intermittent import TSB
from kedro_faucet.nodes.forecast.models.statistical import MEMBERS, Statistical


def test_the_combination_is_the_mean_of_its_members() -> None:
    """A series without zeros gets the mean of the members' forecasts."""
    panel = side_by_side(wave(60, 12, size=9), wave(50, 12, level=-40), wave(7, 12), seasons=(12,))
    mean = np.mean([member.predict(panel, 15) for member in MEMBERS], axis=0)
    assert Statistical().predict(panel, 15) == pytest.approx(mean)


def test_what_was_never_negative_is_not_forecast_negative() -> None:
    """A falling series without negative values ends at zero, one with a negative value goes on falling."""
    y = np.arange(20.0, 0, -1)
    forecasts = Statistical().predict(side_by_side(y, y - 2), 40)
    assert forecasts[:, 0].min() == 0
    assert forecasts[:, 1].min() < -2


def test_intermittent_demand_is_half_tsb() -> None:
    """Beside other series, rare demand is forecast by the mean of TSB and of the members."""
    demand = np.tile([0.0, 0, 5, 0, 0, 0, 1], 6)
    panel = side_by_side(demand, wave(42, 12))
    mean = np.mean([member.predict(panel, 3) for member in MEMBERS], axis=0)[:, 0]
    assert Statistical().predict(panel, 3)[:, 0] == pytest.approx((mean + TSB().predict(panel, 3)[:, 0]) / 2)


def test_closed_on_weekends_is_a_season() -> None:
    """Zeros that come back each week are a season: they are forecast where they belong."""
    y = np.tile([9.0, 11, 10, 12, 14, 0, 0], 12) + np.random.default_rng(0).normal(0, 0.1, 84) * np.tile(
        [1] * 5 + [0] * 2, 12
    )
    forecasts = Statistical().predict(side_by_side(y, seasons=(7,)), 7)[:, 0]
    assert forecasts == pytest.approx([9, 11, 10, 12, 14, 0, 0], abs=0.3)
