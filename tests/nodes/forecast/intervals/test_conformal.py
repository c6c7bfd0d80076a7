"""Intervals: as often right as they say, for any model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from panels import side_by_side
from sales import sales, series

from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast import forecast
from kedro_faucet.nodes.forecast.catalogue import Named
from kedro_faucet.nodes.forecast.global_models import mixture
from kedro_faucet.nodes.forecast.global_models.mixture import Accurate, Mixture
from kedro_faucet.nodes.forecast.intervals import columns_of, fit, widths
from kedro_faucet.nodes.forecast.models.base import Model
from kedro_faucet.nodes.forecast.models.intermittent import Croston
from kedro_faucet.nodes.forecast.models.naive import Naive, SeasonalNaive
from kedro_faucet.nodes.forecast.models.statistical import Statistical
from kedro_faucet.nodes.forecast.panel import Floats, Panel

errors_of = st.integers(1, 5).flatmap(
    lambda steps: arrays(np.float64, st.tuples(st.just(steps), st.integers(1, 60)), elements=st.floats(-1e6, 1e6))
)
levels_of = st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True)


def walks(count: int, length: int, seed: int = 0) -> Floats:
    """Random walks of very different sizes, side by side."""
    draw = np.random.default_rng(seed)
    return (100 + draw.normal(0, 1, (length, count)).cumsum(axis=0)) * 10 ** draw.uniform(-3, 3, count)


def noise(count: int, length: int) -> Floats:
    """Noise around levels, more of it the larger the level, with heavy tails."""
    draw = np.random.default_rng(5)
    return draw.uniform(10, 1000, count) * (1 + 0.05 * draw.standard_t(4, (length, count)))


@dataclass(frozen=True)
class Watched(Model):
    """Notes, for each forecast, the last period that it was fitted on and that it is asked from."""

    seen: list[tuple[int, int]]
    until: int = -1

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Know the panel's last period."""
        return replace(self, until=int(panel.ends.max()))

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Repeat the last value, and note from when."""
        self.seen.append((self.until, int(panel.ends.min())))
        return np.repeat(panel.values[-1:], horizon, axis=0)


@pytest.mark.parametrize("kind", ["itself", "renamed", "mixed", "weighed"])
def test_what_is_tried_was_fitted_before(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is tried on what it was fitted on, in whatever it stands: widths would be too narrow for the future."""
    watched = Watched([])
    monkeypatch.setattr(mixture, "families", lambda season: ([watched], np.ones(1)))
    model = {"itself": watched, "renamed": Named("Mine", watched), "mixed": Mixture([watched]), "weighed": Accurate()}
    fit(model[kind], replace(side_by_side(*walks(3, 40).T), ends=np.full(3, 39)), 4, [80])
    assert len(watched.seen) == 7
    assert all(until <= asked for until, asked in watched.seen)


@pytest.mark.parametrize("model", [Naive(), Statistical()], ids=lambda model: model.name)
@pytest.mark.parametrize("made", [walks, noise], ids=lambda made: made.__name__)
@pytest.mark.parametrize("length", [20, 60])
def test_intervals_hold_what_they_say(model: Any, made: Any, length: int) -> None:
    """Of exchangeable series, 80 and 95 % of intervals hold what came.

    Of 600 series that are measured by 600 errors the share varies by √(2·0.8·0.2/600) = 2.3 points (1.3 at 95 %) if a
    series' steps go together: three of these are allowed.
    """
    values = made(600, length + 6)
    fitted = fit(model, side_by_side(*values[:length].T), 6, (80, 95))
    found = fitted.predict(side_by_side(*values[:length].T), 6)
    for level, tolerance in ((80, 7), (95, 4)):
        low, high = (found[f"{model.name}-{side}-{level}"] for side in ("lo", "hi"))
        assert np.mean((values[length:] >= low) & (values[length:] <= high)) * 100 == pytest.approx(
            level, abs=tolerance
        )


@pytest.mark.parametrize("model", [Naive(), SeasonalNaive(), Statistical(), Croston()], ids=lambda model: model.name)
@pytest.mark.parametrize("count", [1, 3, 40, 300])
def test_the_first_interval_does_not_depend_on_the_horizon(model: Model, count: int) -> None:
    """However many steps follow, the interval of the first one is the same, and no later one is narrower."""
    panel = side_by_side(*np.random.default_rng(count).poisson(1.0, (count, 120)).astype(float), seasons=(7,))
    made = {horizon: fit(model, panel, horizon, (80, 95)).predict(panel, horizon) for horizon in (1, 7, 28)}
    for level in (80, 95):
        low, high = f"{model.name}-lo-{level}", f"{model.name}-hi-{level}"
        assert len({made[horizon][bound][0].tobytes() for horizon in made for bound in (low, high)}) == 2
        steps = made[28][high] - np.maximum(made[28][model.name], 0)
        assert (steps >= steps[0] - 1e-9).all()


def test_one_series_has_intervals_from_its_own_past() -> None:
    """A single series' intervals come from its few last errors: of many such, four of five hold, or some more."""
    held = []
    for seed in range(60):
        values = walks(1, 106, seed)[:, 0]
        fitted = fit(Naive(), side_by_side(values[:100]), 6, (80,))
        found = fitted.predict(side_by_side(values[:100]), 6)
        held.append((values[100:] >= found["Naive-lo-80"][:, 0]) & (values[100:] <= found["Naive-hi-80"][:, 0]))
    assert 65 <= 100 * np.mean(held) <= 99


