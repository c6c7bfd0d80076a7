from __future__ import annotations

import pickle
import sys
import warnings

import numpy as np
import pytest

from kedro_faucet.exceptions import MissingExtraError
from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.models.base import Model, Series
from kedro_faucet.nodes.forecast.models.statsmodels import ETS, SARIMAX, STL, StatsmodelsTheta, _forms, _waves
from kedro_faucet.nodes.forecast.panel import Floats, Panel

MODELS = [ETS(), SARIMAX(), StatsmodelsTheta(), STL()]
every = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def panel_of(
    *series: Floats, seasons: tuple[int, ...] = (4,), features: Floats | None = None, before: int = 0
) -> Panel:
    """Return a panel of series that end together."""
    length = max(map(len, series)) + before
    values = np.stack([np.r_[np.full(length - len(y), np.nan), y] for y in series], axis=1)
    ids = np.array([f"s{index}" for index in range(len(series))], dtype=object)
    return Panel(ids, values, np.full(len(series), 9), Frequency("QS"), seasons, features)


def quarters(length: int = 32, noise: float = 0.3) -> Floats:
    """Return a series with a trend and a season."""
    time = np.arange(length)
    return 50 + time + 8 * np.sin(np.pi * time / 2) + np.random.default_rng(1).normal(0, noise, length)


@every
def test_a_trend_and_a_season_go_on(model: Model) -> None:
    """What went on regularly is forecast as it comes, within a few percent."""
    y = quarters(40)
    forecast = model.predict(panel_of(y[:32]), 8)
    assert np.abs(forecast[:, 0] - y[32:]).max() < 6


@every
def test_a_series_does_not_depend_on_the_others(model: Model) -> None:
    """A series' forecast has the same bits alone, beside others, and however late the panel's first row is filled."""
    long, short = quarters(28), quarters(17)[::-1].copy()
    together = model.predict(panel_of(long, short), 5)
    alone = [model.predict(panel_of(y), 5)[:, 0] for y in (long, short)]
    padded = model.predict(panel_of(short, long, before=7), 5)
    assert np.array_equal(together, np.stack(alone, axis=1))
    assert np.array_equal(padded[:, ::-1], together)


@every
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8, 9, 11])
def test_short_series_fall_to_simpler_forms(model: Model, length: int) -> None:
    """Each length gets a finite forecast, near what was seen."""
    forecast = model.predict(panel_of(quarters(length)), 3)
    assert np.isfinite(forecast).all()
    assert np.abs(forecast - 50).max() < 60


@every
@pytest.mark.parametrize("kind", ["constant", "zeros", "negative", "intermittent", "huge", "tiny"])
def test_odd_series_are_forecast(model: Model, kind: str) -> None:
    """Constant, zero, negative, intermittent, huge and tiny series get forecasts of their own size."""
    y = {
        "constant": np.full(20, 7.0), "zeros": np.zeros(20), "negative": -quarters(20), "huge": quarters(20) * 1e12,
        "intermittent": np.where(np.arange(20) % 3, 0.0, 4.0), "tiny": quarters(20) * 1e-12,
    }[kind]  # fmt: skip
    forecast = model.predict(panel_of(y), 4)
    assert np.isfinite(forecast).all()
    assert np.abs(forecast - y.mean()).max() <= 3 * max(np.ptp(y), 0.0)


@every
def test_a_broken_series_is_left_out_quietly(model: Model, capfd: pytest.CaptureFixture[str]) -> None:
    """A series that cannot be fitted gets NaN, the others their forecasts, and nothing is said."""
    broken = quarters(20)
    broken[3:6] = [1e308, -1e308, 1e308]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forecast = model.predict(panel_of(quarters(20), broken), 3)
    assert np.isfinite(forecast[:, 0]).all()
    assert np.isnan(forecast[:, 1]).all()
    assert capfd.readouterr() == ("", "")


@every
def test_models_can_be_pickled(model: Model) -> None:
    """A model goes to another process and comes back equal."""
    assert pickle.loads(pickle.dumps(model)) == model


@every
def test_a_panel_without_series_has_no_forecasts(model: Model) -> None:
    """No series, no columns."""
    assert model.predict(panel_of(quarters(9)).take(np.array([], dtype=np.int64)), 3).shape == (3, 0)


