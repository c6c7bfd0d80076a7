"""Forecasts of whole tables: the same to the last bit, of the kind that was given, on any calendar."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sales import in_order, of, sales, series, shuffled

from kedro_faucet.engines import connect
from kedro_faucet.engines.base import Engine
from kedro_faucet.nodes.forecast import Model, backtest, fit, forecast, forecasting
from kedro_faucet.nodes.forecast import task as tasks

MODELS = ["statistical", "combination"]
PANEL = sales()


def own_model() -> Model:
    """A model of a user's, defined where it is used."""

    class LastYear(Model):
        def predict(self, panel: Any, horizon: int) -> Any:
            rows = np.arange(horizon) % 12 - 12
            return np.where(panel.lengths >= 12, panel.values[rows], panel.values[-1:])

    return LastYear()


def every_kind() -> dict[str, Any]:
    """One model of each kind that a user may bring."""
    ridge = pytest.importorskip("sklearn.linear_model").Ridge()

    def middle(y: Any, season_length: int, horizon: int) -> Any:
        return np.full(horizon, np.median(y[-season_length:]))

    ours = {"Statistical": "statistical", "Combination": "combination"}
    return {**ours, "Own": own_model(), "Middle": middle, "Ridge": ridge, "Lasso": "sklearn.linear_model:Lasso"}


@pytest.fixture(scope="module")
def made() -> pa.Table:
    """Forecasts by one process, and the reasons why one series has none."""
    broken = series("broken", [1.0, np.inf, 3], "2014-01", "M")
    return forecast(pa.concat_tables([PANEL, broken]), 6, every_kind(), on_error="skip")


@pytest.fixture(scope="module")
def plain() -> pa.Table:
    """Forecasts of the panel by the two mixtures."""
    return forecast(PANEL, 6, MODELS)


