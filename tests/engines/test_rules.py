"""The rules of the translation: each has its cases, and none is needless."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest
from corpus import read
from rules import CASES, TARGETS, inputs, refusals, translated

from kedro_faucet.engines.dialect import rules as families
from kedro_faucet.engines.dialect import warning
from kedro_faucet.engines.dialect.compiler import RULES, checked, compiled
from kedro_faucet.engines.dialect.rule import Rule
from kedro_faucet.exceptions import SqlError

GIVEN, REFUSED_BY = inputs(), refusals()
WARNED: dict[str, dict[str, str]] = read("warned.yml")
BY_NAME = {rule.name: rule for rule in RULES}


def test_every_rule_of_a_family_is_applied() -> None:
    """No rule is written and left out of the compiler's tuple, and each has a claim."""
    found = walk_packages(families.__path__, f"{families.__name__}.")
    modules = [import_module(each.name) for each in found]
    written_down = {value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    assert written_down <= set(RULES)
    assert [rule.name for rule in RULES if not rule.claim.endswith(".")] == []


def test_the_cases_are_what_the_rules_make() -> None:
    """The file of cases is up to date: what a rule writes changes only along with it."""
    hint = "If that is meant, run: python tests/engines/rules.py"
    found = {
        (name, case["sql"], target): case.get(target)
        for name, cases in CASES.items()
        for case in cases
        for target in TARGETS
        if translated(case["sql"], target, GIVEN) != case.get(target)
    }
    assert found == {}, hint
    assert list(CASES) == [name for name in BY_NAME if name in CASES], hint


@pytest.mark.parametrize("name", CASES)
def test_no_rule_is_needless(name: str) -> None:
    """Without a rule, each of its cases is translated differently for one of the engines, or not at all."""
    for case in CASES[name]:
        try:
            without = {target: translated(case["sql"], target, GIVEN, name) for target in TARGETS}
        except SqlError:
            continue
        assert without != {target: case[target] for target in TARGETS}, case["sql"]


def test_every_rule_has_a_case() -> None:
    """Each rule rewrites one of its cases, or refuses or warns of one of its texts."""
    assert set(BY_NAME) - {rule for rule, _ in REFUSED_BY.values()} - set(CASES) - set(WARNED) == set()


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WARNED.items() for text in texts])
def test_what_is_up_to_the_engine_is_warned_of_once(name: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """A text whose result is not certain is warned of once, on whichever engine, with what to write; no other is."""
    for cache in (checked, compiled):
        cache.cache_clear()
    for without in ("", name):
        for target in TARGETS:
            with warning():
                translated(text, target, GIVEN, without)
    said = [record.message for record in caplog.records]
    assert len(said) == (name in BY_NAME)
    assert all(WARNED[name][text] in each for each in said)
