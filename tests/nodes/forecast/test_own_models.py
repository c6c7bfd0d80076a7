"""A user's own models, through forecast and backtest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sales import series

from kedro_faucet.engines.base import Engine
from kedro_faucet.nodes.forecast import Model, PerSeries, backtest, forecast

WEEKS = np.tile([1.0, 2, 3, 4, 5, 6, 9], 6)
PANEL = pa.concat_tables([series("a", WEEKS), series("b", 10 * WEEKS[:35], "2024-01-08")])


@dataclass(frozen=True)
class Shares(Model):
    """Each weekday's share of a week, learned from all series, times the mean of the last week."""

    shares: Any = None

    def fit(self, panel: Any, horizon: int) -> Model:
        """Return what the weekdays have in common."""
        last = panel.values[-7:]
        return replace(self, shares=(last / last.mean(axis=0)).mean(axis=1))

    def predict(self, panel: Any, horizon: int) -> Any:
        """Return the week's mean times the shares."""
        level = sum(panel.values[-7:], np.zeros(1)) / 7
        return np.resize(self.shares, horizon)[:, None] * level


def last_week(y: Any, season_length: int, horizon: int) -> Any:
    """The last week again."""
    return np.resize(y[-season_length:], horizon)


def own() -> dict[str, Any]:
    """Own models of every kind, each of which knows the weeks."""
    linear = pytest.importorskip("sklearn.linear_model")
    return {
        "Shares": Shares(),
        "Function": last_week,
        "Series": PerSeries("x", last_week),
        "Linear": linear.Ridge(1e-9),
    }


def test_own_models_forecast_and_are_tried() -> None:
    """A class, a function and a regressor forecast the weeks as they come, with intervals, and stand a backtest."""
    made = forecast(PANEL, 9, own(), levels=[80])
    for name in own():
        assert np.array(made[name])[:9] == pytest.approx([*WEEKS[:7], 1, 2], rel=0.05)
        assert np.array(made[name])[9:] == pytest.approx([*(10 * WEEKS[:7]), 10, 20], rel=0.05)
        assert (np.array(made[f"{name}-hi-80"]) >= np.array(made[name])).all()
    proof = backtest(PANEL, 7, own(), windows=2, levels=())
    assert set(own()) < set(proof.column_names)
    for name in own():
        assert np.array(proof[name]) == pytest.approx(np.array(proof["y"]), rel=0.25 if name == "Linear" else 0.05)


def test_models_of_ones_own_module_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path to a class in a user's module is enough."""
    source = """
import numpy as np
from kedro_faucet.nodes.forecast import Model

class LastValue(Model):
    \"\"\"The last value, for ever.\"\"\"

    def predict(self, panel, horizon):
        return np.repeat(panel.values[-1:], horizon, axis=0)
"""
    (tmp_path / "my_models.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    made = forecast(PANEL, 2, ["my_models:LastValue", "naive"], levels=())
    assert made["LastValue"].equals(made["Naive"])


@pytest.mark.slow
def test_models_of_statsforecast_run_on_both_engines(engine: Engine) -> None:
    """An object of StatsForecast forecasts and stands a backtest, on Spark too, where it is fitted in the tasks."""
    theirs = pytest.importorskip("statsforecast.models")
    table = engine.from_frame(PANEL)
    models = {"Theirs": theirs.SeasonalNaive(7), "Theta": theirs.Theta(7)}
    made = engine.to_arrow(forecast(table, 7, models, levels=[80])).sort_by("unique_id")
    assert made["Theirs"].to_pylist()[:7] == WEEKS[:7].tolist()
    assert np.array(made["Theta"])[:7] == pytest.approx(WEEKS[:7], rel=0.2)
    proof = engine.to_arrow(backtest(table, 7, models, windows=1, levels=()))
    assert np.array(proof["Theirs"]).tolist() == np.array(proof["y"]).tolist()
