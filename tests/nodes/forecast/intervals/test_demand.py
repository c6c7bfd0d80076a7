"""Intervals of intermittent demand: whole, and as often right as they say."""

from __future__ import annotations

import numpy as np
import pytest
from panels import side_by_side
from sales import series

from kedro_faucet.nodes.forecast import forecast
from kedro_faucet.nodes.forecast.catalogue import Named
from kedro_faucet.nodes.forecast.intervals import fit
from kedro_faucet.nodes.forecast.intervals.demand import Demand, sparse
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.intermittent import SBA, TSB, Croston
from kedro_faucet.nodes.forecast.panel import Floats

HORIZON = 14
every = pytest.mark.parametrize(
    "model", [Croston(), SBA(), TSB(), Named("Mine", Croston())], ids=lambda model: model.name
)


def demand(share: float | None, count: int, seed: int, periods: int = 100 + HORIZON) -> Floats:
    """Series of demands now and then, in differing shares of periods if none is given, of geometric sizes."""
    draw = np.random.default_rng(seed)
    shares = draw.uniform(0.03, 0.7, count) if share is None else np.full(count, share)
    sizes = draw.geometric(1 / draw.uniform(1, 20, count), (periods, count))
    return np.where(draw.random((periods, count)) < shares, sizes, 0).astype(float)


def bounds(model: Model, values: Floats, level: int = 80) -> tuple[Floats, Floats, Floats]:
    """Forecasts of the last periods, and their bounds, from what was before."""
    panel = side_by_side(*values[:-HORIZON].T)
    made = fit(model, panel, HORIZON, (level,)).predict(panel, HORIZON)
    return made[model.name], made[f"{model.name}-lo-{level}"], made[f"{model.name}-hi-{level}"]


@pytest.mark.parametrize("model", [Croston(), SBA(), TSB()], ids=lambda model: model.name)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, None])
@pytest.mark.parametrize("count", [10, 40])
def test_intervals_hold_what_they_say(model: Model, share: float | None, count: int) -> None:
    """Of demands of any rarity, 80 % lie in 80 % intervals; more only where the zeros alone are more.

    Of twelve panels of 40 series the share varies by about a point and a half.
    """
    held, zeros = [], []
    for seed in range(480 // count):
        values = demand(share, count, seed)
        _, low, high = bounds(model, values)
        held.append(np.mean((values[-HORIZON:] >= low) & (values[-HORIZON:] <= high)) * 100)
        zeros.append(np.mean(values[-HORIZON:] == 0) * 100)
    assert np.mean(held) >= 77
    assert np.mean(held) <= max(84, np.mean(zeros) + 3)


@every
def test_bounds_are_values_that_the_series_had(model: Model) -> None:
    """An interval goes from zero to a demand of the series, or to the forecast where it is the higher."""
    values = demand(None, 40, 1)
    point, low, high = bounds(model, values)
    intermittent = sparse(side_by_side(*values[:-HORIZON].T))
    assert intermittent.sum() > 30
    for line in np.flatnonzero(intermittent):
        assert (low[:, line] == 0).all()
        assert np.isin(high[:, line], [*values[:-HORIZON, line], *point[:, line]]).all()
    assert (low <= point).all()
    assert (point <= high).all()


@every
def test_other_series_have_intervals_of_errors(model: Model) -> None:
    """A series that is rarely zero has an interval around its forecast, beside intermittent ones and alone."""
    steady = np.random.default_rng(0).normal(100, 5, (100 + HORIZON, 30))
    for values in (steady, np.concatenate([steady, demand(0.2, 30, 0)], axis=1)):
        _, low, high = bounds(model, values)
        assert (low[:, :30] > 50).all()
        held = (values[-HORIZON:, :30] >= low[:, :30]) & (values[-HORIZON:, :30] <= high[:, :30])
        assert 70 <= held.mean() * 100 <= 90


@every
def test_a_series_without_demand_has_none_ahead(model: Model) -> None:
    """Of zeros alone the interval is zero."""
    values = demand(0.2, 30, 2)
    values[:, :3] = 0
    for made in bounds(model, values):
        assert not made[:, :3].any()


def test_what_is_beyond_a_series_largest_value_is_told_by_its_size() -> None:
    """A rank beyond 1 is a multiple of the largest value, of the usual demand where there was none, never less."""
    panel = side_by_side(np.array([0.0, 0, 0, 10]), np.zeros(4))
    for rank, expected in ((0.5, [0, 0]), (0.75, [10, 0]), (1.0, [10, 0]), (1.5, [10, 4]), (3.0, [20, 16])):
        made = Demand({80: np.array([rank])}, usual=8.0).bounds(panel, 80, np.zeros((1, 2)), (np.ones((1, 2)),) * 2)
        assert made[1].tolist() == [expected]


def test_a_single_series_is_forecast() -> None:
    """One short intermittent series has finite, nested intervals."""
    made = forecast(series("a", [0, 0, 3, 0, 0, 1, 0, 0, 0, 2, 0, 0]), 2, ["croston", "sba", "tsb"])
    for row in made.to_pylist():
        assert 0 == row["Croston-lo-95"] <= row["Croston-hi-80"] <= row["Croston-hi-95"] <= 10
