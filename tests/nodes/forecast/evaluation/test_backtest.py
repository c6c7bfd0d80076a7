"""Backtests: forecasts from earlier times that know nothing of what came later."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sales import in_order, of, sales, series

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.forecast import backtest, forecast, forecasting, leaderboard

RISING = pa.concat_tables([series("a", np.arange(30.0)), series("b", 100 + np.arange(12.0) ** 2, "2024-01-19")])
BEGIN = date(2024, 1, 1)
VALUES = np.random.default_rng(1).normal(100, 10, (8, 40)).round(2)


def day(number: int) -> date:
    """A day, counted from the first of the year."""
    return BEGIN + timedelta(days=number)


def cutoffs(proof: pa.Table, name: str) -> list[int]:
    """From which days, counted so, a series was forecast."""
    return sorted({(each - BEGIN).days for each in of(proof, name)["cutoff"].to_pylist()})


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, [20, 23, 26]),
        ({"windows": 1}, [26]),
        ({"windows": 4, "step": 1}, [23, 24, 25, 26]),
        ({"windows": 2, "step": 7}, [19, 26]),
        ({"windows": 99}, [5, 8, 11, 14, 17, 20, 23, 26]),
    ],
)
def test_windows_lie_a_step_apart(options: dict[str, Any], found: list[int]) -> None:
    """The last cutoff is a horizon before the end, the others a step before each other, as far as history goes."""
    proof = backtest(RISING, 3, "naive", levels=(), season_length=1, **options)
    assert [cut for cut in cutoffs(proof, "a") if cut >= found[0]] == found
    assert max(cutoffs(proof, "b")) == 26


def test_each_row_is_beside_what_came(engine: Engine) -> None:
    """A row holds a forecast's step and time, what came then, and the scale of what was known at the cutoff."""
    made = backtest(engine.from_frame(RISING), 3, {"Last": "naive"}, windows=2, levels=(), season_length=1)
    proof = in_order(engine.to_arrow(made))
    columns = ["unique_id", "cutoff", "ds", "step", "y", "scale", "scale_squared", "Last", "SeasonalNaive"]
    assert proof.column_names == columns
    assert proof.schema.field("step").type == pa.int32()
    assert [tuple(row.values()) for row in of(proof, "a").to_pylist()] == [
        ("a", day(cut), day(cut + step), step, cut + step, 1.0, 1.0, cut, cut) for cut in (23, 26) for step in (1, 2, 3)
    ]
    row = of(proof, "b").to_pylist()[-1]
    changes = np.diff(np.arange(9.0) ** 2)
    assert (row["cutoff"], row["y"], row["Last"]) == (day(26), 221.0, 164.0)
    assert (row["scale"], row["scale_squared"]) == pytest.approx((changes.mean(), (changes**2).mean()))


def test_the_scale_is_of_seasons() -> None:
    """The scale is the mean difference to the value a season before, up to the cutoff; NULL where nothing changed."""
    weekly = np.tile([1.0, 2, 3, 4, 5, 6, 9], 6) + np.repeat(np.arange(6), 7)
    proof = backtest(pa.concat_tables([series("a", weekly), series("c", np.full(42, 3.0))]), 7, "naive", windows=1)
    assert set(of(proof, "a")["scale"].to_pylist()) == {1.0}
    assert set(of(proof, "c")["scale"].to_pylist()) == set(of(proof, "c")["scale_squared"].to_pylist()) == {None}


def test_the_baseline_is_added_once() -> None:
    """The seasonal naive stands beside the models, but not twice where it is one of them."""
    for models in ("naive", ["naive", "seasonal_naive"], ["seasonal_naive", "naive"]):
        names = backtest(RISING, 2, models, levels=[80]).column_names[7:]
        assert sorted(names) == sorted(f"{n}{s}" for n in ("Naive", "SeasonalNaive") for s in ("", "-lo-80", "-hi-80"))


def test_a_backtest_forecasts_what_a_forecast_would_have() -> None:
    """From a cutoff come, to the last bit, the forecasts and intervals that a panel ending there would have got."""
    models = ["statistical", "combination"]
    proof = in_order(backtest(sales(12), 4, models, windows=2))
    panel = sales(12)
    cut = [4 if name not in ("s008",) else 99 for name in panel["unique_id"].to_pylist()]
    places = np.concatenate([np.arange(n)[::-1] for n in np.unique(panel["unique_id"], return_counts=True)[1]])
    before = panel.filter(pa.array(places >= np.array(cut)))
    made = in_order(forecast(before, 4, models))
    last = proof.filter(pa.compute.equal(proof["cutoff"], pa.compute.max(proof["cutoff"])))
    for name in set(last["unique_id"].to_pylist()):
        for column in made.column_names:
            assert of(last, name)[column].equals(of(made, name)[column])


changes = st.lists(st.tuples(st.integers(0, 7), st.integers(30, 39), st.floats(-1e6, 1e6)), min_size=1, max_size=30)


