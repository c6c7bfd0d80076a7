from __future__ import annotations

import sys

import numpy as np
import pytest

from kedro_faucet.exceptions import MissingExtraError
from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.models.base import SeriesModel
from kedro_faucet.nodes.forecast.models.statsforecast import StatsForecast
from kedro_faucet.nodes.forecast.panel import Floats, Panel

models = pytest.importorskip("statsforecast.models")


def panel_of(y: Floats, features: Floats | None = None) -> Panel:
    """Return a panel of one series with a season of four."""
    return Panel(np.array(["a"], dtype=object), y[:, None], np.array([9]), Frequency("QS"), (4,), features)


SEASON = np.tile([1.0, 5.0, 2.0, 9.0], 6) + np.random.default_rng(1).normal(0, 0.1, 24)


def test_the_figures_are_statsforecasts_own() -> None:
    """The forecast has the very bits that StatsForecast's own call gives."""
    theirs = models.SeasonalNaive(season_length=4).forecast(SEASON, h=6)["mean"]
    ours = StatsForecast(models.SeasonalNaive(season_length=4)).predict(panel_of(SEASON), 6)
    assert np.array_equal(ours[:, 0], theirs)


def test_the_alias_names_the_column() -> None:
    """Two models of a kind stand side by side under their aliases."""
    assert StatsForecast(models.AutoETS(season_length=4)).name == "AutoETS"
    assert StatsForecast(models.AutoETS(season_length=4, alias="Damped")).name == "Damped"


def test_a_class_is_made_with_the_panels_season() -> None:
    """A class takes the season of the panel; one that knows no seasons is made as well."""
    seasonal = StatsForecast(models.SeasonalNaive).predict(panel_of(SEASON), 4)
    plain = StatsForecast(models.Naive).predict(panel_of(SEASON), 4)
    assert np.array_equal(seasonal[:, 0], SEASON[-4:])
    assert np.array_equal(plain[:, 0], SEASON[[-1] * 4])


def test_what_fails_has_no_forecast() -> None:
    """A series that is too short for a model gets NaN."""
    forecast = StatsForecast(models.SeasonalNaive(season_length=4)).predict(panel_of(SEASON[:2]), 4)
    assert np.isnan(forecast).all()


@pytest.mark.slow
def test_regressors_are_the_features_known_ahead() -> None:
    """A model that takes regressors is told what is known ahead, one that takes none is not."""
    promotion = np.zeros(26)
    promotion[[3, 9, 14, 19, 25]] = 1
    features = promotion[:, None, None]
    y = np.random.default_rng(1).normal(20, 1, 24) + 30 * promotion[:24]
    informed = StatsForecast(models.ARIMA(order=(0, 0, 0))).predict(panel_of(y, features), 2)[:, 0]
    assert informed == pytest.approx([20, 50], abs=2)
    assert np.isfinite(StatsForecast(models.Naive()).predict(panel_of(y, features), 2)).all()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, the extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    with pytest.raises(MissingExtraError, match=r"'statsforecast' is not installed.*kedro-faucet\[statsforecast\]"):
        StatsForecast(models.Naive())


def test_it_is_a_model_of_one_series_at_a_time() -> None:
    """It is fitted by itself for each series, and so needs nothing of the panel."""
    model = StatsForecast(models.Naive())
    assert isinstance(model, SeriesModel)
    assert model.fit(panel_of(SEASON), 4) is model
