"""Rows made panels: the same whatever the batches, and every fault told."""

from __future__ import annotations

import pickle
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.panel import Panel
from kedro_faucet.nodes.forecast.preparation import Columns, Reading, read_panel, series_batches

MONTHLY = Frequency("MS")
Series = dict[Any, list[tuple[date | None, float | None]]]

numbers = st.floats(-1e9, 1e9) | st.none()
panels = st.dictionaries(
    st.text("abc", min_size=1), st.dictionaries(st.integers(0, 40), numbers, min_size=1), min_size=1, max_size=8
)


def month(number: int) -> date:
    """A month, counted from 2010."""
    return date(2010 + number // 12, number % 12 + 1, 1)


def table(series: Series, **types: pa.DataType) -> pa.Table:
    """Rows of some series."""
    rows = [(name, *row) for name, each in series.items() for row in each]
    columns = list(zip(*rows, strict=True)) if rows else [[], [], []]
    kinds = {"unique_id": None, "ds": pa.date32(), "y": pa.float64()} | types
    return pa.table({name: pa.array(column, kinds[name]) for name, column in zip(kinds, columns, strict=True)})


def monthly(panel: dict[str, dict[int, float | None]]) -> pa.Table:
    """Rows of series that are given by the month, in order."""
    return table({name: [(month(n), panel[name][n]) for n in sorted(panel[name])] for name in sorted(panel)})


def one(values: list[float | None], **options: Any) -> list[float]:
    """The panel of one series, NULL where there is none."""
    rows = table({"a": [(month(n), value) for n, value in enumerate(values)]})
    panel, faults = read_panel(rows, Columns(), MONTHLY, **options)
    assert not faults
    return panel.values[:, 0].tolist()


def fault(rows: list[tuple[date | None, float | None]], **types: pa.DataType) -> str:
    """What is wrong with a series, beside another that is right."""
    good = [(month(0), 1.0), (month(1), 2.0)]
    panel, faults = read_panel(table({"a": good, "bad": rows, "c": good}, **types), Columns(), MONTHLY)
    assert panel.ids.tolist() == ["a", "c"]
    assert panel.values.tolist() == [[1.0, 1.0], [2.0, 2.0]]
    assert list(faults) == ["bad"]
    return faults["bad"]


@given(panels)
def test_a_panel_is_what_pandas_makes_of_the_rows(panel: dict[str, dict[int, float | None]]) -> None:
    """Each series is what pandas gives: cut at its first and last value, put on the calendar, interpolated."""
    read, faults = read_panel(monthly(panel), Columns(), MONTHLY)
    for name, values in panel.items():
        known = pd.Series(values, dtype=float).sort_index().dropna()
        if not len(known):
            assert faults[name] == "it has no value"
            continue
        line = read.ids.tolist().index(name)
        expected = known.reindex(range(known.index[0], known.index[-1] + 1)).interpolate()
        found = read.values[np.isfinite(read.values[:, line]), line]
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-6)
        assert found[0] == known.iloc[0]
        assert found[-1] == known.iloc[-1]
        assert MONTHLY.times(read.ends[line]).astype("M8[D]").item() == month(known.index[-1])


@given(panels, st.integers(1, 7), st.integers(1, 9))
def test_the_batches_do_not_matter(panel: dict[str, dict[int, float | None]], rows: int, size: int) -> None:
    """A series is read alike to the last bit, whatever batches the rows come in and whatever series stand beside it."""
    whole, faults = read_panel(monthly(panel), Columns(), MONTHLY)
    reading = Reading(Columns(), MONTHLY)
    parts = list(reading.panels(monthly(panel).to_batches(max_chunksize=rows), size))
    assert {name: text for _, told in parts for name, text in told.items()} == faults
    assert [name for part, _ in parts for name in part.ids] == whole.ids.tolist()
    for part, _ in parts:
        for line, name in enumerate(part.ids):
            assert bits(part, line) == bits(whole, whole.ids.tolist().index(name))


