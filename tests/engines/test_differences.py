"""The list of what differs between the engines: up to date, and true."""

from __future__ import annotations

import pytest
from corpus import tables
from differences import BY_NATURE, pages

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import EngineError

PAGES = {path: (path.read_text(encoding="utf-8"), made) for path, made in pages().items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_are_what_the_cases_make(page: object) -> None:
    """The list of differences and the lists of the reference change only along with the tests' cases."""
    found, made = PAGES[page]
    assert found == made, "Run: python tests/engines/differences.py"


def _given(engine: Engine, text: str) -> str:
    try:
        return repr(engine.rows(engine.sql(text, **tables(engine)))[0][0])
    except EngineError:
        return "stops"


@pytest.mark.spark
def test_what_differs_by_nature_does_so(spark: Engine) -> None:
    """Each example of the list gives on each engine what the list says: what is mended one day leaves it."""
    found = [
        {**case, "duckdb": _given(engines.connect(), case["sql"]), "spark": _given(spark, case["sql"])}
        for case in BY_NATURE
    ]
    assert found == BY_NATURE
    assert [case["why"] for case in found if case["duckdb"] == case["spark"]] == []
