"""Measures made of others: right in every cell, and when cells are added up again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.star import Average, Count, CountDistinct, Filtered, Measure, Ratio, Sum, WeightedAverage

TYPES = pa.schema({"shop": pa.string(), "day": pa.int32(), "price": pa.decimal128(9, 2), "sold": pa.int32()})
Row = tuple[str | None, int, Decimal | None, int | None]
BIG = Filtered(Sum("price"), where="sold > 2 and shop is not null", called="big")
MEAN = Filtered(Average("price"), where="sold > 2", called="of_big")
SHARE = Ratio(Filtered(Count(), "sold > 2", "many"), Count("sold"), called="share")
PRICE = WeightedAverage("price", weight="sold")
ALL = [Count(), BIG, MEAN, SHARE, PRICE]


def table(engine: Engine, rows: Sequence[Row]) -> Table:
    """What was sold."""
    return engine.from_frame(pa.Table.from_pylist([dict(zip(TYPES.names, row, strict=True)) for row in rows], TYPES))


def divided(total: Any, count: Any) -> float | None:
    """A quotient as engines give it."""
    return float(Fraction(total) / Fraction(count)) if count else None


def truth(rows: Sequence[Row]) -> tuple[Any, ...]:
    """What the measures are, counted in Python."""
    big = [price for shop, _, price, sold in rows if sold is not None and sold > 2 and shop is not None]
    of_big = [price for _, _, price, sold in rows if sold is not None and sold > 2 and price is not None]
    known = [price for price in big if price is not None]
    counted = [sold for *_, sold in rows if sold is not None]
    # As in SQL, a weight counts where the price is known, and a product where both are.
    products = [price * sold for _, _, price, sold in rows if price is not None and sold is not None]
    weights = [sold for _, _, price, sold in rows if price is not None and sold is not None]
    return (
        len(rows),
        sum(known) if known else None,
        divided(sum(of_big), len(of_big)),
        divided(sum(sold > 2 for sold in counted), len(counted)),
        divided(sum(products), sum(weights)) if products else None,
    )


def close(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Tell whether rows are equal, quotients to the last digits of a double."""
    return all(
        a == (pytest.approx(b, rel=1e-12) if isinstance(b, float) else b) for a, b in zip(ours, theirs, strict=True)
    )


prices = st.none() | st.decimals(-9999, 9999, places=2)
lines = st.tuples(st.sampled_from(["a", "b", None]), st.integers(1, 3), prices, st.none() | st.integers(-5, 9))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(lines, min_size=1, max_size=12))
@pytest.mark.parametrize("more", [[], [CountDistinct("price")]], ids=["added up", "counted anew"])
def test_cells_equal_what_python_counts(engine: Engine, more: list[Measure], rows: list[Row]) -> None:
    """Each cell of each set has what its rows give, beside measures that can be added up and one that cannot."""
    cube = Cube("sales", "sale", ["shop", "day"], [*ALL, *more])
    cells = cube.build(table(engine, rows))
    keys: dict[tuple[str, ...], Callable[[Row], tuple[Any, ...]]] = {
        ("shop", "day"): lambda row: row[:2],
        ("shop",): lambda row: row[:1],
        (): lambda row: (),
    }
    for by, key in keys.items():
        found = {row[: len(by)]: row[len(by) :] for row in engine.rows(cube.select(cells, by, ALL))}
        assert found.keys() == {key(row) for row in rows}
        for group, values in found.items():
            assert close(values, truth([row for row in rows if key(row) == group]))


def test_finer_cells_are_added_up(engine: Engine) -> None:
    """A total that no set has is made of the parts: never a mean of means."""
    rows: list[Row] = [
        ("a", 1, Decimal(10), 1),
        ("a", 2, Decimal(20), 9),
        ("b", 1, Decimal(40), None),
        ("b", 1, None, 5),
    ]
    cube = Cube("sales", "sale", ["shop", "day"], ALL, sets=[["shop", "day"]])
    [total] = engine.rows(cube.select(cube.build(table(engine, rows))))
    assert close(total, truth(rows))


def test_parts_are_exact(engine: Engine) -> None:
    """Products of integers do not overflow, and those of decimals keep all their digits."""
    most = 2**31 - 1
    measures = [WeightedAverage("sold", weight="day"), PRICE]
    cells = Cube("sales", "sale", ["shop"], measures).build(table(engine, [("a", most, Decimal("9999999.99"), most)]))
    types = engine.schema(cells)
    assert types["sold_by_day_sum"] == "DECIMAL(38,0)"
    assert types["price_by_sold_sum"] == "DECIMAL(38,2)"
    rows = [dict(zip(types, row, strict=True)) for row in engine.rows(cells)]
    assert {row["sold_by_day_sum"] for row in rows} == {Decimal(most * most)}
    assert {row["price_by_sold_sum"] for row in rows} == {Decimal("9999999.99") * most}


