"""Unions by name."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from tables import frame, rows_of

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.merge import Union


def test_columns_are_put_together_by_name(engine: Engine) -> None:
    """Their order is the first table's, and no row is lost, also where two are the same."""
    both = Union().build(frame(engine, a=[1, 1], b=["x", "x"]), frame(engine, b=["y", "x"], a=[2, 1]))
    assert rows_of(engine, both) == [(1, "x"), (1, "x"), (1, "x"), (2, "y")]
    assert list(engine.schema(both)) == ["a", "b"]


def test_a_type_holds_the_values_of_all_tables(engine: Engine) -> None:
    """Integers, decimals and times widen; nothing is rounded."""
    small = pa.table({"i": pa.array([1], pa.int32()), "d": pa.array([Decimal("1.5")], pa.decimal128(5, 1))})
    large = pa.table({"i": pa.array([2**40], pa.int64()), "d": pa.array([Decimal("12.25")], pa.decimal128(9, 2))})
    both = Union().build(engine.from_frame(small), engine.from_frame(large))
    assert engine.schema(both) == {"i": "BIGINT", "d": "DECIMAL(9,2)"}
    assert rows_of(engine, both) == [(1, Decimal("1.50")), (2**40, Decimal("12.25"))]


def test_a_missing_column_is_refused_or_null(engine: Engine) -> None:
    """A table that lacks one is named with the nearest that it has; by choice its rows have NULL."""
    north, south = frame(engine, id=[1], name=["a"]), frame(engine, id=[2], nmae=["b"])
    with pytest.raises(DataError, match=r"^north has no column 'nmae', which others have\. Did you mean 'name'\?"):
        Union().build(north=north, south=south)
    assert rows_of(engine, Union(missing="null").build(north, south)) == [(1, "a", None), (2, None, "b")]


def test_a_row_tells_its_table(engine: Engine) -> None:
    """The names are those that are given, whatever letters they have."""
    tables = {"north/o'rders": frame(engine, id=[1]), "south/orders": frame(engine, id=[2])}
    assert rows_of(engine, Union(origin="of").build(**tables)) == [(1, "north/o'rders"), (2, "south/orders")]


def test_what_does_not_go_together_is_refused(engine: Engine) -> None:
    """Types of which none holds all values, names that differ by case, a column that is there, no table."""
    number, text = frame(engine, id=[1]), frame(engine, id=["1"])
    with pytest.raises(DataError, match=r"The column 'id' is BIGINT in table 1, VARCHAR in table 2: no type"):
        Union().build(number, text)
    with pytest.raises(DataError, match=r"The column is 'id' in table 1 and 'ID' in table 2"):
        Union().build(number, frame(engine, ID=[1]))
    with pytest.raises(DataError, match="have a column 'id': give origin= another name"):
        Union(origin="id").build(number, number)
    with pytest.raises(ConfigError, match="one table or more"):
        Union().build()
    with pytest.raises(ConfigError, match="missing= is one of error, null, not 'skip'"):
        Union(missing="skip")  # type: ignore[arg-type]
