"""Several steps of hygiene as one."""

from __future__ import annotations

import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.hygiene import Cast, Clean, CleanNames, Fake, Mask, Pseudonym, Secret

SECRET = Secret("correct horse battery staple")


def test_steps_are_done_in_their_order(engine: Engine) -> None:
    """Each step sees what the one before has made, and those with a key use the same one."""
    table = engine.sql("""select '7' as "Order ID", 'ada' as "Customer", 'ada' as "Name", '1.5' as "Amount" """)
    steps = [
        CleanNames(),
        Pseudonym(["customer"]),
        Fake({"name": "name"}),
        Mask(null=["order_id"]),
        Cast({"customer": "VARCHAR", "amount": "DECIMAL(10,2)"}, invalid="reject", others="drop"),
    ]
    made = Clean(steps).build(table, SECRET)
    [(customer, amount)] = engine.rows(made["table"])
    assert (len(customer), float(amount), engine.rows(made["rejected"])) == (64, 1.5, [])
    preview = Clean(steps).sql()
    assert [line for line in preview.splitlines() if line.startswith("-- ")] == [
        "-- CleanNames", "-- Pseudonym", "-- Fake", "-- Mask", "-- Cast"
    ]  # fmt: skip


def test_steps_that_cannot_be_are_refused() -> None:
    """There is a step, and one with two results is the last."""
    with pytest.raises(ConfigError, match="needs a step"):
        Clean([])
    with pytest.raises(ConfigError, match="let it be the last step"):
        Clean([Cast({"a": "BIGINT"}, invalid="reject"), CleanNames()])