@given(errors_of, levels_of)
def test_widths_grow_with_level_and_step(errors: Floats, levels: list[int]) -> None:
    """A higher level's interval is never the narrower, nor a later step's; a width is no less than nothing."""
    found = widths(errors, levels)
    ordered = np.array([found[level] for level in sorted(levels)])
    assert (np.diff(ordered, axis=0) >= -1e-9 * np.abs(ordered).max()).all()
    assert (np.diff(ordered, axis=1) >= -1e-9 * np.abs(ordered).max()).all()
    assert (ordered >= 0).all()


@given(st.integers(20, 400), st.sampled_from([50, 80, 90]), st.integers(0, 99))
def test_a_width_is_the_conformal_quantile(count: int, level: int, seed: int) -> None:
    """Of n errors, the width exceeds the ceil((n + 1) level)-th smallest: so split conformal prediction demands."""
    errors = np.random.default_rng(seed).normal(0, 1, (1, count))
    expected = np.sort(np.abs(errors[0]))[int(np.ceil((count + 1) * level / 100)) - 1]
    assert widths(errors, [level])[level].tolist() == [expected]


def test_few_errors_are_widened_by_the_normal_law() -> None:
    """Where there are too few errors for a level, its width is no less than the largest of them, nor than 1.96 σ."""
    assert widths(np.array([[1.0, -1, 1]]), [95])[95] == pytest.approx([1.959964])
    assert widths(np.array([[0.1, 0.1, 0.1, 0.1, 5.0]]), [95])[95][0] == 5.0


def test_unknown_errors_do_not_count() -> None:
    """Errors of series that a model could not forecast are left out."""
    errors = np.random.default_rng(0).normal(0, 1, (2, 300))
    some = np.concatenate([errors, np.full((2, 50), np.nan)], axis=1)
    assert widths(some, [80])[80].tolist() == widths(errors, [80])[80].tolist()


LEVELS = (50, 80, 95, 99)


@pytest.fixture(scope="module")
def made() -> dict[str, Floats]:
    """Forecasts of a mixed panel with four levels."""
    table = forecast(sales(), 6, ["statistical", "seasonal_naive"], levels=LEVELS)
    return {name: np.array(table[name]) for name in table.column_names}


def test_intervals_lie_within_each_other(made: dict[str, Floats]) -> None:
    """Around each forecast the intervals lie within each other, the highest level outermost."""
    for model in ("Statistical", "SeasonalNaive"):
        names = [f"-lo-{n}" for n in reversed(LEVELS)] + [""] + [f"-hi-{n}" for n in LEVELS]
        assert (np.diff([made[model + name] for name in names], axis=0) >= 0).all()


def test_nothing_is_negative_where_history_is_not(made: dict[str, Floats]) -> None:
    """A series that never was negative has neither forecasts nor bounds below zero; one that was has them."""
    panel = sales().to_pandas().groupby("unique_id")["y"].min()
    negative = np.array([panel[name] < 0 for name in made["unique_id"]])
    low = np.min([made[name] for name in made if name not in ("unique_id", "ds")], axis=0)
    assert negative.any()
    assert (low[~negative] >= 0).all()
    assert (low[negative] < 0).any()
    assert (made["Statistical-lo-95"][~negative] == 0).any()


def test_no_levels_no_intervals() -> None:
    """Without levels there are the models' columns alone, and a panel too short to be tried is forecast."""
    short = series("a", [1.0, 2, 4])
    assert forecast(short, 3, ["naive", "drift"], levels=()).column_names == ["unique_id", "ds", "Naive", "Drift"]
    with pytest.raises(DataError, match=r"at least 5 values.*the longest, 'a', has 3\. Give levels=\(\)"):
        forecast(short, 3, ["naive", "drift"])


def test_levels_name_their_columns() -> None:
    """Columns are called after the level, without needless decimals; the same level twice is one."""
    assert columns_of(Naive(), [80, 97.5, 90.0])[1::2] == ["Naive-lo-80", "Naive-lo-97.5", "Naive-lo-90"]
    table = forecast(series("a", range(30)), 1, "naive", levels=[95, 80, 95.0])
    assert table.column_names[3:] == ["Naive-lo-95", "Naive-hi-95", "Naive-lo-80", "Naive-hi-80"]


@pytest.mark.parametrize("scale", [1000.0, 1e-9, 1e9])
def test_intervals_scale_with_the_panel(scale: float) -> None:
    """A panel in other units has the same intervals in these units, up to rounding."""
    panel = sales()
    other = panel.set_column(2, "y", pa.array(np.array(panel["y"]) * scale))
    one, two = (forecast(table, 4, ["statistical", "naive"]) for table in (panel, other))
    for name in one.column_names[2:]:
        assert np.array(two[name]) / scale == pytest.approx(np.array(one[name]), rel=1e-6, abs=1e-6)


def test_a_young_series_is_as_uncertain_as_the_others() -> None:
    """Of a series with one value nothing is known but its size: its interval is wide, as those of its kind are."""
    draw = np.random.default_rng(0)
    old = [series(f"s{n}", draw.normal(100, 10, 60), "2020-01", "M") for n in range(30)]
    made = forecast(pa.concat_tables([*old, series("young", [200.0], "2024-12", "M")]), 3, "naive", levels=[80])
    row = made.to_pylist()[-1]
    assert 15 < row["Naive-hi-80"] - row["Naive"] < 100


def test_two_series_in_any_company() -> None:
    """The interval of a series is the same to the last bit beside longer ones and alone."""
    short, long = np.array([4.0, 7]), np.arange(50.0) % 7
    fitted = fit(SeasonalNaive(), side_by_side(*walks(30, 40).T), 3, (80,))
    both = fitted.predict(side_by_side(short, long, seasons=(7,)), 3)
    for number, values in enumerate((short, long)):
        alone = fitted.predict(side_by_side(values, seasons=(7,)), 3)
        assert {name: column[:, 0].tobytes() for name, column in alone.items()} == {
            name: column[:, number].tobytes() for name, column in both.items()
        }
