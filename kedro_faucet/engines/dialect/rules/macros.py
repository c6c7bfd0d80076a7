"""Macros: what they are given, and what they stand for."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import BOOLEAN, DOUBLE, FLOAT, INTEGER, NUMBERS, TEXT, TIMES
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.macros import FORMS, Macro, arguments, macro_of
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?")
_START_UNITS = ("week", "month", "quarter", "year")


@refuses(*FORMS)
def given(node: Any) -> None:
    """A macro counts by integers and looks at dates and times: the engines convert others differently."""
    macro, values = macro_of(node), arguments(node)
    if macro is None:
        return
    if macro.name in ("surrogate_key", "text_of"):
        for value in values:
            if family(value) in (FLOAT, DOUBLE):
                refuse(value, f"{macro.name} of a {family(value)}", "a cast: cast the value first, to DECIMAL(18, 2)")
    if macro.name == "start_of" and values and values[0].name.lower() not in _START_UNITS:
        refuse(node, "start_of by another or a computed unit", "'week', 'month', 'quarter' or 'year'")
    for name, value in zip(macro.parameters, values, strict=False):
        _check_argument(macro, name, value)


def _check_argument(macro: Macro, name: str, value: Any) -> None:
    kind = family(value)
    if name in macro.integers and kind in set(NUMBERS) - {INTEGER}:
        refuse(value, f"{macro.name}, which takes integers, of a {kind}", "cast(floor(x) as integer)")
    if name in macro.moments and kind == TEXT and not is_iso(value):
        refuse(value, f"{macro.name} of a text", "cast(s as date) or cast(s as timestamp)")
    if macro.name == "isfinite" and kind in (TEXT, BOOLEAN, *TIMES):
        refuse(value, f"isfinite of a {kind}", "a number")
    if name in macro.moments and kind in (*NUMBERS, BOOLEAN):
        refuse(value, f"{macro.name} of a {kind}", "a date or a timestamp")


def is_iso(value: Any) -> bool:
    """Tell whether a value is a text that is written out, of a date or a time in ISO form."""
    return isinstance(value, exp.Literal) and _ISO.fullmatch(value.this) is not None


@rewrites(*FORMS)
def expanded(node: Any, engine: str) -> Any:
    """A macro is written in each engine's own SQL, where that has another function or one of another meaning."""
    macro = macro_of(node)
    return macro.expand(arguments(node), engine) if macro else node
