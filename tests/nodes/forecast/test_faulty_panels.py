"""What cannot be forecast: refused by name, or skipped and told."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sales import of, series

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError, FaucetError
from kedro_faucet.nodes.forecast import Model, backtest, fit, forecast

WEEKS = np.arange(40) % 7 + 1.0
GOOD = pa.concat_tables([series("a", WEEKS), series("b", WEEKS + 10)])
PROMOTED = GOOD.append_column("promo", pa.array([1.0] * 80))
SKIP = "on_error='skip' forecasts the others, and says which were not:\n  "


def beside(*others: pa.Table) -> pa.Table:
    """Two good series and others."""
    return pa.concat_tables([GOOD, *others])


NAMELESS = series(None, WEEKS).set_column(0, "unique_id", pa.nulls(40, pa.string()))
TEXT = GOOD.set_column(2, "y", GOOD["y"].cast(pa.string()))


@pytest.mark.parametrize(
    ("panel", "options", "said"),
    [
        (GOOD, {"horizon": 0}, "horizon=0: say how many periods ahead, at least 1"),
        (GOOD, {"horizon": 2.5}, "horizon=2.5: say how many periods ahead"),
        (GOOD, {"freq": "fortnight"}, "There is no frequency 'fortnight'"),
        (GOOD, {"season_length": 30}, "season_length=30 needs at least 60 values; the longest series, 'a', has 40"),
        (GOOD, {"levels": [0.8]}, "a level is in percent, at least 1 and below 100. Did you mean 80?"),
        (GOOD, {"on_error": "ignore"}, "on_error is 'raise' or 'skip', not 'ignore'"),
        (GOOD, {"level": [80]}, "There is no option 'level'. Did you mean 'levels'? There are levels, season_length, "),
        (GOOD, {"models": []}, "There is no model to forecast with"),
        (GOOD, {"models": ["naive", "Naive"]}, "Two models are named 'Naive', so their columns clash"),
        (TEXT, {}, "The column 'y' is of type VARCHAR: what is forecast is a number"),
        (GOOD.slice(0, 0), {}, "The panel is empty: there is no row with a series and a time"),
        (NAMELESS, {}, "The panel is empty: there is no row with a series and a time"),
        (beside(NAMELESS), {}, f"A series cannot be forecast; {SKIP}None: the series has no name"),
        (beside(series("c", [1, np.inf])), {}, f"{SKIP}c: not a finite number at 2024-01-02"),
        (beside(series("c", [1, 2]), series("c", [3])), {}, f"{SKIP}c: more than one row for 2024-01-01"),
        (beside(series("c", [np.nan])), {}, f"{SKIP}c: it has no value"),
        (series("c", [1, np.inf]), {}, "A series cannot be forecast, and there is no other:\n  c: not a finite number"),
        (series("c", [1]), {}, "Series 'c' has the times 2024-01-01. Say which with freq=, such as 'D'"),
        (series("c", [1]), {"freq": "D"}, "the longest, 'c', has 1. Give levels=() or a shorter horizon"),
        (series("c", range(9)), {"horizon": 8}, "Intervals need a series of at least 10 values.*has 9. Give levels=()"),
        (series("c", range(12)), {"models": "regression"}, "Regression gives no forecast of what came last"),
        (
            beside(series("c", [1, 2], step=9)),
            {},
            f"{SKIP}c: it has 2 values in the 10 periods from 2024-01-01 to 2024-01-10",
        ),
        (beside(series("m", range(9), "2024-01", "M")), {}, f"{SKIP}m: it has 9 values in the 245 periods.*freq='MS'"),
        (
            series("w", range(9), step=7),
            {"freq": "D"},
            "w: it has 9 values in the 57 periods.*it looks like freq='W-MON'",
        ),
        (GOOD, {"max_filled": 20}, "max_filled=20: say which part of a series may be interpolated, from 0 to 1"),
        (GOOD, {"y": "sales"}, "The panel has no column 'sales': it has unique_id, ds, y. Say which with y="),
        (GOOD, {"features": ["y"]}, "The column 'y' is asked for twice"),
        (PROMOTED, {"features": "promo"}, "a: the feature 'promo' is not known for 2024-02-10, 2024-02-11"),
        (PROMOTED, {"features": ["promos"]}, "The panel has no column 'promos'.* Did you mean 'promo'?"),
    ],
)
def test_what_cannot_be_is_refused_by_name(panel: pa.Table, options: dict[str, Any], said: str) -> None:
    """Each fault is told with what it is in, where, and what to do."""
    arguments = {"horizon": 2, "models": "naive", **options}
    with pytest.raises((ConfigError, DataError)) as raised:
        forecast(panel, **arguments)
    assert re.search(re.escape(said).replace(r"\.\*", ".*"), str(raised.value))


LATE = pa.concat_tables(
    [series("w", range(50), step=7), series("w", [50], "2024-12-17"), series("w", [5], "2024-12-23")]
)


@pytest.mark.parametrize("freq", [None, "W-MON"])
def test_a_row_off_the_frequency_is_named(freq: str | None, engine: Engine) -> None:
    """A week that is booked on Tuesday is named with its day, found or asked for; beside clean weeks, too."""
    clean = pa.concat_tables([series(f"s{number}", range(52), step=7) for number in range(20)])
    for panel in (LATE, pa.concat_tables([clean, LATE])):
        with pytest.raises(DataError, match="w: off the frequency W-MON: 2024-12-17; correct these rows, aggregate"):
            forecast(engine.from_frame(panel), 2, "naive", freq=freq)


def test_what_is_interpolated_is_told(caplog: pytest.LogCaptureFixture, engine: Engine) -> None:
    """How many values were interpolated is logged, with the series that lack most, and known of the fitted models."""
    gaps = pa.concat_tables([series("c", range(20)), series("c", range(20), "2024-01-23")])
    model = fit(engine.from_frame(beside(gaps)), 2, "naive")
    assert (model.filled, model.values) == (2, 122)
    assert caplog.messages == ["Values interpolated in gaps: 2, in 1 series (c: 2 of 42)"]
    caplog.clear()
    assert fit(engine.from_frame(beside(gaps)), 2, "naive", fill=0).filled == 0
    sparse = series("c", range(20), step=2)
    assert fit(engine.from_frame(sparse), 2, "naive", freq="D", max_filled=0.5).filled == 19
    assert len(caplog.messages) == 1


def test_many_faults_are_counted(engine: Engine) -> None:
    """Of many broken series three are named, and the message is ours alone on both engines."""
    broken = [series(f"x{number}", [1, np.inf]) for number in range(5)]
    with pytest.raises(DataError) as raised:
        forecast(engine.from_frame(beside(*broken)), 2, "naive")
    names = "".join(f"\n  x{number}: not a finite number at 2024-01-02" for number in range(3))
    assert str(raised.value) == f"5 series cannot be forecast; {SKIP.rstrip()}{names}\n  and 2 more"


def test_skipping_leaves_the_others_as_they_are() -> None:
    """Each broken series has one row that says why, and the good ones the bits that they have without it."""
    broken = [series("x", [1, np.inf]), series("y", [1, 2]), series("y", [3]), NAMELESS, series("z", [np.nan])]
    made = forecast(beside(*broken), 2, ["naive", "statistical"], on_error="skip")
    told = made.filter(pa.compute.is_valid(made["error"])).select(["unique_id", "ds", "Naive", "error"]).to_pylist()
    assert [tuple(row.values()) for row in told] == [
        ("x", None, None, "not a finite number at 2024-01-02"),
        ("y", None, None, "more than one row for 2024-01-01"),
        ("z", None, None, "it has no value"),
        (None, None, None, "the series has no name"),
    ]
    good = made.filter(pa.compute.is_null(made["error"])).drop(["error"])
    assert good.combine_chunks().equals(forecast(GOOD, 2, ["naive", "statistical"]).combine_chunks())


def fussy(y: Any, season_length: int, horizon: int) -> Any:
    """A function that fails on the series b."""
    if y.max() > 9:
        raise ValueError("too large")
    return np.full(horizon, y.mean())


def test_a_model_that_fails_on_one_series_stops_no_other() -> None:
    """A series that one model cannot do has NULL there, what the others make, and a row that tells it."""
    made = forecast(GOOD, 2, [fussy, "naive"], levels=(), on_error="skip")
    assert [tuple(row.values())[2:] for row in of(made, "b").to_pylist()] == [
        (None, 15.0, None),
        (None, 15.0, None),
        (None, None, "fussy gives no forecast of it (40 values)"),
    ]
    assert None not in of(made, "a")["fussy"].to_pylist()
    alone = forecast(GOOD, 2, fussy, levels=(), on_error="skip")
    assert [row["error"] for row in of(alone, "b").to_pylist()] == ["fussy gives no forecast of it (40 values)"]
    with pytest.raises(DataError, match=r"A series cannot be forecast.*\n  b: fussy gives no forecast"):
        forecast(GOOD, 2, fussy)


def broken_models() -> list[tuple[Any, str]]:
    """Models that are wrong, and what is said of them."""

    class Fails(Model):
        def predict(self, panel: Any, horizon: int) -> Any:
            return {}["weight"]

    class Short(Model):
        def predict(self, panel: Any, horizon: int) -> Any:
            return panel.values[-1:]

    class Forgets(Model):
        def fit(self, panel: Any, horizon: int) -> Any:  # type: ignore[override]
            self.last = panel.values[-1]

        def predict(self, panel: Any, horizon: int) -> Any:
            return np.repeat(panel.values[-1:], horizon, axis=0)

    def scalar(y: Any, season_length: int, horizon: int) -> Any:
        return y[-1]

    return [
        (Fails(), r"The model Fails fails: KeyError: 'weight' \(test_faulty_panels.py:\d+\)"),
        (Forgets(), "The fit of the model Forgets returns NoneType, not a model: end it with 'return self'"),
        (Short(), r"The model Short returns forecasts of shape \(1, \d\), not \(2, \d\): a row for each step"),
        (scalar, r"The model scalar fails on each series; on 'a': ValueError: it returns shape \(\), not \(2,\)"),
    ]


@pytest.mark.parametrize(("model", "said"), broken_models())
def test_a_model_that_is_wrong_is_named(engine: Engine, model: Any, said: str) -> None:
    """A user's model that fails, or gives forecasts of another shape, is named in one message on both engines."""
    with pytest.raises(FaucetError, match=said) as raised:
        forecast(engine.from_frame(GOOD), 2, model, levels=())
    assert "Traceback" not in str(raised.value)


