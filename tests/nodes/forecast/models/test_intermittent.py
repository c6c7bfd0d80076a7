from __future__ import annotations

import numpy as np
import pytest
from panels import side_by_side

from kedro_faucet.nodes.forecast.models.intermittent import SBA, TSB, Croston, IntermittentModel, is_intermittent
from kedro_faucet.nodes.forecast.models.search import Block

MODELS: list[IntermittentModel] = [Croston(), SBA(), TSB()]
every = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@every
def test_the_level_of_steady_demand_is_its_mean(model: IntermittentModel) -> None:
    """Demands that keep their size and interval are forecast at their rate, SBA's a little lower."""
    y = np.tile([0.0, 0, 0, 8], 20)
    assert model.predict(side_by_side(y), 2)[:, 0] == pytest.approx([2, 2], rel=0.15)


@every
def test_many_series_of_random_demand_are_hardly_biased(model: IntermittentModel) -> None:
    """Over many series of Poisson demand, the mean forecast is the mean demand to a few percent."""
    y = np.random.default_rng(0).poisson(0.4, (80, 200)).astype(float)
    forecasts = model.predict(side_by_side(*y.T), 1)
    assert forecasts.mean() == pytest.approx(0.4, rel=0.06)


def test_demand_that_ended_fades_with_tsb_alone() -> None:
    """Since the last demand, TSB's forecast falls towards zero; Croston's stays."""
    y = np.r_[np.tile([0.0, 6], 15), np.zeros(30)]
    tsb, croston = (model.predict(side_by_side(y), 1)[0, 0] for model in (TSB(), Croston()))
    assert tsb < 0.2
    assert croston > 1


@every
def test_no_demand_is_forecast_of_none(model: IntermittentModel) -> None:
    """A series of zeros goes on with zeros."""
    assert model.predict(side_by_side(np.zeros(9)), 2)[:, 0].tolist() == [0, 0]


def test_the_interval_tells_what_is_intermittent() -> None:
    """A demand less often than in three of four periods is intermittent; a negative value is no demand."""
    series = [np.tile(y, 3) for y in ([1.0, 1, 1, 0], [1.0, 1, 0, 0], [1.0, -1, 0, 0], [0.0, 0, 0, 0])]
    assert is_intermittent(Block.of(side_by_side(*series).values)).tolist() == [False, True, False, True]
