"""Which keys the objects of JSON files have, and which types hold all their values exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.csv.inference import (
    _BIG,
    _BOOLEAN,
    _DATE,
    _FRACTION,
    _SMALL,
    _TEXT,
    _TIMESTAMP,
    _TYPES,
    _is_day,
    _is_time,
)
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import PLAIN
from kedro_faucet.exceptions import ResourceError

_OBJECT, _ARRAY = _TEXT << 1, _TEXT << 2
# The engine gives numbers as it writes them: 1.5 for 1.50, 0 for -0, and 17 digits of a fraction at most.
_REWRITTEN = r"[0-9]{16}[.]|[:,\[]\s*-0\s*[,}\]]"
_LONG = "|".join(rf"[0-9]{{{before}}}[.][0-9]{{{17 - before}}}" for before in range(1, 17))
# Whole numbers that no BIGINT holds, and ones that a DOUBLE may round; digits within texts count too, to be safe.
_DIGITS = "regexp_extract_all({x}, '[^0-9.]([0-9]{{19,}})', 1)"
_BEYOND = f"list_any_value(list_filter({_DIGITS}, lambda n: try_cast(n as BIGINT) is null))"
_ROUNDED = "regexp_matches({x}, '[^0-9.][0-9]{{16,}}')"


@dataclass(frozen=True)
class Found:
    """Of which forms the values of a key are."""

    forms: int

    @property
    def type(self) -> str | None:
        """The type of the values; none where they are all objects, or all lists."""
        return None if self.forms in (_OBJECT, _ARRAY) else _TYPES.get(self.forms, "VARCHAR")

    @property
    def is_empty(self) -> bool:
        """Tell whether all are NULL."""
        return not self.forms

    @property
    def is_number(self) -> bool:
        """Tell whether all are numbers that a type of numbers holds."""
        return self.type in ("BIGINT", "DOUBLE")

    @property
    def has_fraction(self) -> bool:
        """Tell whether some are fractions."""
        return bool(self.forms & _FRACTION)


class Keys:
    """The keys of objects, in the order in which they come first, after a look at all rows."""

    def __init__(self, objects: str, texts: str = "json") -> None:
        """Look at all rows.

        Args:
            objects: DuckDB's SELECT of the objects, in a column ``json``.
            texts: its expression for an object whose numbers are as they are written, where that matters.
        """
        self.exact = texts != "json"
        self._objects = objects
        self.other, self.twice, self._rewritten = ask(
            "select coalesce(bool_or(json_type(json) <> 'OBJECT'), false), "
            "coalesce(bool_or(len(list_distinct(json_keys(json))) < len(json_keys(json))), false), "
            f"coalesce(bool_or(regexp_matches(cast(json as VARCHAR), '{_REWRITTEN}')), false) from ({objects})"
        )[0]
        rows = f"select json, row_number() over () as n from ({objects})"
        entries = (
            "select n, unnest(json_keys(json)) as name, generate_subscripts(json_keys(json), 1) as place, "
            "cast(unnest(json_extract(json, '$.*')) as VARCHAR) as v, "
            f"unnest(json_extract_string({texts}, '$.*')) as x from ({rows})"
        )
        found = ask(
            f"select name, bit_or({_form()}), min((n, place)) as first from ({entries}) group by name order by first"
        )
        self.names = {name: Found(forms) for name, forms, _ in found}

    def needs_exact_numbers(self, declared: Mapping[str, str]) -> bool:
        """Tell whether numbers are wanted as they are written: as texts, or as decimals of more than 16 digits."""
        if self.other or self.twice:
            return False
        fractions = {name: declared.get(name) or found.type for name, found in self.names.items() if found.has_fraction}
        if self._rewritten or "VARCHAR" in fractions.values():
            return True
        if not any(str(kind).startswith("DECIMAL") for kind in fractions.values()):
            return False
        test = f"regexp_matches(cast(json as VARCHAR), '{_LONG}')"
        return bool(ask(f"select 1 from ({self._objects}) where {test} limit 1"))


def _form() -> str:
    """Return DuckDB's expression for the form of one value, ``v`` as JSON and ``x`` as a text, as a bit."""
    whole, fraction = "try_cast(x as BIGINT)", "try_cast(x as DOUBLE)"
    limit = 2**53 - 1
    return (
        f"case v[1] when '{{' then {_OBJECT} when '[' then {_ARRAY} when 't' then {_BOOLEAN} when 'f' then {_BOOLEAN} "
        f"when 'n' then 0 when '\"' then case when {_is_day('x', PLAIN)} then {_DATE} "
        f"when {_is_time('x', PLAIN)} then {_TIMESTAMP} else {_TEXT} end "
        f"else case when cast({whole} as VARCHAR) = x "
        f"then case when {whole} between -{limit} and {limit} then {_SMALL} else {_BIG} end "
        f"when x in ('NaN', 'Infinity', '-Infinity') then {_FRACTION} "
        f"when x not glob '*[.eE]*' and x <> '-0' then {_TEXT} "
        f"when not isfinite({fraction}) then {_TEXT} when x glob '*[eE]*' or abs({fraction}) <= {limit} "
        f"or cast({fraction} as VARCHAR) = x then {_FRACTION} else {_TEXT} end end"
    )


