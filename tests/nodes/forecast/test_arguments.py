"""What a user may ask of a panel, and what each refusal says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.preparation import (
    Columns,
    Reading,
    check_columns,
    check_horizon,
    check_levels,
    check_seasons,
    seasons_of,
)

SCHEMA = {"unique_id": pa.string(), "ds": pa.date32(), "y": pa.float64(), "promo": pa.bool_()}
MONTHS = [date(2013, month, 1) for month in (1, 2, 3)]


def sample(**columns: Any) -> pa.Table:
    """Three months of a series."""
    return pa.table({"unique_id": ["x"] * 3, "ds": MONTHS, "y": [1, 2, 3]} | columns)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            Columns(unique_id="origin"),
            r"no column 'origin': it has unique_id, ds, y, promo\. Say which with unique_id=\.",
        ),
        (Columns(y="Y2"), "no column 'Y2'.* Say which with y="),
        (Columns(features=("promos",)), "no column 'promos'.* Did you mean 'promo'.* Say which with features="),
        (Columns(y="unique_id"), "'unique_id' is of type VARCHAR: what is forecast is a number; cast it to DOUBLE"),
        (Columns(y="promo"), "'promo' is of type BOOLEAN: what is forecast is a number"),
        (Columns(ds="y"), "'y' is of type DOUBLE: times are a DATE, a TIMESTAMP or integers"),
        (Columns(ds="unique_id"), "'unique_id' is of type VARCHAR: times are"),
        (Columns(unique_id="y"), "'y' is of type DOUBLE: a series is named by a text or an integer"),
        (Columns(features=("unique_id",)), "'unique_id' is of type VARCHAR: a feature is a number"),
    ],
)
def test_a_column_of_no_use_is_refused(columns: Columns, said: str) -> None:
    """What is missing is named with what there is, and what is of another type with what to do."""
    with pytest.raises(DataError, match=said):
        check_columns(pa.schema(SCHEMA), columns)


@pytest.mark.parametrize("kind", [pa.int64(), pa.int8(), pa.float32(), pa.decimal128(9, 2), pa.float64()])
def test_a_column_of_use_is_taken(kind: pa.DataType) -> None:
    """Every number can be forecast, and true or false can be a feature."""
    check_columns(pa.schema(SCHEMA | {"y": kind}), Columns(features=("promo",)))


@pytest.mark.parametrize("horizon", [0, -1, 1.5, "3", None, True])
def test_a_horizon_is_a_count(horizon: Any) -> None:
    """A horizon that is no integer of at least one is refused."""
    with pytest.raises(ConfigError, match="at least 1"):
        check_horizon(horizon)


def test_levels_are_percentages() -> None:
    """Levels of 0 or 100, of no number, or between 0 and 1 are refused, the last with what was meant."""
    assert check_levels(90) == (90,)
    assert check_levels([80, 97.5]) == (80, 97.5)
    for levels in ([0], [100], [80, 195], [-5], ["80"], [True], "80", [float("nan")], [99.99999]):
        with pytest.raises(ConfigError, match="a level is in percent"):
            check_levels(levels)
    with pytest.raises(ConfigError, match=r"Did you mean 95\?"):
        check_levels([0.95])


def test_seasons_are_counts() -> None:
    """Seasons are the frequency's unless others are asked for; one period is none."""
    assert seasons_of(None, Frequency("D")) == (7, 365)
    assert seasons_of((365, 7, 7), Frequency("D")) == (7, 365)
    for length in (0, -7, 1.5, "7", [7, 0], True):
        with pytest.raises(ConfigError, match="how many periods a season has"):
            seasons_of(length, Frequency("D"))


def test_a_season_needs_data() -> None:
    """A season of which no series has two is refused, naming the longest series."""
    reading = Reading.of(sample(), season_length=[1, 2])
    [(panel, _)] = reading.panels(sample().to_batches(), 10)
    check_seasons((), panel)
    with pytest.raises(DataError, match="season_length=2 needs at least 4 values; the longest series, 'x', has 3"):
        check_seasons(reading.seasons, panel)


