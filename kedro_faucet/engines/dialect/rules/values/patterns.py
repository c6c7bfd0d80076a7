"""Regular expressions: written out, in what RE2 and Java's engine share."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.patterns import foreign, groups, java, matches_nothing
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse
from kedro_faucet.exceptions import shortened

_FORMS = (exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace, exp.RegexpExtractAll)


@refuses(*_FORMS)
def portable(node: Any) -> None:
    """A pattern is written out, in the words that both engines read alike."""
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        refuse(node, "a regular expression that is computed", "a pattern that is written out")
    if instead := foreign(pattern.this):
        refuse(node, f"the regular expression '{shortened(pattern.this)}'", instead)


@refuses(exp.RegexpExtract)
def group(node: Any) -> None:
    """A group that is extracted is one of the pattern's: at another one each engine stops in its own way."""
    number, pattern = node.args.get("group"), node.expression.this
    if number is not None and not (number.name.isdigit() and int(number.name) <= groups(pattern)):
        said = f"a group that '{shortened(pattern)}' does not have"
        refuse(node, said, "the number of a group, from 1 up, or 0 for all")


@refuses(exp.RegexpReplace)
def replacement(node: Any) -> None:
    """All matches are replaced, each of a letter or more, by a text without groups: the rest differs."""
    if node.args.get("modifiers") is None or node.args["modifiers"].name != "g":
        refuse(node, "regexp_replace of the first match", "regexp_replace(s, '…', 'x', 'g')")
    given = node.args["replacement"]
    if not isinstance(given, exp.Literal) or re.search(r"[\\$]", given.this):
        refuse(node, "regexp_replace with a group in the replacement", "regexp_extract and concat")
    if given.this and matches_nothing(node.expression.this):
        refuse(node, "regexp_replace by a pattern that matches the empty text", "+ instead of *")


@rewrites(*_FORMS, engine="spark")
def in_java(node: Any, engine: str) -> Any:
    r"""A pattern is put into Java's words, in which ``$``, ``.``, ``\s`` and ``(?i)`` are other ones."""
    node.set("expression", exp.Literal.string(java(node.expression.this)))
    return node
