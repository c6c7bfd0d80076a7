"""Frames in, the same kind out."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kedro_faucet.engines import engine_of
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import DataError, EngineError
from kedro_faucet.nodes.forecast import forecast
from kedro_faucet.nodes.forecast.tables import as_table

ARROW = pa.table({"unique_id": ["a"], "ds": pa.array([0], pa.timestamp("us")), "y": [1.5]})


@pytest.mark.parametrize("unit", ["ns", "us", "s"])
def test_pandas_keeps_the_unit_of_its_times(unit: str) -> None:
    """A pandas frame comes back equal, with times of the unit that they had."""
    frame = ARROW.to_pandas().astype({"ds": f"datetime64[{unit}]"})
    table, back = as_table(frame)
    pd.testing.assert_frame_equal(back(table), frame)


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Vienna"])
def test_times_keep_unit_and_zone(zone: str | None) -> None:
    """Times of any unit and zone come back as they were, in frames of every kind, so that they join what they were."""
    for unit in ("ns", "ms"):
        arrow = ARROW.set_column(1, "ds", ARROW["ds"].cast(pa.timestamp(unit, zone)))
        table, back = as_table(arrow)
        assert back(table).equals(arrow)
        polars = pl.from_arrow(arrow)
        table, back = as_table(polars)
        assert back(table).equals(polars)
        assert back(table).schema == polars.schema  # type: ignore[union-attr]
        pandas = arrow.to_pandas()
        table, back = as_table(pandas)
        pd.testing.assert_frame_equal(back(table), pandas)


def test_polars_and_arrow_come_back() -> None:
    """A polars frame and an Arrow table come back equal."""
    for frame in (pl.from_arrow(ARROW), ARROW):
        table, back = as_table(frame)
        assert type(back(table)) is type(frame)
        assert back(table).equals(frame)


def test_times_that_were_not_given_stay_as_they_are() -> None:
    """A result may hold times that the frame did not have, such as a backtest's cutoffs."""
    for frame in (ARROW, ARROW.to_pandas(), pl.from_arrow(ARROW)):
        table, back = as_table(frame)
        made = engine_of(table).sql("select ds, ds as cutoff from given", given=table)
        assert list(back(made)["cutoff"]) == list(back(made)["ds"])


def test_a_table_stays_where_it_is(engine: Engine) -> None:
    """A table of an engine is taken as it is, and its result is handed on; a frame beside it joins its engine."""
    table = engine.from_frame(ARROW)
    assert as_table(table)[0] is table
    assert as_table(table)[1](table) is table
    assert engine_of(as_table(ARROW, engine)[0]) is engine


def test_what_is_no_table_is_refused() -> None:
    """A value that is neither a table nor a frame is refused by its type."""
    with pytest.raises(EngineError, match="from list"):
        as_table([1, 2])


def test_pandas_is_not_needed_for_other_frames() -> None:
    """An Arrow table goes in and out where pandas is not installed."""
    code = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "pandas":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import pyarrow as pa
from kedro_faucet.nodes.forecast.tables import as_table
table, back = as_table(pa.table({"y": [1.5]}))
print(back(table).to_pylist())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[{'y': 1.5}]"


@pytest.mark.parametrize("alias", ["D", "W", "M", "Q", "Y", "h"])
def test_periods_of_pandas_go_on(alias: str) -> None:
    """A column of periods is dated by their begins, and what follows them comes back as periods."""
    periods = pd.period_range("2020-01-06", periods=14, freq=alias)
    frame = pd.DataFrame({"unique_id": "a", "ds": periods[:12], "y": range(12)})
    assert forecast(frame, 2, "naive", levels=())["ds"].tolist() == list(periods[12:])
    begins = forecast(frame.assign(ds=frame["ds"].astype(object)), 2, "naive", levels=())["ds"]
    assert begins.tolist() == list(periods[12:].to_timestamp())


def test_periods_in_an_arrow_table_are_refused() -> None:
    """Arrow keeps pandas' periods as numbers, which are not taken for times."""
    frame = pd.DataFrame({"unique_id": "a", "ds": pd.period_range("2020", periods=12, freq="M"), "y": 1.0})
    with pytest.raises(DataError, match="The column 'ds' holds pandas' periods: make them a DATE or a TIMESTAMP"):
        forecast(pa.Table.from_pandas(frame), 2, "naive")