def bits(panel: Panel, line: int) -> tuple[bytes, int]:
    """All of a series."""
    return panel.values[np.isfinite(panel.values[:, line]), line].tobytes(), int(panel.ends[line])


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(1, 7), st.integers(1, 5))
def test_series_stay_whole(lengths: list[int], rows: int, size: int) -> None:
    """Chunks have so many series, the last one the rest, and every row once."""
    names = np.repeat([f"s{n:04d}" for n in range(len(lengths))], lengths)
    ds = np.concatenate([np.arange(length) for length in lengths])
    given_rows = pa.table({"more": ds, "y": 1.0 * ds, "ds": ds, "unique_id": names})
    chunks = list(series_batches(given_rows.to_batches(max_chunksize=rows), Columns(), size))
    counts = [len(set(chunk["unique_id"].to_pylist())) for chunk in chunks]
    assert counts == [size] * (len(lengths) // size) + [len(lengths) % size] * (len(lengths) % size > 0)
    assert pa.concat_tables(chunks) == given_rows.select(["unique_id", "ds", "y"])


def test_long_series_come_fewer_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One long series does not make all others of its chunk as long."""
    monkeypatch.setattr("kedro_faucet.nodes.forecast.preparation.chunks.CELLS", 20)
    names = ["a"] * 4 + ["b"] * 4 + ["c"] * 50 + ["d"] * 2 + ["e"] * 2
    rows = pa.table({"unique_id": names, "ds": range(62), "y": range(62)})
    chunks = [chunk["unique_id"].unique().to_pylist() for chunk in series_batches(rows.to_batches(), Columns(), 100)]
    assert chunks == [["a", "b"], ["c"], ["d", "e"]]


def test_rows_at_hand_make_one_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the series are, rows that are at hand are read into one panel."""
    monkeypatch.setattr("kedro_faucet.nodes.forecast.preparation.chunks.CELLS", 1)
    rows = table({name: [(month(0), 1.0), (month(1), 2.0)] for name in "ab"})
    reading = Reading(Columns(), MONTHLY)
    assert len(list(reading.panels(rows.to_batches(), 10))) == 2
    assert reading.panel(pa.concat_tables([rows.slice(0, 3), rows.slice(3)]))[0].ids.tolist() == ["a", "b"]


def test_gaps_are_filled() -> None:
    """A late start and the future are left out; between, a line is drawn, or what is asked for put in."""
    assert one([None, None, 1, None, None, 4, None]) == [1, 2, 3, 4]
    assert one([None, 1, None, 4, None], fill=0.0) == [1, 0, 4]
    assert one([7, None, None, 7]) == [7, 7, 7, 7]
    assert one([5]) == [5]


def test_a_missing_row_is_a_gap_like_any() -> None:
    """Whether a period has no row or no value is the same."""
    rows = table({"a": [(month(0), 1.0), (month(3), 4.0)], "b": [(month(0), 1.0), (month(2), None), (month(3), 4.0)]})
    panel, _ = read_panel(rows, Columns(), MONTHLY)
    assert panel.values.T.tolist() == [[1, 2, 3, 4], [1, 2, 3, 4]]


def test_series_end_when_they_end() -> None:
    """Series of differing ends are aligned by their last values, each with its own last period."""
    rows = table({"a": [(month(0), 1.0), (month(1), 2.0)], "b": [(month(7), 5.0)]})
    panel, _ = read_panel(rows, Columns(), MONTHLY)
    assert np.array_equal(panel.values, [[1, np.nan], [2, 5]], equal_nan=True)
    assert np.diff(panel.ends).tolist() == [6]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.int64(), [1, 2]),
        (pa.int16(), [1, 2]),
        (pa.float32(), [1, 2]),
        (pa.decimal128(9, 2), [Decimal(1), Decimal(2)]),
    ],
)
def test_any_number_is_a_value(kind: pa.DataType, values: list[Any]) -> None:
    """Integers, floats and decimals become doubles."""
    rows = table({"a": [(month(n), value) for n, value in enumerate(values)]}, y=kind)
    assert read_panel(rows, Columns(), MONTHLY)[0].values.tolist() == [[1.0], [2.0]]