@pytest.mark.parametrize("fill", ["interpolat", None, float("nan"), float("inf"), True])
def test_a_filling_is_a_number_or_a_line(fill: Any) -> None:
    """What gaps cannot be filled with is refused."""
    with pytest.raises(ConfigError, match="gaps are filled by 'interpolate' or with a number"):
        Reading.of(sample(), fill=fill)


def test_a_panel_has_rows() -> None:
    """A table without a row of a series and a time is refused."""
    nothing = sample(unique_id=pa.array([None] * 3, pa.string()))
    for empty in (sample().slice(0, 0), nothing, sample(ds=pa.array([None] * 3, pa.date32()))):
        for freq in (None, "MS"):
            with pytest.raises(DataError, match="The panel is empty"):
                Reading.of(empty, freq=freq)


def test_the_frequency_asked_for_is_taken() -> None:
    """A frequency by name, number or object is kept, with its phase found in the times."""
    assert Reading.of(sample(), freq="D").frequency == Frequency("D")
    assert Reading.of(sample(), freq=Frequency("MS")).frequency == Frequency("MS")
    assert Reading.of(sample(ds=[5, 15, 25]), freq=10).frequency == Frequency("10", phase=5)
    assert Reading.of(sample(ds=[201301, 201302, 201303]), freq=1).frequency == Frequency("1")


@pytest.mark.parametrize(
    ("ds", "freq", "said"),
    [
        (MONTHS, "QS", r"freq='QS' does not fit most series: 'x' has 2013-01-01, .*They look like freq='MS'\."),
        ([date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31)], "MS", "They look like freq='ME'"),
        ([date(2013, 1, 1), date(2013, 1, 8), date(2013, 1, 15)], "W-MON", "They look like freq='W-TUE'"),
        (MONTHS, 1, "freq='1' does not fit the column 'ds' of type DATE: give a name, such as 'D' or 'MS'"),
        ([1, 2, 3], "D", "freq='D' does not fit the column 'ds' of type BIGINT: give an integer"),
        (MONTHS, "h", "freq='h' is within days, but the column 'ds' is a DATE: make it a TIMESTAMP"),
        (MONTHS, "M", "There is no frequency 'M'. Did you mean 'ME'?"),
        ([201301, 201302, 201303], None, "dates written as numbers, such as 201301: make them a DATE, or say freq=1"),
    ],
)
def test_a_frequency_that_does_not_fit_is_refused(ds: list[Any], freq: Any, said: str) -> None:
    """A frequency that most series do not have, or their times cannot have, is refused with one that they have."""
    with pytest.raises((ConfigError, DataError), match=said):
        Reading.of(sample(ds=ds), freq=freq)


def test_most_series_decide() -> None:
    """A series off the frequency that was asked for is a fault of that series alone."""
    rows = pa.table(
        {"unique_id": ["a"] * 3 + ["b"] * 3 + ["c"], "ds": MONTHS * 2 + [date(2013, 1, 3)], "y": np.arange(7)}
    )
    for freq in (None, "MS"):
        reading = Reading.of(rows, freq=freq)
        [(panel, faults)] = reading.panels(rows.to_batches(), 10)
        assert panel.ids.tolist() == ["a", "b"]
        assert list(faults) == ["c"]
        assert faults["c"].startswith("off the frequency MS: 2013-01-03; correct these rows")


def test_times_of_any_unit_are_read() -> None:
    """Timestamps in seconds, nanoseconds or UTC are the same times."""
    times = [datetime(2013, 1, 1, hour) for hour in (0, 1, 2)]
    for kind in (pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "UTC"), pa.timestamp("ms")):
        reading = Reading.of(sample(ds=pa.array(times, pa.timestamp("us")).cast(kind)), freq="h")
        assert reading.types == ("VARCHAR", "TIMESTAMP")
        [(panel, _)] = reading.panels(sample(ds=pa.array(times, pa.timestamp("us")).cast(kind)).to_batches(), 10)
        assert reading.future(panel, 1)[1].to_pylist() == [datetime(2013, 1, 1, 3)]
