"""The reference of the SQL subset says what the code does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from pages import DOCS

from kedro_faucet import engines
from kedro_faucet.engines.dialect.generator.macros import MACROS
from kedro_faucet.engines.dialect.rules.casts import TYPES
from kedro_faucet.engines.dialect.subset.allowed import EXPRESSIONS
from kedro_faucet.engines.dialect.subset.hints import HINTS

PAGE = (DOCS / "reference" / "sql.md").read_text(encoding="utf-8")


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """A table's rows as the page has them."""
    return "\n".join(f"| {' | '.join(cells)} |".replace(" || ", " \\|\\| ") for cells in pairs)


def test_the_page_lists_every_macro() -> None:
    """The page has the table of the macros as the code has it: each call, and what it gives."""
    assert rows((f"`{macro.call}`", macro.gives) for macro in MACROS.values()) in PAGE


def test_the_page_lists_every_form_and_type() -> None:
    """The page has every expression and function of the subset, and every type of a cast."""
    assert "\n".join(f"- `{form}`" for form in EXPRESSIONS.values()) in PAGE
    assert ", ".join(f"`{kind}`" for kind in TYPES) in PAGE


def test_the_page_lists_every_hint() -> None:
    """The page has what to say instead of each form that is refused."""
    assert rows((f"`{name}`", hint) for name, hint in sorted(HINTS.items(), key=lambda pair: pair[0].lower())) in PAGE


@pytest.mark.parametrize("text", [block.split("```")[0] for block in PAGE.split("```sql\n")[1:]])
def test_the_examples_run(text: str) -> None:
    """Each SQL text on the page runs over the flights that it speaks of."""
    engine = engines.connect()
    flights = engine.sql(
        "select 'JFK' as origin, 'AA' as carrier, date '2013-01-31' as flight_date, 12.5 as dep_delay, 'N1' as tailnum"
    )
    assert engine.rows(engine.sql(text, flights=flights))
