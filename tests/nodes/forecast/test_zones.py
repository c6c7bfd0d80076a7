"""Panels whose times have a zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kedro_faucet.nodes.forecast import backtest, fit, forecast
from kedro_faucet.nodes.forecast.zones import in_zones, local_days

DAYS = {"D": 400, "B": 300, "W-MON": 60, "MS": 30, "ME": 30}


def times(zone: str, freq: str, number: int) -> pd.DatetimeIndex:
    """Return periods from summer 2023 on, each from its local beginning."""
    local = pd.date_range("2023-06-01", periods=number, freq=freq)
    return local.tz_localize(zone, nonexistent="shift_forward", ambiguous=np.full(number, True))


def panel(ds: pd.DatetimeIndex) -> pd.DataFrame:
    """Return a series with these times."""
    return pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(len(ds)) % 7 + 1.0})


@pytest.mark.parametrize("freq", DAYS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Europe/Berlin", "Africa/Cairo", "America/Havana"])
def test_days_of_a_zone_go_on_at_its_midnights(zone: str, freq: str) -> None:
    """Days, weeks and months go on over the days on which clocks change, in Cairo and Havana at midnight."""
    ds = times(zone, freq, DAYS[freq])
    known, ahead = ds[:-5], ds[-5:]
    made = forecast(panel(known), 5, "naive", levels=())
    assert list(made["ds"]) == list(ahead)
    assert made["ds"].dtype == ds.dtype


def test_hours_go_on_in_utc() -> None:
    """Hours are equally long in UTC, also where the local clock shows one twice."""
    ds = pd.date_range("2024-10-20", "2024-10-27 12:00", freq="h", tz="Europe/Berlin")
    made = forecast(panel(ds[:-24]), 24, "naive", levels=())
    assert list(made["ds"]) == list(ds[-24:])


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
def test_every_kind_of_frame_comes_back_in_its_zone(unit: str) -> None:
    """pandas, polars and Arrow frames are forecast alike, in the unit that they had."""
    ds = times("Europe/Berlin", "D", 200).as_unit(unit)
    arrow = pa.Table.from_pandas(panel(ds[:-3]), preserve_index=False)
    made = forecast(arrow, 3, "naive", levels=())
    assert made.schema.field("ds").type == arrow.schema.field("ds").type
    assert made["ds"].to_pandas().tolist() == list(ds[-3:])
    polars = forecast(pl.from_arrow(arrow), 3, "naive", levels=())
    assert polars["ds"].to_list() == made["ds"].to_pylist()


def test_models_are_fitted_and_proved_in_local_time() -> None:
    """A fitted forecaster takes a later panel of the zone; a backtest's cutoffs are its local days."""
    ds = times("Europe/Berlin", "D", 200)
    later = fit(panel(ds[:100]), 7, "naive").forecast(panel(ds[:-7]))
    assert list(later["ds"]) == list(ds[-7:])
    proof = backtest(panel(ds), 7, "naive")
    assert set(proof["cutoff"].dt.hour) == {0}
    assert sorted(proof["ds"])[-7:] == list(ds[-7:])


def test_local_days_come_back_and_other_times_stay() -> None:
    """What is taken apart is put together again, with gaps; times that are no days are not touched."""
    ds = times("Africa/Cairo", "D", 400).tolist()
    table = pa.table({"ds": pa.array([*ds, None], pa.timestamp("us", "Africa/Cairo")), "n": range(401)})
    local, zones = local_days(table)
    assert zones == {"ds": "Africa/Cairo"}
    assert {time.hour for time in local["ds"].to_pylist() if time} == {0}
    assert in_zones(local, zones) == table
    hours = pa.table({"ds": pa.array([ds[0], ds[1] + pd.Timedelta(hours=1)], pa.timestamp("us", "Africa/Cairo"))})
    assert local_days(hours) == (hours, {})


def test_a_zone_that_the_machine_does_not_know_is_left_in_utc() -> None:
    """Arrow looks zones up in the machine's own list: without the zone, times are those of UTC."""
    table = pa.table({"ds": pa.array([0], pa.timestamp("us", "Mars/Base"))})
    assert local_days(table) == (table, {})