def test_a_duplicate_is_told() -> None:
    """A time that comes twice is named, and three of many."""
    assert fault([(month(0), 1.0), (month(0), 2.0)]) == "more than one row for 2010-01-01"
    many = [(month(n // 2), 1.0) for n in range(10)]
    assert fault(many) == "more than one row for 2010-01-01, 2010-02-01, 2010-03-01 and 2 more"


def test_a_time_off_the_grid_is_told() -> None:
    """A day within months is named, and what to do about it; a series of another frequency, with that."""
    todo = "; correct these rows, aggregate to one row a period, or give freq="
    assert fault([(month(0), 1.0), (date(2010, 2, 3), 2.0)]) == f"off the frequency MS: 2010-02-03{todo}"
    days: list[tuple[date | None, float | None]] = [(date(2010, 2, day), 1.0) for day in range(1, 6)]
    named = "2010-02-02, 2010-02-03, 2010-02-04 and 1 more (it looks like freq='D')"
    assert fault(days) == f"off the frequency MS: {named}{todo}"


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e200])
def test_a_value_that_is_not_finite_is_told(value: float) -> None:
    """Infinite values, NaN and what has no finite square are named by their time."""
    assert fault([(month(0), 1.0), (month(1), value), (month(2), 1.0)]) == "not a finite number at 2010-02-01"


def test_a_series_without_values_is_told() -> None:
    """Rows alone make no series."""
    assert fault([(month(0), None), (month(1), None)]) == "it has no value"


def test_a_missing_time_is_told() -> None:
    """A row without a time is counted, wherever the engine puts it."""
    assert fault([(None, 1.0), (month(0), 1.0)]) == "1 of its rows have no time"
    assert fault([(month(0), 1.0), (None, 1.0), (None, None)]) == "2 of its rows have no time"


def test_a_time_far_off_is_told() -> None:
    """One wild time does not make the panel as long as history, nor does one without end."""
    rows = [(month(0), 1.0), (date(2999, 1, 1), 2.0)]
    assert fault(rows) == "it has 2 values in the 11869 periods from 2010-01-01 to 2999-01-01; correct its times"
    ends = pa.table(
        {"unique_id": ["a"] * 2, "ds": pa.array([-(2**63), 2**63 - 1]).cast(pa.timestamp("us")), "y": [1, 2]}
    )
    assert list(read_panel(ends, Columns(), Frequency("us"))[1]) == ["a"]
    days = ends.set_column(1, "ds", pa.array([-(2**31), 2**31 - 1], pa.int32()).cast(pa.date32()))
    assert list(read_panel(days, Columns(), Frequency("D"))[1]) == ["a"]


def test_a_gap_of_generations_is_told() -> None:
    """A year 2204 in place of 2024 is told where gaps are filled with a number, too; rare events of old are none."""
    slip = [(month(n), 1.0) for n in range(40)] + [(date(2204, 1, 1), 1.0)]
    assert fault(slip) == "it has 41 values in the 2329 periods from 2010-01-01 to 2204-01-01; correct its times"
    eruptions = table({"a": [(date(year, 1, 1), 1.0) for year in (1700, 1760, 1840, 1901)]})
    assert not read_panel(eruptions, Columns(), Frequency("YS"), fill=0.0)[1]


def test_too_much_to_interpolate_is_told() -> None:
    """A series of which more than a part would be interpolated is refused; filled with a number it is not."""
    rows = table({"a": [(month(n), 1.0) for n in (0, 1, 2, 3, 5)], "bad": [(month(n), 1.0) for n in (0, 1, 2, 4, 6)]})
    panel, faults = read_panel(rows, Columns(), MONTHLY, max_filled=0.2)
    assert panel.ids.tolist() == ["a"]
    assert faults["bad"].startswith(
        "it has 5 values in the 7 periods from 2010-01-01 to 2010-07-01, so more than max_filled=0.2 of it would be "
        "interpolated; give fill=0 if nothing happened then, another freq=, or aggregate"
    )
    for options in ({"fill": 0.0, "max_filled": 0.2}, {"max_filled": 1.0}, {}):
        assert not read_panel(rows, Columns(), MONTHLY, **options)[1]


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_what_ends_with_the_calendar_has_no_future(kind: pa.DataType) -> None:
    """A forecast of the year 10000 is refused, not made of times that nothing can show; a backtest looks back."""
    rows = table({"a": [(date(9999, n, 1), 1.0) for n in (10, 11, 12)], "b": [(month(0), 1.0)]}).cast(
        pa.schema({"unique_id": pa.string(), "ds": kind, "y": pa.float64()})
    )
    panel, faults = read_panel(rows, Columns(), MONTHLY, horizon=2)
    assert panel.ids.tolist() == ["b"]
    assert faults == {"a": "a forecast of 2 periods goes beyond the year 9999"}
    assert not read_panel(rows, Columns(), MONTHLY, horizon=2, ahead=False)[1]


def test_a_series_without_a_name_is_told() -> None:
    """Rows of which no series is known are no series, whether the engine puts them first or last."""
    good = [(month(0), 1.0), (month(1), 2.0)]
    for rows in (table({None: good, "a": good}), table({"a": good, None: good})):
        panel, faults = read_panel(rows, Columns(), MONTHLY)
        assert panel.ids.tolist() == ["a"]
        assert faults == {None: "the series has no name"}


def test_a_panel_may_be_all_faults() -> None:
    """Where no series can be forecast the panel is empty, and says why."""
    panel, faults = read_panel(table({"a": [(month(0), None)]}), Columns(), MONTHLY)
    assert panel.values.shape == (0, 0)
    assert faults == {"a": "it has no value"}


def promotions(values: dict[str, list[tuple[float | None, float | None, bool | None]]]) -> pa.Table:
    """Rows with two features."""
    rows = [(name, month(n), *row) for name, each in values.items() for n, row in enumerate(each)]
    names = ("unique_id", "ds", "y", "promo", "holiday")
    return pa.table(dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True)))


