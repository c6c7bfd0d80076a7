"""Which families of values the functions take."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import INTEGER, NULL, NUMBERS, TEXT, named
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.rule import refuses
from kedro_faucet.engines.dialect.subset.refusals import refuse

_BITS = {
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "xor", exp.BitwiseNot: "~", exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
}  # fmt: skip
_TEXTS = (exp.Reverse, exp.Initcap, exp.Ascii, exp.Unicode, exp.Levenshtein, exp.SHA, exp.Split, exp.RegexpExtractAll)
_OF_NUMBERS = (
    exp.Sin, exp.Cos, exp.Tan, exp.Asin, exp.Acos, exp.Atan, exp.Atan2, exp.Radians, exp.Degrees, exp.Trunc, exp.IsInf,
    exp.Corr, exp.CovarPop, exp.CovarSamp, exp.RegrSlope, exp.RegrIntercept, exp.RegrR2, exp.RegrCount,
    exp.PercentileCont,
)  # fmt: skip
_DATES = (exp.DateFromParts, exp.TimestampFromParts)
_TAKEN: dict[type, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(_TEXTS, ((TEXT,), "cast(x as varchar)")),
    **dict.fromkeys((*_BITS, exp.Chr, *_DATES), ((INTEGER,), "an integer: cast(floor(x) as bigint)")),
    **dict.fromkeys(_OF_NUMBERS, (NUMBERS, "a cast to a number")),
    exp.Hex: ((TEXT, INTEGER), "a text or an integer"),
}


@refuses(*_TAKEN)
def taken(node: Any) -> None:
    """A function is given what both engines take: one converts a text or a fraction, and the other stops."""
    families, instead = _TAKEN[type(node)]
    for name, value in node.args.items():
        if name == "group":
            continue
        for each in value if isinstance(value, list) else [value]:
            wanted = NUMBERS if name == "sec" else families
            if isinstance(each, exp.Expression) and family(each) not in (None, NULL, *wanted):
                refuse(node, f"{_name(node)} of {named(family(each))}", instead)


@refuses(exp.Trunc, exp.Floor, exp.Ceil)
def known(node: Any) -> None:
    """What loses its fraction is of a type that is known: what a BIGINT or DOUBLE cannot hold would be lost."""
    if family(node.this) is None:
        name = _name(node)
        refuse(node, f"{name} of a value whose type is not known", f"a cast of it: {name}(cast(x as double))")


def _name(node: Any) -> str:
    return _BITS.get(type(node)) or str(node.sql("duckdb")).partition("(")[0].lower()