def test_a_model_that_fails_when_tried_is_named() -> None:
    """What a user's model raises while its intervals are measured is told with its name, and where it comes from."""
    [(fails, said), *_] = broken_models()
    with pytest.raises(DataError, match=said) as raised:
        forecast(GOOD, 2, fails)
    assert isinstance(raised.value.__cause__, KeyError)


@pytest.mark.parametrize("brick", [forecast, backtest])
@pytest.mark.parametrize("name", ["ds", "unique_id", "Error", "Naive-lo-80"])
def test_models_named_like_a_column_are_refused(brick: Any, name: str) -> None:
    """Two columns of one name, capitals or not, are refused before anything is computed."""
    with pytest.raises(ConfigError, match=f"The result would have two columns '{name}'"):
        brick(GOOD, 2, {"Naive": "naive", name: "drift"})


@pytest.mark.parametrize("name", ["y", "Step", "cutoff", "scale", "scale_squared"])
def test_columns_of_a_backtest_are_its_own(name: str) -> None:
    """A panel's column or a model named like one of a backtest is refused there, and goes well in a forecast."""
    with pytest.raises(ConfigError, match=f"two columns '{name}'"):
        backtest(GOOD, 2, {name: "drift"})
    renamed = GOOD.rename_columns([name, "ds", "sold"])
    assert forecast(renamed, 2, "naive", unique_id=name, y="sold").column_names[:2] == [name, "ds"]
    if name != "y":
        with pytest.raises(ConfigError, match=f"two columns '{name.lower()}'"):
            backtest(renamed, 2, "naive", unique_id=name, y="sold")


