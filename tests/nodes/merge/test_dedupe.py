"""One row a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import frame, rows_of

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.merge import Dedupe


def test_the_last_or_the_first_row_of_a_key_stays(engine: Engine) -> None:
    """NULL is the lowest value of the order, in both directions; several columns order together."""
    orders = frame(engine, k=[1, 1, 1, 2], t=[None, 5, 5, 7], n=[9, 1, 2, 0])
    assert rows_of(engine, Dedupe("k", order_by=["t", "n"]).build(orders)) == [(1, 5, 2), (2, 7, 0)]
    assert rows_of(engine, Dedupe("k", order_by=["t", "n"], keep="first").build(orders)) == [(1, None, 9), (2, 7, 0)]


def test_rows_that_are_the_same_count_as_one(engine: Engine) -> None:
    """With an order and without one, NULLs included."""
    orders = frame(engine, k=[1, 1, 2, 2], t=[3, 3, None, None])
    for brick in (Dedupe("k"), Dedupe(["k"], order_by="t")):
        assert rows_of(engine, brick.build(orders)) == [(1, 3), (2, None)]


def test_chance_chooses_no_row(engine: Engine) -> None:
    """Different rows of a key without an order, or equal in it, are refused with the keys; so is a key that is NULL."""
    orders = frame(engine, k=[1, 1, 2], t=[3, 3, 1], v=["a", "b", "c"])
    with pytest.raises(DataError, match=r"1 key has several rows\. k: 1 in 2 rows\. Say order_by="):
        Dedupe("k").build(orders)
    with pytest.raises(DataError, match=r"k: 1 in 2 rows\. They are equal in t: name a column more"):
        Dedupe("k", order_by="t").build(orders)
    with pytest.raises(DataError, match=r"The table: 2 rows have no key, as k or t is NULL"):
        Dedupe(["k", "t"]).build(frame(engine, k=[None, 1, 1], t=[1, None, 1]))


def test_a_mistake_in_the_arguments_is_said() -> None:
    """A column that is missing, one that is named twice, no key, another choice."""
    orders = frame(engines.connect(), order_id=[1])
    with pytest.raises(DataError, match=r"has no column 'orderid'; it has order_id\. Did you mean 'order_id'"):
        Dedupe("orderid").build(orders)
    for wrong in ({"key": ["k", "k"]}, {"key": "k", "order_by": "k"}, {"key": []}, {"key": "k", "keep": "any"}):
        with pytest.raises(ConfigError):
            Dedupe(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 5))), unique=True, max_size=12))
def test_it_is_the_maximum_of_each_key(rows: list[tuple[int, int | None]]) -> None:
    """One row a key is left, the greatest of its rows, whatever their order is."""
    engine = engines.connect()
    values = ", ".join(f"({k}, {'null' if t is None else t})" for k, t in rows) or "(null, null)"
    table = engine.sql(f"select * from (values {values}) t(k, t) where k is not null")
    expected = {k: max((t for key, t in rows if key == k), key=lambda t: -1 if t is None else t) for k, _ in rows}
    assert dict(engine.rows(Dedupe("k", order_by="t").build(table))) == expected
