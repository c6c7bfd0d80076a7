"""Profiles of tables: the same exact numbers on both engines."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from kedro_faucet.engines import Engine
from kedro_faucet.nodes.profile import profile

DAY, NOON = date(2013, 1, 1), datetime(2013, 1, 1, 12)


def test_each_column_is_told_by_exact_numbers(engine: Engine) -> None:
    """NULLs, different values, range, quartiles and the most frequent values; of what has none, nothing."""
    columns = {
        "id": [1, 2, 3, 4],
        "shop": ["b", "a", "b", None],
        "price": [Decimal("1.50"), Decimal("2.50"), Decimal("1.50"), None],
        "temp": [0.5, math.nan, None, -1.0],
        "day": [DAY, DAY, None, DAY],
        "at": [NOON, None, None, NOON],
        "open": [True, False, True, None],
        "tags": [["x"], ["x"], None, []],
        'odd "name"': pa.array([None] * 4, pa.string()),
    }
    found = {each.column: each for each in profile(engine.from_frame(pa.table(columns)), top=2)}
    assert [name for name, each in found.items() if each.is_key] == ["id"]
    told = {name: (each.nulls, each.distinct, each.least, each.greatest) for name, each in found.items()}
    assert told.pop("temp")[:3] == (1, 3, -1.0)
    assert math.isnan(found["temp"].greatest)
    assert told == {
        "id": (0, 4, 1, 4),
        "shop": (1, 2, "a", "b"),
        "price": (1, 2, Decimal("1.50"), Decimal("2.50")),
        "day": (1, 1, DAY, DAY),
        "at": (2, 1, NOON, NOON),
        "open": (1, 2, None, None),
        "tags": (1, 2, None, None),
        'odd "name"': (4, 0, None, None),
    }
    assert (found["id"].quartiles, found["price"].quartiles) == ((1.75, 2.5, 3.25), (1.5, 1.5, 2.0))
    assert found["shop"].top == (("b", 2), ("a", 1))
    assert found["id"].top == ((1, 1), (2, 1))


def test_a_table_without_rows_has_a_profile(engine: Engine) -> None:
    """Nothing is there, and no column is a key."""
    [found] = profile(engine.sql("select 1 as n where false"))
    assert (found.rows, found.nulls, found.distinct, found.least, found.top, found.is_key) == (0, 0, 0, None, (), False)
