"""Drafts of star schemas."""

from __future__ import annotations

from typing import Any

from tables import frame

from kedro_faucet import engines
from kedro_faucet.nodes.merge.advisor import advise
from kedro_faucet.nodes.merge.draft import draft_star


def test_a_draft_is_a_star_schema() -> None:
    """Its code runs, and its bricks build the tables: a dimension that plays two roles is named by the columns."""
    engine = engines.connect()
    tables = {
        "lake/flights": frame(engine, id=[1, 2], from_code=["a", "b"], to_code=["b", "a"], airline_id=[7, 7]),
        "lake/airports": frame(engine, code=["a", "b"], name=["A", "B"]),
        "lake/airlines": frame(engine, id=[7, 8]),
    }
    made: dict[str, Any] = {}
    exec(draft_star(advise(tables)), made)
    schema = made["schema"]
    dimensions = {
        each.name: schema.dimension(each.name).build(tables[each.source], tables["lake/flights"])
        for each in schema.dimensions
    }
    assert sorted(dimensions) == ["airline", "airport"]
    fact = schema.fact("flight").build(tables["lake/flights"], **dimensions)
    assert sorted(fact.columns) == ["airline_key", "from_key", "id", "to_key"]


def test_a_fact_without_a_key_says_what_is_to_be_written() -> None:
    """Its grain is left to who knows."""
    engine = engines.connect()
    tables = {"a/sales": frame(engine, shop=["x", "x"]), "a/shops": frame(engine, shop=["x", "y"])}
    draft = draft_star(advise(tables))
    assert "grain=[],  # name the columns that tell one row from all others" in draft
