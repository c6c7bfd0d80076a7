"""What a history consists of, against histories in plain Python."""

from __future__ import annotations

import history_model as model
from hypothesis import given, settings
from test_history_order import save_all

from kedro_faucet import engines
from kedro_faucet.nodes.history import History
from kedro_faucet.nodes.history.summary import summary


@settings(max_examples=25, deadline=None)
@given(model.histories())
def test_summary(drawn: tuple[list[model.Saved], list[int]]) -> None:
    """Each snapshot is told with the keys that there were then, and those that came and went."""
    saved, order = drawn
    found = summary(History(save_all(engines.connect(), [saved[number] for number in order]), "id"))
    before: set[int] = set()
    for (one, state), each in zip(model.states(saved), found, strict=True):
        assert (each.at, each.kind, each.rows) == (one.at, "full" if one.complete else "partial", len(state))
        assert (each.inserts, each.deletes) == (len(set(state) - before), len(before - set(state)))
        before = set(state)
