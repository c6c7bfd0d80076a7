"""Trials: the panel as it was, and what came."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from panels import side_by_side

from kedro_faucet.nodes.forecast.trials import recent_trial, trials

lengths = st.lists(st.integers(1, 20), min_size=1, max_size=6)


@given(lengths, st.integers(1, 5), st.lists(st.integers(5, 25), min_size=1, max_size=4), st.integers(1, 6))
def test_a_trial_is_the_panel_as_it_was(sizes: list[int], horizon: int, cuts: list[int], least: int) -> None:
    """Of each series that had enough values, the past ends as long ago as was asked, and what came follows it."""
    panel = side_by_side(*(10.0 * size + np.arange(size) for size in sizes))
    made = trials(panel, horizon, cuts, least)
    expected = [[line for line, size in enumerate(sizes) if size - cut >= least] for cut in cuts]
    assert [trial.series.tolist() for trial in made] == [series for series in expected if series]
    for trial, cut in zip(made, [cut for cut, series in zip(cuts, expected, strict=True) if series], strict=True):
        for line, series in enumerate(trial.series):
            values = panel.values[np.isfinite(panel.values[:, series]), series]
            past = trial.past.values[np.isfinite(trial.past.values[:, line]), line]
            assert past.tolist() == values[:-cut].tolist()
            assert trial.actual[:, line].tolist() == values[len(values) - cut :][:horizon].tolist()
        assert trial.past.ids.tolist() == panel.ids[trial.series].tolist()
        assert (trial.past.ends == panel.ends[trial.series] - cut).all()
        assert np.isfinite(trial.past.values[0]).any()


def test_a_gap_that_lasted_then_holds_the_value_before_it() -> None:
    """What was interpolated to a later value is, at the time, the last value that was known."""
    panel = side_by_side(np.array([1.0, 2, 4, 6, 8]), np.array([7.0, 8, 9]))
    filled = np.zeros((5, 2), dtype=bool)
    filled[2:4, 0] = True
    [trial] = trials(type(panel)(panel.ids, panel.values, panel.ends, panel.frequency, filled=filled), 1, [2], least=1)
    assert trial.past.values[:, 0].tolist() == [1, 2, 2]
    assert trial.past.values[-1, 1] == 7
    assert trial.actual.tolist() == [[6, 8]]


@given(lengths, st.integers(1, 5), st.integers(1, 30), st.integers(1, 6))
def test_a_recent_trial_forecasts_the_last_periods(sizes: list[int], cuts: int, enough: int, least: int) -> None:
    """Each series is tried at some of the last periods, and knows what was before, as it was alone."""
    panel = side_by_side(*(10.0 * size + np.arange(size) for size in [*sizes, 40]))
    trial = recent_trial(panel, cuts, enough, least)
    back = panel.ends[trial.series] - trial.past.ends
    assert len(set(zip(trial.series.tolist(), back.tolist(), strict=True))) == len(back)
    assert trial.past.ids.tolist() == panel.ids[trial.series].tolist()
    for line, (series, cut) in enumerate(zip(trial.series, back, strict=True)):
        values = panel.values[np.isfinite(panel.values[:, series]), series]
        assert trial.past.values[np.isfinite(trial.past.values[:, line]), line].tolist() == values[:-cut].tolist()
        assert trial.actual[:, line].tolist() == [values[-cut]]
        assert 1 <= cut <= cuts
        assert len(values) - cuts >= least
    assert len(back) >= min(enough, cuts)
