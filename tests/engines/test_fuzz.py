"""Random expressions over the whole subset: alike on both engines, in values, types and refusals."""

from __future__ import annotations

import pytest
from fuzz import AGGREGATES, FORMS, WINDOWS, expressions, fuzz

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.engines.dialect.generator.macros import MACROS, macro_of
from kedro_faucet.engines.dialect.subset.allowed import EXPRESSIONS

ELSEWHERE = {
    "Exists", "Explode", "Array", "GenerateSeries", "Split", "RegexpExtractAll", "Grouping", "GroupingId",
    "CurrentDate", "Cast", "DPipe", "IntDiv",
}  # fmt: skip
"""What stands in statements alone (the corpus has those), or is another name of a form."""


def test_the_fuzz_writes_every_form_and_macro() -> None:
    """Each expression, function and macro of the subset is among what is written at random."""
    templates = [*(form for forms in FORMS.values() for form in forms), *AGGREGATES, *WINDOWS]
    plain = [template.translate(str.maketrans("{}", "  ")) for template in templates]
    nodes = [node for text in plain for node in parsed(f"select {text}").walk()]
    assert set(EXPRESSIONS) - {type(node).__name__ for node in nodes} - ELSEWHERE == set()
    assert set(MACROS) - {macro.name for node in nodes if (macro := macro_of(node))} == set()


def test_the_fuzz_is_the_same_for_one_seed() -> None:
    """What a seed found once can be found again."""
    first, second = expressions(7), expressions(7)
    assert [next(first) for _ in range(200)] == [next(second) for _ in range(200)]


@pytest.mark.spark
@pytest.mark.slow
def test_random_expressions_are_alike_on_both_engines(spark: Engine) -> None:
    """What is written at random gives the same values of the same types on both engines, or stops on both."""
    count, different = fuzz([engines.connect(), spark], seed=20, seconds=60, most=2000)
    assert count
    assert different == {}