@every
def test_a_missing_library_is_named(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without statsmodels, the extra that brings it is named."""
    for name in [name for name in sys.modules if name.split(".")[0] == "statsmodels"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    with pytest.raises(MissingExtraError, match=r"'statsmodels' is not installed.*kedro-faucet\[forecast\]"):
        model.predict(panel_of(quarters(20)), 3)


def test_ets_tries_the_sane_forms() -> None:
    """A long positive series has 15 forms to choose from, one with zeros six, a short one only those it can bear."""
    y = quarters(32)
    assert len(list(_forms(y, 4))) == 15
    assert len(list(_forms(y - y.min(), 4))) == 6
    assert {form["trend"] for form in _forms(y[:6], 4)} == {None}


def test_features_known_ahead_are_used() -> None:
    """A promotion in the future moves its period's forecast by what promotions did before."""
    promotion = np.zeros(34)
    promotion[[3, 9, 14, 22, 27, 33]] = 1
    y = quarters(32, 0.1) + 30 * promotion[:32]
    panel = panel_of(y, features=promotion[:, None, None])
    plain, informed = (SARIMAX(log=False).predict(each, 2)[:, 0] for each in (panel_of(y), panel))
    assert informed[1] - 30 == pytest.approx(50 + 33 + 8, abs=3)
    assert informed[1] - plain[1] > 15


def test_features_stay_with_their_periods_where_a_panel_is_cut() -> None:
    """A panel as it was two periods ago forecasts them with the features of these very periods."""
    promotion = np.zeros(34)
    promotion[[3, 9, 14, 22, 27, 31]] = 1
    y = quarters(32, 0.1) + 30 * promotion[:32]
    cut = panel_of(y, features=promotion[:, None, None]).cut(2)
    assert SARIMAX(log=False).predict(cut, 2)[:, 0] == pytest.approx(y[30:], abs=3)


def test_features_that_never_changed_are_left_out() -> None:
    """A feature that is new in the future changes nothing, and one too many for a short series neither."""
    new = np.zeros((22, 1, 1))
    new[20:] = 1
    y = quarters(20)
    assert np.array_equal(SARIMAX().predict(panel_of(y, features=new), 2), SARIMAX().predict(panel_of(y), 2))
    many = np.random.default_rng(2).normal(size=(9, 1, 6))
    assert np.array_equal(SARIMAX().predict(panel_of(y[:7], features=many), 2), SARIMAX().predict(panel_of(y[:7]), 2))


@pytest.mark.parametrize("model", [STL(), SARIMAX()], ids=["STL", "SARIMAX"])
def test_two_seasons_go_on(model: Model) -> None:
    """A season of 4 within one of 12 is forecast with both."""
    time = np.arange(72)
    y = (
        100
        + 10 * np.sin(np.pi * time / 2)
        + 20 * np.sin(np.pi * time / 6)
        + np.random.default_rng(3).normal(0, 0.5, 72)
    )
    both = model.predict(panel_of(y[:60], seasons=(4, 12)), 12)[:, 0]
    one = model.predict(panel_of(y[:60], seasons=(4,)), 12)[:, 0]
    assert np.abs(both - y[60:]).mean() < 2
    assert np.abs(one - y[60:]).mean() > 5


@every
def test_long_seasons_go_on(model: Model) -> None:
    """A season of 52 periods is forecast, without as many states to estimate."""
    time = np.arange(208)
    y = 100 + 30 * np.sin(2 * np.pi * time / 52) + np.random.default_rng(3).normal(0, 1, 208)
    forecast = model.predict(panel_of(y[:156], seasons=(52,)), 52)[:, 0]
    assert np.abs(forecast - y[156:]).mean() < 4


def test_waves_are_told_apart() -> None:
    """Harmonics that seasons share are there once, those that differences at the shortest one take away not at all."""
    shared = _waves(Series(np.zeros(400), (24, 168)), 2)
    assert shared.shape == (402, 2 * 19)
    assert np.linalg.matrix_rank(shared) == 38
    assert _waves(Series(np.zeros(400), (7, 28)), 2).shape[1] == 2 * 8


def test_logs_are_not_taken_where_they_cannot_be() -> None:
    """A series with zeros is fitted as it is; told to take logarithms all the same, it has no forecast."""
    y = quarters(24) - 60
    assert np.isfinite(SARIMAX().predict(panel_of(y), 2)).all()
    assert np.isnan(SARIMAX(log=True).predict(panel_of(y), 2)).all()


def test_statsmodels_own_figures_come_through() -> None:
    """What the adapter gives is what statsmodels' own call gives for the same form."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    y = quarters(24)
    theirs = ThetaModel(y, period=4).fit().forecast(4)
    assert StatsmodelsTheta().forecast(Series(y, (4,)), 4) == pytest.approx(np.asarray(theirs), rel=1e-4)
