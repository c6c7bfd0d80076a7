"""Frames in and out: pandas, polars and Arrow, with nothing lost on the way."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import EngineError

TABLE = pa.table({
    "n": pa.array([1, None, -3], pa.int64()),
    "small": pa.array([1, 2, None], pa.int32()),
    "m": pa.array([Decimal("1.50"), None, Decimal("-99999999999999.99")], pa.decimal128(18, 2)),
    "x": pa.array([0.1, None, 1e300], pa.float64()),
    "s": ["é🦆", "", None],
    "o": [True, None, False],
    "d": pa.array([date(2012, 2, 29), None, date(9999, 12, 31)], pa.date32()),
    "t": pa.array([datetime(2013, 3, 31, 2, 30, 0, 123456), None, datetime(1900, 1, 1)], pa.timestamp("us")),
})  # fmt: skip
TYPES = {
    "n": "BIGINT",
    "small": "INTEGER",
    "m": "DECIMAL(18,2)",
    "x": "DOUBLE",
    "s": "VARCHAR",
    "o": "BOOLEAN",
    "d": "DATE",
    "t": "TIMESTAMP",
}


def test_arrow_goes_in_and_out_unchanged(engine: Engine) -> None:
    """An Arrow table with every type and NULLs comes back equal, types and all."""
    table = engine.from_frame(TABLE)
    assert engine.schema(table) == TYPES
    assert engine.to_arrow(table).cast(TABLE.schema).equals(TABLE)
    assert engine.to_arrow(table).schema.types == TABLE.schema.types


def test_polars_goes_in_and_out_unchanged(engine: Engine) -> None:
    """A polars frame comes back equal."""
    frame = pl.DataFrame(pl.from_arrow(TABLE))
    assert engine.to_polars(engine.from_frame(frame)).equals(frame)


def test_pandas_keeps_decimals_and_times(engine: Engine) -> None:
    """A pandas frame keeps decimals as decimals, and timestamps to the microsecond."""
    frame = engine.to_pandas(engine.from_frame(TABLE.to_pandas()))
    assert frame["m"].tolist()[0] == Decimal("1.50")
    assert frame["t"].tolist()[0] == pd.Timestamp("2013-03-31 02:30:00.123456")
    assert engine.rows(engine.from_frame(frame[["s", "o"]])) == [("é🦆", True), ("", None), (None, False)]


def test_an_empty_frame_keeps_its_types(engine: Engine) -> None:
    """No rows in, no rows out, and the types are there."""
    table = engine.from_frame(TABLE.slice(0, 0))
    assert engine.schema(table) == TYPES
    assert engine.to_pandas(table).empty


@pytest.mark.parametrize(
    ("column", "kind", "value"),
    [
        (pa.array([7], pa.uint32()), "BIGINT", 7),
        (pa.array([7], pa.uint8()), "SMALLINT", 7),
        (pa.array(["a"]).dictionary_encode(), "VARCHAR", "a"),
        (pa.array(["a"], pa.large_string()), "VARCHAR", "a"),
        (pa.array([None], pa.null()), "INTEGER", None),
        (pa.array([0], pa.timestamp("ns", "Europe/Amsterdam")), "TIMESTAMP", datetime(1970, 1, 1)),
        (pa.array([1], pa.timestamp("s")), "TIMESTAMP", datetime(1970, 1, 1, 0, 0, 1)),
    ],
)  # fmt: skip
def test_other_types_become_ones_that_both_engines_keep(engine: Engine, column: Any, kind: str, value: Any) -> None:
    """Unsigned integers, categories, large texts and zoned times arrive as plain types, times as UTC."""
    table = engine.from_frame(pa.table({"c": column}))
    assert engine.schema(table) == {"c": kind}
    assert engine.rows(table) == [(value,)]


def test_what_no_table_keeps_is_refused() -> None:
    """A time of day, an integer beyond 64 bits and a foreign object are refused with the reason."""
    engine = engines.connect()
    with pytest.raises(EngineError, match="'c' is a time64"):
        engine.from_frame(pa.table({"c": pa.array([1], pa.time64("us"))}))
    with pytest.raises(EngineError, match="'c' is uint64 and has values that int64 does not hold"):
        engine.from_frame(pa.table({"c": pa.array([2**63], pa.uint64()), "t": pa.array([1], pa.timestamp("ns"))}))
    with pytest.raises(EngineError, match="from list"):
        engine.from_frame([1, 2])
    with pytest.raises(EngineError, match="'c' cannot be one of a table: it holds values of type int, str"):
        engine.from_frame(pd.DataFrame({"c": [1, "a"]}))


@pytest.mark.parametrize(("kind", "package"), [("pandas", "pandas"), ("polars", "polars"), ("arrow", "pyarrow")])
def test_frames_gives_a_function_frames(engine: Engine, kind: str, package: str) -> None:
    """Under @frames tables arrive as frames, other arguments as they are, and frames leave as tables of that engine."""
    seen: list[Any] = []

    @engines.frames(kind)
    def both(first: Any, factor: int, *, second: Any) -> tuple[Any, dict[str, Any], int]:
        seen.extend([first, second])
        return first, {"again": second}, factor

    table = engine.from_frame(TABLE)
    one, several, factor = both(table, 3, second=table)
    assert {type(value).__module__.split(".")[0] for value in seen} == {package}
    assert engines.engine_of(one) is engines.engine_of(several["again"]) is engine
    assert engine.schema(one)["m"].endswith(",2)")  # pandas itself knows no precision
    assert factor == 3


def test_an_unknown_kind_of_frames_names_the_nearest() -> None:
    """A misspelt kind is refused where the function is defined."""
    with pytest.raises(EngineError, match="Did you mean 'pandas'"):
        engines.frames("panda")
