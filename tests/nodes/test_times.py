"""Times of snapshots."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.times import Times
from kedro_faucet.pipelines import history


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lake/2012-01-01/fleet-2013_01_31.parquet", datetime(2013, 1, 31)),
        (r"C:\\data\\2013.01.31 23-59-58.csv", datetime(2013, 1, 31, 23, 59, 58)),
        ("v12_20130131-2359_final.csv", datetime(2013, 1, 31, 23, 59)),
        ("fleet_2013-01-31_1230_2.csv", datetime(2013, 1, 31, 12, 30)),
        ("fleet_2013-01-31_2.csv", datetime(2013, 1, 31)),
        ("2013-01-31T10:20:30", datetime(2013, 1, 31, 10, 20, 30)),
        ("2013-01-31T10:20:30+01:00", datetime(2013, 1, 31, 9, 20, 30)),
        ("fleet_20130131T0020Z.csv", datetime(2013, 1, 31, 0, 20)),
    ],
)
def test_read_out_of_a_name(name: str, expected: datetime) -> None:
    """A time is read out of the last part of a path, as files are called."""
    assert Times().read(name) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("2013-01-31/fleet.csv", "has no time in its name"),
        ("fleet_2013-01-31_2013-02-28.csv", "has several times"),
        ("fleet_20130131_20130228.csv", "has several times"),
        ("fleet_2013-01-31-12-30-2.csv", "has a time that there is not"),
        ("fleet_2013-02-30.csv", "has a time that there is not"),
        ("fleet_201301311.csv", "has no time"),
        ("2013-01-31T10:20:30-05:00", "has a time that there is not"),
        ("2013-01-31T10:20:30+25:00", "has a time that there is not"),
        ("2013-01-31T10:20+1", "has a time that there is not"),
    ],
)
def test_no_time_in_a_name(name: str, message: str) -> None:
    """A name without a time, with several, or one that there is not, is refused."""
    with pytest.raises(DataError, match=message):
        Times().read(name)


def test_zones() -> None:
    """Times of a zone become those of UTC, in summer and winter; what its clocks never or twice showed is refused."""
    berlin = Times("Europe/Berlin")
    assert [berlin.read(datetime(2013, month, 1, 12)).hour for month in (1, 7)] == [11, 10]
    assert berlin.read("2013-03-31T02:30Z") == datetime(2013, 3, 31, 2, 30)
    with pytest.raises(DataError, match="showed 2013-10-20 00:00:00 never"):  # a day that began at one
        Times("America/Sao_Paulo").read(date(2013, 10, 20))
    with pytest.raises(DataError, match="showed 2013-03-31 02:30:00 never"):
        berlin.read(datetime(2013, 3, 31, 2, 30))
    with pytest.raises(DataError, match="showed 2013-10-27 02:30:00 twice"):
        berlin.read(datetime(2013, 10, 27, 2, 30))
    with pytest.raises(DataError, match=r"no zone 'Europe/Berln'.*Did you mean 'Europe/Berlin'"):
        history("source/fleet", "lake/fleet", at="taken", zone="Europe/Berln")
    with pytest.raises(ConfigError, match="which at names"):
        history("source/fleet", "lake/fleet", zone="Europe/Berlin")
    with pytest.raises(ConfigError, match="the time of a load, which is of UTC"):
        history("source/fleet", "lake/fleet", at="kf_loaded_at", zone="Europe/Berlin")
