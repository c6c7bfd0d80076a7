"""Snapshots that replace others, that are taken back, and what was known when, against histories in plain Python."""

from __future__ import annotations

import history_model as model
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_history_order import rows_of, save_all, wide

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.nodes.history import History
from kedro_faucet.nodes.history.save import undone


def check(engine: Engine, log: Table, saved: list[model.Saved]) -> None:
    """Compare the views of a log with what snapshots imply."""
    history = History(log, "id")
    assert wide(engine, history.intervals(), "valid_from", "valid_to") == model.intervals(saved)
    for at, rows in model.as_of(saved).items():
        assert rows_of(engine, history.as_of(at)) == rows


@settings(max_examples=30, deadline=None)
@given(model.corrected())
def test_replaced(drawn: tuple[list[model.Saved], list[int]]) -> None:
    """A snapshot that replaces another holds at its time, whichever of them is saved first, late or twice."""
    engine, (saved, order) = engines.connect(), drawn
    log = save_all(engine, [saved[number] for number in order])
    assert log is not None
    check(engine, log, model.standing(saved))


@settings(max_examples=30, deadline=None)
@given(st.one_of(model.histories(), model.corrected()), st.data())
def test_undone(drawn: tuple[list[model.Saved], list[int]], data: st.DataObject) -> None:
    """After a snapshot is taken back the history is as if it, and what it replaced, had never been saved."""
    engine, (saved, order) = engines.connect(), drawn
    one = data.draw(st.sampled_from(model.standing(saved)))
    rest = [each for each in model.standing(saved) if each is not one]
    assume(rest)
    log = save_all(engine, [saved[number] for number in order])
    assert log is not None
    log = model.append(engine, log, undone(log, one.at).rows)
    check(engine, log, rest)
    again = save_all(engine, [one], log)
    assert again is not None
    check(engine, again, [*rest, one])


@settings(max_examples=20, deadline=None)
@given(model.corrected(), st.data())
def test_known_at(drawn: tuple[list[model.Saved], list[int]], data: st.DataObject) -> None:
    """What was known at a time is what the log said then, whatever was saved, replaced or taken back since."""
    engine, (saved, order) = engines.connect(), drawn
    cut = data.draw(st.integers(1, len(order)))
    early = save_all(engine, [saved[number] for number in order[:cut]])
    assert early is not None
    before = History(early, "id")
    log = save_all(engine, [saved[number] for number in order[cut:]], early)
    assert log is not None
    log = model.append(engine, log, undone(log, data.draw(st.sampled_from(saved)).at).rows)
    known_at = before.markers.known_at
    assert known_at is not None
    then = History(log, "id", known_at=known_at)
    assert wide(engine, then.intervals(), "valid_from", "valid_to") == wide(
        engine, before.intervals(), "valid_from", "valid_to"
    )
    for one in saved:
        assert rows_of(engine, History(log, "id").as_of(one.at, known_at)) == rows_of(engine, before.as_of(one.at))
