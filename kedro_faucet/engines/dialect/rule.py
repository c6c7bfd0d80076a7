"""Rules of the translation: each makes one claim about some forms of a text, and keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, TypeAlias

Inputs: TypeAlias = Mapping[str, Mapping[str, str]]
"""The columns of each input with their types, in DuckDB's words."""

TREE, CHECK, REWRITING = "tree", "check", "rewriting"


@dataclass(frozen=True, eq=False)
class Rule:
    """A claim, which is the docstring of what keeps it.

    Args:
        apply: takes the tree and its inputs, a node, or a node and the engine, by the kind of the rule.
        kind: whether it is for the whole tree, refuses a node or warns of it, or returns what stands for it.
        forms: the classes of SQLGlot's that it looks at; all where there are none.
        engine: the engine that it is for; both where it is empty.
    """

    apply: Callable[..., Any]
    kind: str
    forms: tuple[type, ...] = ()
    engine: str = ""

    def __call__(self, *given: Any) -> Any:
        """Apply the rule."""
        return self.apply(*given)

    @property
    def name(self) -> str:
        """Its family and its own name, such as ``numbers.modulo``."""
        return f"{self.apply.__module__.rpartition('.')[2]}.{self.apply.__name__}"

    @property
    def claim(self) -> str:
        """What it claims, and why."""
        return (self.apply.__doc__ or "").partition("Args:")[0].strip()


def whole(apply: Callable[[Any, Inputs], None]) -> Rule:
    """Make a rule for a whole tree."""
    return Rule(apply, TREE)


def whole_on(engine: str) -> Callable[[Callable[[Any, Inputs], None]], Rule]:
    """Make a rule for a whole tree that is compiled for one engine."""
    return lambda apply: Rule(apply, TREE, engine=engine)


def refuses(*forms: type) -> Callable[[Callable[[Any], None]], Rule]:
    """Make a rule that refuses some of these forms."""
    return lambda apply: Rule(apply, CHECK, forms)


def warns(*forms: type) -> Callable[[Callable[[Any], None]], Rule]:
    """Make a rule that warns of some of these forms."""
    return lambda apply: Rule(apply, CHECK, forms)


def rewrites(*forms: type, engine: str = "") -> Callable[[Callable[[Any, str], Any]], Rule]:
    """Make a rule that returns what stands for a node, whose inner ones are rewritten already."""
    return lambda apply: Rule(apply, REWRITING, forms, engine)


def apply_rules(rules: tuple[Rule, ...], tree: Any, inputs: Inputs, engine: str = "") -> Any:
    """Return the tree after rules in their order; those of one kind that stand together share a walk."""
    for kind, by_form in _walks(rules, engine):
        if kind == TREE:
            for rule in by_form[object]:
                rule.apply(tree, inputs)
        elif kind == CHECK:
            for node in tree.walk():
                for rule in by_form[type(node)]:
                    rule.apply(node)
        else:
            for node in reversed(list(tree.walk())):
                made = _rewrite(node, by_form[type(node)], engine)
                tree = made if node is tree else tree
    return tree


def _rewrite(node: Any, rules: tuple[Rule, ...], engine: str) -> Any:
    """Put the first replacement in a node's place, and return it; what stands for a value is of its family."""
    for rule in rules:
        replacement = rule.apply(node, engine)
        if replacement is not node:
            replacement.meta["family"] = node.meta.get("family")
            node.replace(replacement)
            return replacement
    return node


class _ByForm(dict[type, "tuple[Rule, ...]"]):
    """The rules for a form, found when one is met."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        super().__init__()
        self.rules = rules

    def __missing__(self, form: type) -> tuple[Rule, ...]:
        found = self[form] = tuple(rule for rule in self.rules if not rule.forms or form in rule.forms)
        return found


@cache
def _walks(rules: tuple[Rule, ...], engine: str) -> list[tuple[str, _ByForm]]:
    chosen = [rule for rule in rules if rule.engine in ("", engine)]
    return [(kind, _ByForm(tuple(group))) for kind, group in groupby(chosen, key=lambda rule: rule.kind)]