def is_nested(kind: str) -> bool:
    """Tell whether a type is one of lists, maps or structs.

    >>> is_nested("BIGINT[]"), is_nested("STRUCT(a BIGINT)"), is_nested("DECIMAL(5,2)")
    (True, True, False)
    """
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))


def structure_of(name: str, rows: str, where: str) -> Any:
    """Return the structure of a column of objects or lists, with types that hold all numbers exactly.

    Args:
        name: the column, of JSON.
        rows: DuckDB's SELECT of it.
        where: the files, for errors.

    Raises:
        ResourceError: if keys of an object differ only by case.
    """
    x = f"cast({quote(name)} as VARCHAR)"
    text, beyond, rounded = ask(
        f"select json_group_structure({quote(name)}), coalesce(bool_or({_BEYOND.format(x=x)} is not null), false), "
        f"coalesce(bool_or({_ROUNDED.format(x=x)}), false) from ({rows})"
    )[0]
    leaves = {
        **dict.fromkeys(("BIGINT", "UBIGINT"), "VARCHAR" if beyond else "BIGINT"),
        "DOUBLE": "VARCHAR" if rounded else "DOUBLE",
        "BOOLEAN": "BOOLEAN",
    }
    return _typed(json.loads(text, object_pairs_hook=list), leaves, name, where)


def key_twice(name: str, rows: str) -> tuple[int, str] | None:
    """Return the first row in which an object within a column has a key twice, counted from 1, and the key's path.

    Such an object would be read with one of the values.
    """
    names = """regexp_extract_all(cast(kf_value as VARCHAR), '"(?:[^"\\\\]|\\\\.)*":?')"""
    keys = f"list_filter({names}, lambda x: x[-1] = ':')"
    rows = f"select {quote(name)} as kf_value, row_number() over () as kf_row from ({rows})"
    # Whether a key comes twice is quickly seen; whether in one object takes a look at all that the row holds.
    likely = f"select * from ({rows}) where len(list_distinct({keys})) < len({keys})"
    nodes = f"select kf_row, fullkey from ({likely}) as kf_rows, json_tree(kf_rows.kf_value)"
    found = ask(f"{nodes} group by all having count(*) > 1 order by kf_row limit 1")
    return found[0] if found else None


def _typed(node: Any, leaves: Mapping[str, str], path: str, where: str) -> Any:
    """Return a structure with our types; an object comes as its pairs, a list holds one structure."""
    if isinstance(node, str):
        return leaves.get(node, "VARCHAR")
    if node and isinstance(node[0], tuple):
        seen: dict[str, str] = {}
        for key, _ in node:
            if (first := seen.setdefault(key.lower(), key)) != key:
                raise ResourceError(
                    f"In objects of '{path}' the keys '{first}' and '{key}' are one, as names are alike where only "
                    f"their case differs: rename one of them in {where}, or declare the column as text (columns: "
                    f"{{{path.partition('.')[0]}: VARCHAR}})."
                )
        return {key: _typed(value, leaves, f"{path}.{key}", where) for key, value in node}
    return [_typed(node[0], leaves, path, where)]


def type_of(structure: Any) -> str:
    """Return DuckDB's word for a structure.

    >>> type_of({"a": "BIGINT", "b c": ["VARCHAR"]})
    'STRUCT(a BIGINT, "b c" VARCHAR[])'
    """
    if isinstance(structure, str):
        return structure
    if isinstance(structure, list):
        return f"{type_of(structure[0])}[]"
    fields = ", ".join(f"{quote(key)} {type_of(kind)}" for key, kind in structure.items())
    return str(duckdb.type(f"STRUCT({fields})"))


def nested_value(column: str, kind: str, structure: Any) -> str:
    """Return DuckDB's expression for a value of JSON in a type, NULL where the type does not hold all of it exactly.

    Args:
        column: the JSON.
        kind: the type.
        structure: the one of the files' values, which holds them; the value in the type is compared with it.
    """
    value, plain = f"try_cast({column} as {kind})", literal(json.dumps(structure))
    if kind == type_of(structure):
        return value
    same = f"json_transform(to_json({value}), {plain}) is not distinct from json_transform({column}, {plain})"
    return f"case when {same} then {value} end"
