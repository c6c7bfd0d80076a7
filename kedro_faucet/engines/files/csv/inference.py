"""Which type the texts of a column are values of: one whose values, written back, are the texts that there are.

What may differ: zeros at the end of a fraction and before its point, a fraction's rounding to the nearest DOUBLE, the
case of true and false, T or a blank between date and time, and absent seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kedro_faucet.engines.dialect import literal
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import DAY, PLAIN, Notation, exact

_SMALL, _BIG, _FRACTION, _BOOLEAN, _DATE, _TIMESTAMP, _TEXT = (1 << bit for bit in range(7))
_TYPES = {
    _SMALL: "BIGINT",
    _BIG: "BIGINT",
    _SMALL | _BIG: "BIGINT",
    _FRACTION: "DOUBLE",
    _SMALL | _FRACTION: "DOUBLE",
    _BOOLEAN: "BOOLEAN",
    _DATE: "DATE",
    _TIMESTAMP: "TIMESTAMP",
}
"""What a column is whose texts are of these forms; VARCHAR where they are of others."""


def infer_types(texts: str, names: Sequence[str], notation: Notation = PLAIN) -> dict[str, str]:
    """Return the narrowest type that all texts of each column are values of.

    >>> infer_types("select '007' as zip, '1.50' as price, null as note", ["zip", "price", "note"])
    {'zip': 'VARCHAR', 'price': 'DOUBLE', 'note': 'VARCHAR'}

    Args:
        texts: DuckDB's SELECT of the columns as texts.
        names: the columns.
        notation: how values are written.
    """
    # One aggregate over all values: one for each of a thousand columns would take minutes to plan.
    values = f"unpivot ({texts}) on columns(*) into name kf_name value kf_value"
    forms = dict(ask(f"select kf_name, bit_or({_form('kf_value', notation)}) from ({values}) group by kf_name"))
    return {name: _TYPES.get(forms.get(name, _TEXT), "VARCHAR") for name in names}


def kept_types(texts: str, types: Mapping[str, str], notation: Notation = PLAIN) -> dict[str, str]:
    """Return those of the types whose values, written back, are exactly the texts that there are.

    >>> kept_types("select '01234' as zip, '1' as n", {"zip": "BIGINT", "n": "BIGINT"})
    {'n': 'BIGINT'}
    """
    kinds = {kind: [name for name in types if types[name] == kind] for kind in sorted(set(types.values()))}
    tests = "".join(
        f" when kf_name in ({', '.join(map(literal, names))}) then "
        f"cast({exact('kf_value', kind, notation)} as VARCHAR) is distinct from kf_value"
        for kind, names in kinds.items()
        if kind != "VARCHAR"
    )
    if not tests:
        return dict(types)
    values = f"unpivot ({texts}) on columns(*) into name kf_name value kf_value"
    lost = {name for (name,) in ask(f"select distinct kf_name from ({values}) where case{tests} else false end")}
    return {name: kind for name, kind in types.items() if name not in lost}


def _form(x: str, notation: Notation) -> str:
    """Return DuckDB's expression for the form of one text, as a bit."""
    n = notation.number(x)
    whole, fraction = f"try_cast({n} as BIGINT)", f"try_cast({n} as DOUBLE)"
    limit = 2**53 - 1
    plain = rf"regexp_full_match({n}, '-?(0|[1-9]\d*)?\.\d+') and abs({fraction}) <= {limit}"
    return (
        f"case when {_is_day(x, notation)} then {_DATE} when {_is_time(x, notation)} then {_TIMESTAMP} "
        f"when {n} glob '[-0-9]*' and cast({whole} as VARCHAR) = {n} "
        f"then case when {whole} between -{limit} and {limit} then {_SMALL} else {_BIG} end "
        f"when {n} glob '[-.0-9]*' and (({plain}) or cast({fraction} as VARCHAR) = {n}) then {_FRACTION} "
        f"when {x} in ('nan', 'inf') then {_FRACTION} "
        f"when strlen({x}) <= 5 and lower({x}) in ('true', 'false') then {_BOOLEAN} else {_TEXT} end"
    )


def _is_day(x: str, notation: Notation) -> str:
    day = exact(x, "DATE", notation)
    if notation.date_format:
        return f"strftime({day}, {literal(notation.date_format)}) = {x}"
    return f"{x} glob '{DAY}' and ({day}) is not null"


def _is_time(x: str, notation: Notation) -> str:
    time = exact(x, "TIMESTAMP", notation)
    if notation.timestamp_format:
        return f"strftime({time}, {literal(notation.timestamp_format)}) = {x}"
    form = r".{11}\d\d:\d\d(:\d\d(\.\d+)?)?"
    return f"{x} glob '{DAY}[ T]*' and regexp_full_match({x}, '{form}') and ({time}) is not null"
