"""The reference of the SQL subset says what the code does."""

from __future__ import annotations

import pytest
from pages import DOCS

from kedro_faucet import engines

PAGE = (DOCS / "reference" / "sql.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [block.split("```")[0] for block in PAGE.split("```sql\n")[1:]])
def test_the_examples_run(text: str) -> None:
    """Each SQL text on the page runs over the flights that it speaks of."""
    engine = engines.connect()
    flights = engine.sql(
        "select 'JFK' as origin, 'AA' as carrier, date '2013-01-31' as flight_date, 12.5 as dep_delay, 'N1' as tailnum"
    )
    assert engine.rows(engine.sql(text, flights=flights))