def test_a_series_named_in_a_column_error_is_refused() -> None:
    """The column that tells faults cannot be one of the panel's names."""
    with pytest.raises(ConfigError, match="two columns 'error'"):
        forecast(GOOD.rename_columns(["error", "ds", "y"]), 2, "naive", unique_id="error")


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("unique_id", pa.array([1] * 80), "'unique_id' is of type BIGINT, but the models were fitted on VARCHAR"),
        ("ds", GOOD["ds"].cast(pa.timestamp("us")), "'ds' is of type TIMESTAMP, but the models were fitted on DATE"),
        ("y", TEXT["y"], "'y' is of type VARCHAR: what is forecast is a number"),
        ("z", GOOD["y"], "The panel has no column 'y': it has unique_id, ds, z"),
    ],
)
def test_fitted_models_are_given_what_they_were_fitted_on(column: str, values: Any, said: str, engine: Engine) -> None:
    """A table of other columns or types than models were fitted on is refused before anything is computed."""
    place = min(GOOD.column_names.index(column) if column in GOOD.column_names else 2, 2)
    other = GOOD.set_column(place, column, values)
    with pytest.raises(DataError, match=said):
        fit(GOOD, 2, "naive").forecast(engine.from_frame(other))


def test_fitted_models_forecast_nothing_of_nothing() -> None:
    """An empty table of the right columns has no forecasts."""
    made = fit(GOOD, 2, "naive", levels=()).forecast(GOOD.slice(0, 0))
    assert (made.column_names, made.num_rows) == (["unique_id", "ds", "Naive"], 0)


@pytest.mark.parametrize("models", ["statistical", "combination", "holt_winters", "croston"])
def test_every_length_is_forecast(models: str) -> None:
    """Without intervals one value is enough, however far ahead; with them, for a series among longer ones."""
    one = forecast(series("c", [5.0]), 30, models, levels=(), freq="D")
    assert one.num_rows == 30
    assert np.isfinite(np.array(one.column(2))).all()
    made = forecast(beside(*(series(f"c{length}", WEEKS[:length]) for length in range(1, 12))), 8, models)
    assert made.num_rows == 13 * 8
    assert all(np.isfinite(np.array(made.column(name))).all() for name in made.column_names[2:])


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0, 1e12, 1e-9])
def test_constants_stay(value: float) -> None:
    """A constant series goes on as it is, with intervals as narrow as its history, and warns of nothing."""
    made = forecast(series("c", np.full(30, value)), 3, ["statistical", "combination", "regression", "naive"])
    for name in made.column_names[2:]:
        assert np.array(made[name]) == pytest.approx(np.full(3, value), rel=1e-6)
