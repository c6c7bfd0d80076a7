"""Random CSV and JSON files: what people and programs write, and what they should not."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

POOLS = {
    "whole": ["5", "-12", "0", "9223372036854775807", "-9223372036854775808", "42", "1000000"],
    "odd whole": ["007", "+1", "-0", "1_000", "9223372036854775808", "18446744073709551616", "1" * 30, " 5 ", "5"],
    "fraction": ["1.50", ".5", "1e-05", "nan", "0.1", "-2.5", "3", "1.0000000000000001", "inf"],
    "odd fraction": ["1E5", "5.", "NaN", "-Infinity", "1,5", "1.234,5", "1e400", "9007199254740993", "1e-400"],
    "boolean": ["true", "false", "True", "FALSE"],
    "odd boolean": ["t", "yes", "1", "0", "true"],
    "day": ["2013-01-31", "2012-02-29", "0001-01-01", "9999-12-31", "1970-01-01"],
    "odd day": ["2013-02-30", "31-12-13", "2013-1-5", "31/01/2013", "20130131", "2013-01-31 ", "10000-01-01", "today"],
    "time": ["2013-01-31 05:00", "2013-01-31T05:00:00.5", "2013-01-31 23:59:59.999999", "0001-01-01 00:00:00"],
    "odd time": ["2013-01-31T10:20:30Z", "2013-01-31 10:20:30+02", "2013-01-31 24:00:00", "2013-01-31 05:00:00.1234567",
                 "2013-01-31 5:00", "2013-03-31 02:30:00+01:00"],
    "text": ["Anna", "éß Ünï", "🦆", "a b", "x" * 3000, "\\N", "a\\b", "'", "NULL", "null", "-", "=1+1"],
    "odd text": ['O"Neil', "a,b", "line\nbreak", "cr\rhere", "crlf\r\nhere", " padded ", "\ttab", "#no", ";", "\u00a0",
                 "\u2028", "e\u0301", "", "  "],
}  # fmt: skip
_DECLARED = {
    "whole": ["BIGINT", "DOUBLE", "DECIMAL(38,0)", "VARCHAR"], "odd whole": ["INTEGER", "VARCHAR", "SMALLINT"],
    "fraction": ["DOUBLE", "FLOAT", "DECIMAL(10,2)", "DECIMAL(38,20)"], "odd fraction": ["DOUBLE", "DECIMAL(18,3)"],
    "boolean": ["BOOLEAN"], "odd boolean": ["BOOLEAN"], "day": ["DATE", "TIMESTAMP"], "odd day": ["DATE"],
    "time": ["TIMESTAMP", "DATE"], "odd time": ["TIMESTAMP"], "text": ["VARCHAR"], "odd text": ["VARCHAR"],
}  # fmt: skip
_NAMES = ["id", "Name", "a b", "é", "select", "n.1", 'say "x"', "a,b", "x" * 60, "_", "1st", "line\nbreak", "🦆"]


@dataclass
class Written:
    """A file that is written, and how it is read.

    Args:
        format: csv or json.
        data: its bytes.
        options: what the reader is told.
    """

    format: str
    data: bytes
    options: dict[str, Any] = field(default_factory=dict)


def csv(chance: random.Random) -> Written:
    """Write a CSV file: of odd values each fourth, of declared types each third."""
    names = chance.sample(_NAMES, chance.randint(1, 5))
    pools = [chance.choice(list(POOLS)) if chance.random() < 0.3 else chance.choice(list(POOLS)[::2]) for _ in names]
    options: dict[str, Any] = {}
    delimiter = chance.choice([",", ",", ",", ";", "\t", "||"])
    if delimiter != ",":
        options["delimiter"] = delimiter
    if chance.random() < 0.33:
        options["columns"] = {name: chance.choice(_DECLARED[pool]) for name, pool in zip(names, pools, strict=True)
                              if chance.random() < 0.7}  # fmt: skip
    if chance.random() < 0.2:
        options["nulls"] = chance.sample(["NULL", "-", "\\N", "0"], 2)
    end = chance.choice(["\n", "\n", "\r\n", "\r"])
    rows = [names] + [[_field(chance, pool) for pool in pools] for _ in range(chance.choice([0, 1, 3, 6]))]
    lines = [delimiter.join(_quoted(chance, text, delimiter) for text in row) for row in rows]
    data = end.join(lines) + chance.choice([end, end, ""])
    encoding = chance.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig"])
    return Written("csv", data.encode(encoding), options)


def _field(chance: random.Random, pool: str) -> str:
    return "" if chance.random() < 0.15 else chance.choice(POOLS[pool])


def _quoted(chance: random.Random, text: str, delimiter: str) -> str:
    needs = any(sign in text for sign in (delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if needs or chance.random() < 0.1 else text


class _Number(str):
    """A number as it is written."""


def json_lines(chance: random.Random) -> Written:
    """Write objects, a line each or in one list; keys are missing here and there."""
    names = chance.sample(_NAMES, chance.randint(1, 5))
    kinds = [chance.choice(list(_KINDS)) for _ in names]
    rows = [
        {name: _value(chance, kind, 2) for name, kind in zip(names, kinds, strict=True) if chance.random() < 0.85}
        for _ in range(chance.choice([0, 1, 3, 6]))
    ]
    texts = [_dumped(row, escaped=chance.random() < 0.3) for row in rows]
    whole = f"[{', '.join(texts)}]" if chance.random() < 0.2 else "\n".join(texts) + chance.choice(["\n", ""])
    return Written("json", whole.encode())


_KINDS = {
    "whole": ["1", "-7", "0", "9223372036854775807", "9007199254740993"],
    "odd whole": ["18446744073709551615", "1" * 30, "-0", "1"],
    "fraction": ["1.5", "1", "1e5", "1E-3", "0.1", "-2.50", "12345678901234567.89"],
    "boolean": [True, False], "day": POOLS["day"], "odd day": POOLS["odd day"], "time": POOLS["time"],
    "odd time": POOLS["odd time"], "text": POOLS["text"], "odd text": POOLS["odd text"], "digits": ["12", "007"],
    "object": None, "list": None, "mixed": None,
}  # fmt: skip


def _value(chance: random.Random, kind: str, depth: int) -> Any:
    if chance.random() < 0.12:
        return None
    if kind == "mixed":
        return _value(chance, chance.choice(["whole", "fraction", "boolean", "text", "day", "list"]), depth - 1)
    if kind == "list":
        inner = chance.choice(["whole", "fraction", "text", "boolean", *(["object"] if depth > 0 else [])])
        return [_value(chance, inner, depth - 1) for _ in range(chance.randint(0, 3))]
    if kind == "object":
        inner = {"a": "whole", "B c": "text", "é": "fraction", "list": "list" if depth > 0 else "day"}
        return {name: _value(chance, each, depth - 1) for name, each in inner.items() if chance.random() < 0.7}
    found = chance.choice(_KINDS[kind] or [None])
    return _Number(found) if kind in ("whole", "odd whole", "fraction") else found


def _dumped(value: Any, *, escaped: bool) -> str:
    """Write JSON with its numbers as they are."""
    if isinstance(value, dict):
        pairs = ([_dumped(each, escaped=escaped) for each in pair] for pair in value.items())
        return "{" + ", ".join(f"{key}: {each}" for key, each in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_dumped(each, escaped=escaped) for each in value) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=escaped)