def test_a_ratio_of_distinct_counts_is_not_added_up(engine: Engine) -> None:
    """It is asked of a set that is stored, else refused as a distinct count is."""
    ratio = Ratio(CountDistinct("price"), Count(), called="variety")
    cube = Cube("sales", "sale", ["shop"], [ratio], sets=[["shop"]])
    cells = cube.build(table(engine, [("a", 1, Decimal(1), 1), ("a", 1, Decimal(1), 1)]))
    assert engine.rows(cube.select(cells, ["shop"])) == [("a", 0.5)]
    with pytest.raises(DataError, match="distinct counts cannot be added up"):
        cube.select(cells)


def test_what_cannot_be_added_up_is_refused(engine: Engine) -> None:
    """The sum of a text, and of a ratio, are refused with what to ask for."""
    sales = table(engine, [("a", 1, Decimal(1), 1)])
    with pytest.raises(
        DataError, match=r"Sum\(column='shop'\) adds up 'shop', which is a VARCHAR: ask for Count\('shop'\)"
    ):
        Cube("sales", "sale", ["day"], [Sum("shop")]).build(sales)
    cube = Cube("sales", "sale", ["day"], [SHARE])
    with pytest.raises(DataError, match="would count averages as if each stood for one row: ask for Ratio"):
        cube.select(cube.build(sales), measures=[Sum("share")])


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("sum(sold) > 2", "told of each row by itself: 'SUM\\(sold\\)'"),
        ("sale.sold > 2", "write sold, not sale.sold"),
        ("sold >", "is no SQL of a value"),
        ("exists (select 1)", "told of each row by itself"),
    ],
)
def test_a_condition_is_of_a_row(where: str, said: str) -> None:
    """Aggregates, other tables and broken SQL are refused where the measure is written."""
    with pytest.raises(ConfigError, match=said):
        Filtered(Count(), where, "many")


def test_a_column_that_a_condition_misspells_is_told(engine: Engine) -> None:
    """It is looked for in the fact, with the nearest name."""
    with pytest.raises(DataError, match=r"'sodl'.*Did you mean 'sold'"):
        Cube("sales", "sale", ["day"], [Filtered(Count(), "sodl > 2", "many")]).build(table(engine, []))


def test_names_are_checked() -> None:
    """A ratio is not called as one of its parts."""
    with pytest.raises(ConfigError, match="has a part of that name"):
        Ratio(Count(), Count("sold"), called="count")


@pytest.mark.parametrize(
    "measures",
    [
        [Count(), Filtered(Count(), "sold > 5", called="count")],
        [Filtered(Count(), "sold > 5", "late"), Filtered(Count(), "sold > 9", "late")],
        [Average("price"), Filtered(Sum("price"), "sold > 0", called="price_sum")],
        [SHARE, Filtered(Average("sold"), "day > 1", called="share")],
    ],
    ids=["count", "two conditions", "a part of another", "a ratio"],
)
def test_two_measures_are_not_one_column(measures: list[Measure]) -> None:
    """Other measures, or parts of them, that have one name are refused: one would be shown as the other."""
    with pytest.raises(
        ConfigError, match=r"Cube 'sales': .* and .* would both be the column '\w+': call one otherwise"
    ):
        Cube("sales", "sale", ["day"], measures)


def test_the_parts_of_a_ratio_are_told_apart() -> None:
    """A ratio of two measures of one name would be 1."""
    with pytest.raises(ConfigError, match=r"The ratio 'r': .* would both be the column 'a'"):
        Ratio(Filtered(Count(), "sold > 5", "a"), Filtered(Count(), "sold > 9", "a"), "r")


def test_a_part_that_two_measures_share_is_stored_once(engine: Engine) -> None:
    """The sum of an average is the one that is asked for as a sum, and a measure may be named twice."""
    cube = Cube(
        "sales", "sale", ["day"], [Sum("price"), Average("price"), Ratio(Sum("price"), Count(), "each"), Count()]
    )
    cells = cube.build(table(engine, [("a", 1, Decimal(10), 1), ("a", 1, Decimal(20), 1)]))
    assert list(engine.schema(cells))[3:] == ["price_sum", "price_count", "count"]
    assert engine.rows(cube.select(cells, ["day"])) == [(1, Decimal(30), 15.0, 15.0, 2)]