def test_again_and_in_any_order(plain: pa.Table) -> None:
    """The same panel gives the same bits again, and so do its rows in any other order."""
    assert forecast(PANEL, 6, MODELS).equals(plain)
    assert forecast(shuffled(PANEL), 6, MODELS).equals(plain)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_batches_do_not_matter(plain: pa.Table, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many series are forecast at a time, each gets the same bits."""
    monkeypatch.setattr(tasks, "SERIES", size)
    assert forecast(PANEL, 6, MODELS).equals(plain)


@pytest.mark.spark
def test_spark_gives_the_same_bits(made: pa.Table, spark: Engine) -> None:
    """Spark's tasks forecast what one process does, by models of every kind, and tell the same of a broken series."""
    broken = series("broken", [1.0, np.inf, 3], "2014-01", "M")
    table = spark.from_frame(shuffled(pa.concat_tables([PANEL, broken])))
    found = forecast(table, 6, every_kind(), on_error="skip")
    assert spark.owns(found)
    assert spark.schema(found) == connect().schema(connect().from_frame(made))
    assert in_order(spark.to_arrow(found)).equals(in_order(made))


@pytest.mark.spark
@pytest.mark.slow
def test_the_accurate_mixture_is_the_same_everywhere(spark: Engine) -> None:
    """Networks, trees and learned weights give the same bits for other rows' order, on Spark, and to a saved model."""
    expected = forecast(PANEL, 6, "accurate")
    fitted = fit(spark.from_frame(shuffled(PANEL)), 6, "accurate")
    assert in_order(spark.to_arrow(fitted.forecast(spark.from_frame(shuffled(PANEL, 1))))).equals(in_order(expected))
    saved = pickle.loads(pickle.dumps(fitted))
    for name in ("s002", "s008", "s023"):
        assert saved.forecast(of(PANEL, name)).equals(of(expected, name).combine_chunks())


def test_a_broken_series_changes_no_other(made: pa.Table, plain: pa.Table) -> None:
    """What is skipped is told, once, and the others get the bits that they get without it."""
    [told] = of(made, "broken").to_pylist()
    assert told["error"] == "not a finite number at 2014-02-01"
    assert [value for name, value in told.items() if name not in ("unique_id", "error")] == [None] * (len(told) - 2)
    others = made.filter(pa.compute.is_null(made["error"]))
    assert others.select(plain.column_names).combine_chunks().equals(plain.combine_chunks())


def test_a_saved_forecaster_forecasts_a_series_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitted on a sample, pickled and read again, models give each series alone what they give it among all."""
    monkeypatch.setattr(forecasting, "SERIES", 9)
    fitted = fit(PANEL, 4, MODELS)
    assert fitted.series == 9
    every = fitted.forecast(PANEL)
    assert every.equals(forecast(PANEL, 4, MODELS))
    saved = pickle.loads(pickle.dumps(fitted))
    names = every["unique_id"].unique().to_pylist()
    assert len(names) == 24
    assert pa.concat_tables(saved.forecast(of(PANEL, name)) for name in names).equals(every)


def test_the_sample_is_drawn_by_names_alone(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Which series models learn from depends neither on the rows' order nor on the engine; not the first are taken."""
    monkeypatch.setattr(forecasting, "SERIES", 5)
    _, drawn = forecasting.read(connect().from_frame(PANEL), 2)
    _, again = forecasting.read(engine.from_frame(shuffled(PANEL)), 2)
    assert drawn.ids.tolist() == again.ids.tolist() == sorted(drawn.ids)
    assert len(drawn.ids) == 5
    names = sorted(PANEL["unique_id"].unique().to_pylist())
    assert drawn.ids.tolist() not in (names[:5], names[-5:])
    assert drawn.values.tobytes() == again.values.tobytes()


def test_long_series_are_drawn_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of long series fewer are drawn, so that the sample's rows are bounded, but one at least."""
    for rows, count in ((PANEL.num_rows, 24), (PANEL.num_rows // 2, 11), (1, 1)):
        monkeypatch.setattr(forecasting, "ROWS", rows)
        _, drawn = forecasting.read(connect().from_frame(PANEL), 2)
        assert abs(len(drawn.ids) - count) <= 1


SCRIPT = """
import hashlib, sys
import pyarrow as pa
sys.path.insert(0, sys.argv[1])
from sales import sales
from kedro_faucet.nodes.forecast import forecast
made = [
    forecast(sales(1500, 40), 3, "statistical"),
    forecast(sales(), 6, ["combination", "accurate", "sklearn.linear_model:Ridge"]),
]
print(hashlib.sha256(repr([table.to_pylist() for table in made]).encode()).hexdigest())
"""


@pytest.mark.slow
def test_threads_do_not_matter() -> None:
    """However many threads numpy and scikit-learn may use, the bits are the same."""
    found = set()
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads)}
        command = [sys.executable, "-c", SCRIPT, os.path.join(os.path.dirname(__file__), "..", "..")]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1


SHORT = pa.concat_tables([series("a", np.arange(20) % 7 + 1), series("b", np.arange(30) % 7 + 5.0)])


def test_frames_come_back_as_what_they_were(engine: Engine) -> None:
    """pandas, polars, Arrow and tables of each engine give the same forecasts, each in its own kind."""
    expected = forecast(SHORT, 2, "naive")
    assert isinstance(expected, pa.Table)
    pandas = SHORT.to_pandas().astype({"ds": "datetime64[ns]"})
    frame = forecast(pandas, 2, "naive")
    assert isinstance(frame, pd.DataFrame)
    assert frame["ds"].dtype == pandas["ds"].dtype
    assert pa.Table.from_pandas(frame.astype({"ds": object}))["Naive"].equals(expected["Naive"])
    polars = forecast(pl.from_arrow(SHORT), 2, "naive")
    assert isinstance(polars, pl.DataFrame)
    assert polars.to_arrow().cast(expected.schema).equals(expected)
    table = engine.from_frame(SHORT)
    found = forecast(table, 2, "naive")
    assert type(found) is type(table)
    assert in_order(engine.to_arrow(found)).equals(expected)


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (pa.date32(), [date(2024, 1, day) for day in range(1, 13)]),
        (pa.timestamp("us"), [datetime(2024, 1, 1, hour) for hour in range(12)]),
        (pa.int32(), list(range(2001, 2013))),
        (pa.int64(), list(range(12))),
    ],
)
@pytest.mark.parametrize(("name_kind", "name"), [(pa.string(), "a"), (pa.int64(), 2**40), (pa.int16(), 7)])
def test_types_and_names_of_columns_stay(kind: Any, times: list[Any], name_kind: Any, name: Any) -> None:
    """Series and times keep their types, under the names that the panel gives them."""
    step = times[1] - times[0]
    columns = {
        "shop no": pa.array([name] * 12, name_kind),
        "Day": pa.array(times, kind),
        'so"ld': range(12),
        "more": times,
    }
    found = forecast(pa.table(columns), 2, "naive", unique_id="shop no", ds="Day", y='so"ld')
    assert found.schema.field("shop no").type == name_kind
    assert found.schema.field("Day").type == kind
    assert found["Day"].to_pylist() == [times[-1] + step, times[-1] + 2 * step]
    assert found.column_names == [
        "shop no",
        "Day",
        "Naive",
        *(f"Naive-{s}-{n}" for n in (80, 95) for s in ("lo", "hi")),
    ]


