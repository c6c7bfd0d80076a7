"""Joins as of a row's own time, to histories and to plain tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import frame, rows_of

from kedro_faucet import Snapshot, engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.history import Comparison, History
from kedro_faucet.nodes.merge import AsOf, AsOfJoin
from kedro_faucet.nodes.merge.versions_met import VersionsMet

JAN, FEB, MAR = datetime(2013, 1, 31), datetime(2013, 2, 28), datetime(2013, 3, 31)
INSTANT = timedelta(microseconds=1)


def sales(engine: Engine, *rows: tuple[int, str | None, datetime | None]) -> Table:
    """A table of (id, sku, time)."""
    types = [("id", pa.int64()), ("sku", pa.string()), ("sold_at", pa.timestamp("us"))]
    columns = [[row[place] for row in rows] for place in range(3)]
    return engine.from_frame(pa.table(columns, schema=pa.schema(types)))


def versions(engine: Engine, *rows: tuple[Any, ...], names: str = "sku price valid_from valid_to") -> Table:
    """A type 2 table."""
    times = dict.fromkeys(("valid_from", "valid_to"), pa.timestamp("us"))
    columns = {name: pa.array([row[n] for row in rows], times.get(name)) for n, name in enumerate(names.split())}
    return engine.from_frame(pa.table(columns))


def test_the_version_of_the_rows_own_time(engine: Engine) -> None:
    """From its first moment until before its end; NULL before the first, after a deletion, and without key or time."""
    prices = versions(
        engine, ("tea", 3, JAN, FEB), ("tea", 4, MAR, None), ("oat", None, JAN, None), (None, 9, JAN, None)
    )
    moments = [JAN - INSTANT, JAN, FEB - INSTANT, FEB, MAR - INSTANT, MAR, None]
    table = sales(
        engine, *((n, "tea", at) for n, at in enumerate(moments)), (7, None, MAR), (8, "rye", MAR), (9, "oat", MAR)
    )
    found = AsOfJoin("sold_at", "sku").build(table, prices)
    assert found.columns == ["id", "sku", "sold_at", "price"]
    assert [row[3] for row in rows_of(engine, found)] == [None, 3, 3, None, None, 4, None, None, None, None]
    refusing = AsOfJoin("sold_at", AsOf("sku", unmatched="error"))
    with pytest.raises(
        DataError, match=r"^6 of 10 rows meet nothing that held at their time\. sku, sold_at: rye, .*NULL"
    ):
        refusing.build(table, prices)
    assert rows_of(engine, refusing.build(sales(engine, (1, "oat", JAN)), prices)) == [(1, "oat", JAN, None)]


def test_several_histories_and_plain_tables(engine: Engine) -> None:
    """Each is joined by its own key, and gives the columns asked for; without an end a row holds until the next."""
    added = Comparison("code").addition(None, Snapshot(frame(engine, code=["tea"], price=[3]), JAN))
    assert added
    history = History(added.rows).intervals()
    rates = frame(
        engine,
        day=[date(2013, 1, 1), date(2013, 2, 28)],
        currency=["EUR", "EUR"],
        rate=[2, 5],
        is_current=[True, False],
    )
    both = AsOfJoin(
        "sold_at",
        [AsOf({"sku": "code"}, {"price": "price_then", "valid_from": "since"}), AsOf({"money": "currency"}, at="day")],
    )
    table = engine.sql("select *, 'EUR' as money from sales", sales=sales(engine, (1, "tea", JAN), (2, "tea", FEB)))
    found = both.build(table, history, rates)
    assert found.columns == ["id", "sku", "sold_at", "money", "price_then", "since", "rate"]
    assert [row[4:] for row in rows_of(engine, found)] == [(3, JAN, 2), (3, JAN, 5)]


def test_an_order_of_numbers_and_a_key_of_several_columns(engine: Engine) -> None:
    """Positions in a log order rows as times do, whatever the width of their types."""
    table = frame(engine, a=[1, 1, 2], b=["x", None, "x"], at=pa.array([7, 7, 7], pa.int16()))
    other = frame(engine, a=[1, 1, 2], b=["x", "x", "y"], lsn=[3, 8, 1], n=[30, 80, 10])
    found = AsOfJoin("at", AsOf(["a", "b"], at="lsn")).build(table, other)
    assert rows_of(engine, found) == [(1, None, 7, None), (1, "x", 7, 30), (2, "x", 7, None)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_row_a_row(data: st.DataObject) -> None:
    """Both ways of joining give each row what the plain definition does, whatever the times."""
    engine, days = engines.connect(), st.integers(0, 9)
    spans = {}
    for key in data.draw(st.lists(st.sampled_from("abc"), unique=True)):
        ends = sorted(data.draw(st.sets(days, min_size=2)))
        spans[key] = [(start, end) for start, end in pairwise(ends) if data.draw(st.booleans())]
    drawn = data.draw(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), days | st.none()), max_size=12))
    rows = [(n, key, None if day is None else JAN + timedelta(day)) for n, (key, day) in enumerate(drawn)]
    held = [
        (key, f"{key}{start}", JAN + timedelta(start), JAN + timedelta(end))
        for key, of in spans.items()
        for start, end in of
    ]
    expected = [
        (
            *row,
            next(
                (price for key, price, start, end in held if key == row[1] and row[2] and start <= row[2] < end), None
            ),
        )
        for row in rows
    ]
    table = sales(engine, *rows)
    types = [
        ("sku", pa.string()),
        ("price", pa.string()),
        ("valid_from", pa.timestamp("us")),
        ("valid_to", pa.timestamp("us")),
    ]
    other = engine.from_frame(pa.table([[row[n] for row in held] for n in range(4)], schema=pa.schema(types)))
    met = VersionsMet.of(table, "sold_at", {"sku": "sku"}, other, "valid_from", "valid_to", {"price": "price"})
    for found in (met.build(is_complete=False), met.natively(), met.by_sorting()):
        assert [row[:4] for row in rows_of(engine, found)] == expected


def test_rows_that_do_not_tell_which_held_are_refused(engine: Engine) -> None:
    """Two of one time, versions that overlap or end before they begin, an open end before another, no time."""
    table, join = sales(engine, (1, "tea", JAN)), AsOfJoin("sold_at", "sku")
    for wrong in (
        [("tea", 3, JAN, None), ("tea", 4, JAN, None)],
        [("tea", 3, JAN, MAR), ("tea", 4, FEB, None)],
        [("tea", 3, JAN, None), ("tea", 4, FEB, None)],
        [("tea", 3, FEB, JAN)],
        [("tea", 3, None, JAN)],
    ):
        with pytest.raises(
            DataError, match=r"does not tell which row held at a time\. sku, valid_from, valid_to: tea, "
        ):
            join.build(table, versions(engine, *wrong))
    empty = versions(engine, ("tea", 3, JAN, FEB), ("tea", 9, datetime(2013, 2, 1), datetime(2013, 2, 1)))
    assert rows_of(engine, join.build(sales(engine, (1, "tea", datetime(2013, 2, 2))), empty))[0][3] == 3


def test_what_cannot_be_joined_is_refused(engine: Engine) -> None:
    """Types that do not compare alike, times and numbers, missing columns, two of one name, other choices."""
    table, prices = sales(engine, (1, "tea", JAN)), versions(engine, ("tea", 3, JAN, None))
    for join, message in (
        (AsOfJoin("sold", "sku"), "The table has no column 'sold'.*Did you mean 'sold_at'"),
        (AsOfJoin("sold_at", AsOf("sku", at="since")), "The other table has no column 'since'"),
        (AsOfJoin("sold_at", AsOf("sku", until="ends")), "The other table has no column 'ends'"),
        (AsOfJoin("sold_at", AsOf({"id": "sku"})), "id is BIGINT, sku is VARCHAR"),
        (AsOfJoin("id", "sku"), "id is BIGINT, valid_from is TIMESTAMP: both are dates or timestamps"),
        (AsOfJoin("sku", AsOf("sku", at="sku")), "sku is VARCHAR"),
        (AsOfJoin("sold_at", AsOf("sku", {"price": "ID"})), r"Both tables have a column 'id': say columns=\{'id'"),
    ):
        with pytest.raises(DataError, match=message):
            join.build(table, prices)
    with pytest.raises(ConfigError, match="AsOfJoin joins 1 other tables, and 2 are given"):
        AsOfJoin("sold_at", "sku").build(table, prices, prices)
    for wrong in ({"on": []}, {"on": "c", "columns": "v"}, {"on": "c", "unmatched": "skip"}):
        with pytest.raises(ConfigError, match="AsOf"):
            AsOf(**wrong)  # type: ignore[arg-type]