@settings(max_examples=15)
@example([(0, 31, 1e6)], {(0, 28), (0, 29), (0, 30)})
@given(changes, st.sets(st.tuples(st.integers(0, 7), st.integers(1, 38)), max_size=40))
def test_what_comes_later_changes_nothing(later: list[tuple[int, int, float]], gaps: set[tuple[int, int]]) -> None:
    """Whatever comes after a cutoff, and wherever values lack, forecasts and intervals from it stay as they are."""
    one, other = VALUES.copy(), VALUES.copy()
    for line, place, value in later:
        other[line, place] = value
    for line, place in gaps:
        one[line, place] = other[line, place] = np.nan
    made = [
        in_order(
            backtest(
                pa.concat_tables(series(f"s{n}", values) for n, values in enumerate(each)),
                5,
                ["statistical", mean],
                windows=2,
            )
        )
        for each in (one, other)
    ]
    early = [each.filter(pa.compute.less(each["cutoff"], day(30))) for each in made]
    assert early[0].num_rows >= 8 * 5
    assert early[0].drop(["y"]).equals(early[1].drop(["y"]))


def mean(y: Any, season_length: int, horizon: int) -> Any:
    """The mean of all values, which no value can hide from."""
    return np.full(horizon, y.mean())


def test_a_sample_sees_nothing_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models learn from a sample's values up to the cutoff alone, also where the sample is smaller than the panel."""
    monkeypatch.setattr(forecasting, "SERIES", 5)
    other = np.where(np.arange(40) >= 35, 1e4, VALUES)
    made = [
        backtest(
            pa.concat_tables(series(f"s{n}", values) for n, values in enumerate(each)), 5, "combination", windows=1
        )
        for each in (VALUES, other)
    ]
    assert made[0].drop(["y"]).equals(made[1].drop(["y"]))
    assert not made[0]["y"].equals(made[1]["y"])


def test_nothing_came_in_a_gap() -> None:
    """Where a value lacks there is none to compare with, unless a number stands for it."""
    values = np.arange(30.0)
    values[[26, 28]] = np.nan
    rows = pa.concat_tables([series("a", values), series("b", np.arange(30.0))])
    proof = of(backtest(rows, 5, "naive", windows=1, levels=()), "a")
    assert proof["y"].to_pylist() == [25, None, 27, None, 29]
    proof = of(backtest(rows, 5, "naive", windows=1, levels=(), fill=0), "a")
    assert proof["y"].to_pylist() == [25, 0, 27, 0, 29]
    assert leaderboard(backtest(rows, 5, "naive", windows=1))["forecasts"].to_pylist() == [8, 8]


def test_features_are_those_of_the_time() -> None:
    """A backtest forecasts with the features of the periods after its cutoff, and needs none beyond the last value."""
    promo = np.random.default_rng(0).integers(0, 2, 120)
    rows = series("a", 50 + 30 * promo + np.random.default_rng(1).normal(0, 1, 120)).append_column(
        "promo", pa.array(promo)
    )
    proof = backtest(rows, 7, "sarimax", features=["promo"], windows=2, levels=(), season_length=1)
    errors = np.abs(np.array(proof["y"]) - np.array(proof["SARIMAX"]))
    assert errors.max() < 8


def test_short_series_are_forecast_from_when_they_began(engine: Engine) -> None:
    """A series has the cutoffs at which it had two values; one that never had them then has no row, and no fault."""
    rows = pa.concat_tables([RISING, series("c", range(7), "2024-01-24"), series("d", range(4), "2024-01-27")])
    proof = engine.to_arrow(backtest(engine.from_frame(rows), 3, "naive", levels=()))
    assert [cutoffs(proof, name) for name in "abcd"] == [[20, 23, 26], [20, 23, 26], [26], []]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"windows": 0}, "windows=0: a backtest needs a whole number from 1 up"),
        ({"windows": 1.5}, "windows=1.5: a backtest needs"),
        ({"step": 0}, "step=0: a backtest needs a whole number"),
        ({"step": True}, "step=True: a backtest needs"),
        ({"horizon": 15}, "A backtest of 15 periods needs a series of at least 32 values; the longest, 'a', has 30"),
        ({"on_error": "skp"}, "Did you mean 'skip'"),
        ({"freq": "h"}, "freq='h' is within days"),
    ],
)
def test_what_cannot_be_tried_is_refused(options: dict[str, Any], said: str) -> None:
    """Windows and steps that are no counts, and horizons too long for the data, are refused with what would do."""
    with pytest.raises((ConfigError, DataError)) as raised:
        backtest(RISING, **{"horizon": 3, "models": "naive", **options})
    assert said in str(raised.value)


def test_broken_series_are_skipped_and_told() -> None:
    """A broken series has one row that says why, whatever number of windows; the others stay as they are."""
    broken = pa.concat_tables([RISING, series("x", [1, np.inf])])
    with pytest.raises(DataError, match="x: not a finite number at 2024-01-02"):
        backtest(broken, 3, "naive")
    proof = backtest(broken, 3, "naive", on_error="skip")
    assert of(proof, "x")["error"].to_pylist() == ["not a finite number at 2024-01-02"]
    assert of(proof, "a", "b").drop(["error"]).combine_chunks().equals(backtest(RISING, 3, "naive").combine_chunks())
