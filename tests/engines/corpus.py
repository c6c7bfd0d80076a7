"""The tables and the reader of the golden corpus."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table


def read(name: str) -> Any:
    """Read one of the files of cases that lie here."""
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))


CORPUS: dict[str, Any] = read("corpus.yml")
MARKS: dict[str, dict[str, str]] = read("refused.yml")
"""What is refused: by its mark, each text with a part of what is said of it."""
REFUSED = {text: said for texts in MARKS.values() for text, said in texts.items()}
_KEYWORDS = ("select ", "with ", "pivot ", "insert ", "create ")


def statement(text: str) -> str:
    """A text that is no statement is an expression over the rows of t."""
    return text if text.startswith(_KEYWORDS) else f"select {text} as c from t"


_SCHEMA = pa.schema([
    ("id", pa.int64()), ("i", pa.int32()), ("b", pa.int64()), ("f", pa.float64()), ("m", pa.decimal128(10, 2)),
    ("s", pa.string()), ("d", pa.date32()), ("ts", pa.timestamp("us")), ("o", pa.bool_()), ("g", pa.string()),
    ("ns", pa.string()), ("ds", pa.string()), ("x", pa.float64()), ("chr", pa.string()),
])  # fmt: skip
_ROWS: list[tuple[Any, ...]] = [
    (
        1,
        1,
        2**53 + 1,
        1.5,
        "1.50",
        "Anna",
        date(2012, 2, 29),
        datetime(2012, 2, 29),
        True,
        "a",
        "12",
        "2013-01-31",
        1.0,
        "\n",
    ),
    (
        2,
        -7,
        -(2**53) - 1,
        -0.0,
        "-0.05",
        "éß Ünï",
        date(2020, 12, 31),
        datetime(2020, 12, 31, 23, 59, 59, 999999),
        False,
        "a",
        " 7 ",
        "2013-02-30",
        math.nan,
        "",
    ),
    (3, None, None, None, None, None, None, None, None, "b", None, None, None, None),
    (4, 0, 0, 0.0, "0.00", "", date(1970, 1, 1), datetime(1970, 1, 1), True, "b", "", "", math.inf, "x"),
    (
        5,
        2**31 - 1,
        2**60,
        1e10,
        "99999999.99",
        "  pad ",
        date(1900, 1, 1),
        datetime(1969, 12, 31, 23, 59, 59, 500000),
        False,
        "b",
        "1.5",
        "2013-01",
        -2.5,
        "a",
    ),
    (
        6,
        3,
        7,
        2.5,
        "2.50",
        "🦆 duck_%",
        date(2021, 1, 3),
        datetime(2021, 1, 3, 12, 34, 56, 789000),
        True,
        None,
        "x",
        "2013-01-31T10:20",
        2.5,
        "\na",
    ),
    (
        7,
        -2,
        -1,
        -2.5,
        "-2.50",
        'O\'Neil, "x"\n\\d',
        date(9999, 12, 31),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
        None,
        "a",
        "-3",
        "2013-01-31 10:00:00+02",
        -1e-7,
        "a\n",
    ),
    (
        8,
        12,
        100,
        0.1,
        "12.34",
        "anna",
        date(2013, 1, 31),
        datetime(2013, 3, 31, 2, 30),
        True,
        "c",
        "1e3",
        "today",
        3.5,
        "a",
    ),
]


def tables(engine: Engine) -> dict[str, Table]:
    """``t`` has a nasty value of each type in each row; ``u`` is what it is joined to."""
    rows = [(*row[:4], row[4] and Decimal(row[4]), *row[5:]) for row in _ROWS]
    arrays = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(_SCHEMA)]
    joined = pa.table({"k": ["a", "a", "c", "z", None], "v": pa.array([1, 2, 3, 4, 5], pa.int64())})
    return {"t": engine.from_frame(pa.table(arrays, _SCHEMA)), "u": engine.from_frame(joined)}


def expressions() -> list[str]:
    """Every expression over the rows of t."""
    texts = [text for group in CORPUS["expressions"].values() for text in group]
    return [str(text).lower() if isinstance(text, bool) else str(text) for text in texts]


def aggregates() -> list[str]:
    """Every aggregate over t grouped by g; string_agg by itself, as it stands beside no distinct one."""
    return [*CORPUS["joined"], *CORPUS["aggregates"]]


def comparable(value: Any) -> Any:
    """Floats to twelve digits: sums in another order, and functions of another library, differ in the last ones."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(f"{value:.12g}")
    return value