FEATURES = Columns(features=("promo", "holiday"))


def test_features_reach_ahead() -> None:
    """What is known ahead stands beside the values and below them, for each series from its own begin on."""
    rows = promotions(
        {
            "a": [(1, 10, True), (2, 11, False), (None, 12, True)],
            "b": [(None, 19, True), (3, 20, True), (None, 21, False)],
        }
    )
    panel, faults = read_panel(rows, FEATURES, MONTHLY, horizon=1)
    assert not faults
    assert panel.features is not None
    assert np.array_equal(panel.features[:, :, 0], [[10, np.nan], [11, 20], [12, 21]], equal_nan=True)
    assert np.array_equal(panel.features[:, :, 1], [[1, np.nan], [0, 1], [1, 0]], equal_nan=True)


def test_a_feature_that_is_not_known_is_told() -> None:
    """A series that lacks a feature, within its history or ahead, is named with the time; the others are read."""
    good: list[tuple[float | None, float | None, bool | None]] = [(1, 1, True), (2, 1, True), (None, 1, True)]
    rows = promotions(
        {
            "a": good,
            "b": [(1, 1, True), (2, None, True), (None, 1, True)],
            "c": [(1, 1, True), (2, 1, True)],
            "d": [(1, 1, True), (2, 1, True), (None, 1, None)],
            "e": good,
        }
    )
    panel, faults = read_panel(rows, FEATURES, MONTHLY, horizon=1)
    assert panel.ids.tolist() == ["a", "e"]
    assert panel.features is not None
    assert panel.features.shape == (3, 2, 2)
    assert faults == {
        "b": "the feature 'promo' is not known for 2010-02-01",
        "c": "the feature 'promo' is not known for 2010-03-01",
        "d": "the feature 'holiday' is not known for 2010-03-01",
    }


@given(panels, st.integers(1, 9))
def test_features_do_not_depend_on_the_batch(panel: dict[str, dict[int, float | None]], size: int) -> None:
    """What is known before a series begins is nowhere, whatever longer series stand beside it."""
    rows = monthly(panel).append_column("promo", pa.array(np.arange(sum(map(len, panel.values()))) * 1.0))
    columns = Columns(features=("promo",))
    alone = dict[str, bytes]()
    for reading_size in (1, size):
        for part, _ in Reading(columns, MONTHLY).panels(rows.to_batches(), reading_size):
            assert part.features is not None
            assert np.array_equal(np.isfinite(part.features[:, :, 0]), np.isfinite(part.values))
            for line, name in enumerate(part.ids):
                found = part.features[np.isfinite(part.values[:, line]), line, 0].tobytes()
                assert alone.setdefault(name, found) == found


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (pa.date32(), [date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31)]),
        (pa.timestamp("us"), [datetime(2013, 1, 1, 6), datetime(2013, 1, 2, 6), datetime(2013, 1, 3, 6)]),
        (pa.int32(), [2011, 2012, 2013]),
        (pa.int64(), [10, 20, 30]),
    ],
)
@pytest.mark.parametrize(("id_kind", "name"), [(pa.string(), "a"), (pa.int64(), 7), (pa.int32(), 7)])
def test_what_follows_has_the_types_of_what_was(
    kind: pa.DataType, times: list[Any], id_kind: pa.DataType, name: Any
) -> None:
    """The rows ahead go on where the series ends, named and dated in the types that were read."""
    history = table({name: [(times[0], 1.0), (times[1], 2.0)]}, unique_id=id_kind, ds=kind)
    reading = pickle.loads(pickle.dumps(Reading.of(history, freq=10 if times[0] == 10 else None)))
    [(panel, _)] = reading.panels(history.to_batches(), 10)
    names, ahead = reading.future(panel, 1)
    assert (names.type, ahead.type) == (id_kind, kind)
    assert (names.to_pylist(), ahead.to_pylist()) == ([name], [times[2]])