@pytest.mark.parametrize(
    ("rows", "ahead"),
    [
        (series("a", range(8), "2024-01", "M"), [date(2024, 9, 1), date(2024, 10, 1)]),
        (series("a", range(8), "2024-01-05", "D", 7), [date(2024, 3, 1), date(2024, 3, 8)]),
        (series("a", range(48), "2024-02-27T00", "h"), [datetime(2024, 2, 29), datetime(2024, 2, 29, 1)]),
    ],
)
def test_calendars_go_on(rows: pa.Table, ahead: list[Any]) -> None:
    """Months, weeks and hours go on after the last of them."""
    assert forecast(rows, 2, "naive")["ds"].to_pylist() == ahead


def test_business_days_and_ends_of_months_go_on() -> None:
    """After a Friday comes a Monday, after the end of January that of February."""
    days = [day.date() for day in pd.bdate_range("2024-01-01", "2024-01-19")]
    ends = [date(2023, 11, 30), date(2023, 12, 31), date(2024, 1, 31)]
    for times, ahead in (
        (days, [date(2024, 1, 22), date(2024, 1, 23)]),
        (ends, [date(2024, 2, 29), date(2024, 3, 31)]),
    ):
        rows = pa.table({"unique_id": ["a"] * len(times), "ds": times, "y": range(len(times))})
        assert forecast(rows, 2, "naive", levels=())["ds"].to_pylist() == ahead


def test_both_seasons_of_hours_are_seen() -> None:
    """Hourly values that differ by hour and by weekday are forecast by both."""
    hours = np.arange(24 * 7 * 5)
    values = 50 + 10 * np.sin(2 * np.pi * hours / 24) + 8 * (hours // 24 % 7 > 4)
    noisy = values + np.random.default_rng(0).normal(0, 0.5, len(hours))
    made = forecast(series("a", noisy[: -24 * 7], "2024-01-01T00", "h"), 24 * 7, "statistical", levels=())
    assert np.abs(np.array(made["Statistical"]) - values[-24 * 7 :]).mean() < 1


def test_series_end_where_they_end() -> None:
    """Each series goes on from its own last value, whatever comes before its first: rows of NULL are no values."""
    late = series("late", [np.nan, np.nan, 4, 5, np.nan, 7, np.nan], "2024-01-01")
    made = forecast(pa.concat_tables([SHORT, late]), 1, "naive", levels=(), max_filled=0.25)
    assert [tuple(row.values()) for row in made.to_pylist()] == [
        ("a", date(2024, 1, 21), 6.0),
        ("b", date(2024, 1, 31), 6.0),
        ("late", date(2024, 1, 7), 7.0),
    ]


def test_gaps_are_filled_as_asked() -> None:
    """No row means what is between, or nothing where that is said."""
    rows = series("a", [3.0, 3, 3, 3, np.nan, 9, 9, np.nan, np.nan, 9]).filter(
        pa.array([True] * 4 + [False] + [True] * 5)
    )
    mean = {"Mean": lambda y, season_length, horizon: np.full(horizon, y.mean())}
    assert forecast(rows, 1, mean, levels=(), max_filled=0.3)["Mean"].to_pylist() == [6.3]
    assert forecast(rows, 1, mean, levels=(), fill=0)["Mean"].to_pylist() == [3.9]


@pytest.mark.parametrize("scale", [1e-100, 1e-9, 1e12, 1e100])
def test_any_unit_will_do(scale: float) -> None:
    """Values in units however large or small give the same forecasts and intervals in these units."""
    values = np.random.default_rng(0).normal(0, 1, 48).cumsum() + 50
    one, other = (
        forecast(series("a", values * by, "2020-01", "M"), 3, MODELS).drop(["unique_id", "ds"]).to_pydict()
        for by in (1, scale)
    )
    assert {name: np.array(column) / scale for name, column in other.items()} == {
        name: pytest.approx(column, rel=1e-6) for name, column in one.items()
    }


def test_nothing_stays_in_the_engine() -> None:
    """What is computed for a frame is let go of."""
    count = "select count(*) from duckdb_tables() where schema_name = 'kf_persisted'"
    engine = connect()
    before = engine.rows(engine.sql(count, portable=False))
    forecast(SHORT, 2, "naive")
    backtest(SHORT, 2, "naive")
    assert engine.rows(engine.sql(count, portable=False)) == before
