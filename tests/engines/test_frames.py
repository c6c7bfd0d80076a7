"""Frames in and out: pandas, polars and Arrow, with nothing lost on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime
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
        (pa.array([None], pa.null()), "VARCHAR", None),
        (pa.array([2**63 - 1], pa.uint64()), "BIGINT", 2**63 - 1),
        (pa.array([7]).dictionary_encode(), "BIGINT", 7),
        (pa.array([Decimal("1.50")], pa.decimal256(60, 2)), "DECIMAL(38,2)", Decimal("1.50")),
        (pa.array([Decimal("1000")], pa.decimal128(3, -3)), "DECIMAL(6,0)", Decimal("1000")),
        (pa.array([0], pa.timestamp("ns", "Europe/Amsterdam")), "TIMESTAMP", datetime(1970, 1, 1)),
        (pa.array([1], pa.timestamp("s")), "TIMESTAMP", datetime(1970, 1, 1, 0, 0, 1)),
    ],
)  # fmt: skip
def test_other_types_become_ones_that_both_engines_keep(engine: Engine, column: Any, kind: str, value: Any) -> None:
    """Unsigned integers, categories, large texts and zoned times arrive as plain types, times as UTC."""
    table = engine.from_frame(pa.table({"c": column}))
    assert engine.schema(table) == {"c": kind}
    assert engine.rows(table) == [(value,)]


SALES = pd.DataFrame({"shop": ["Bern", "Bern", "Ulm"], "kind": ["a", "b", "a"], "amount": [1, 2, 3]})
DAYS = pd.DataFrame({"y": [1, 2]}, index=pd.date_range("2024-01-01", periods=2, name="day"))


@pytest.mark.parametrize(
    ("frame", "columns", "first"),
    [
        (SALES.groupby("shop")[["amount"]].sum(), ["shop", "amount"], ("Bern", 3)),
        (SALES.groupby(["shop", "kind"])[["amount"]].sum(), ["shop", "kind", "amount"], ("Bern", "a", 1)),
        (SALES.pivot_table(index="shop", columns="kind", values="amount"), ["shop", "a", "b"], ("Bern", 1.0, 2.0)),
        (SALES.assign(y=2024).pivot_table(index="shop", columns="y", values="amount"), ["shop", "2024"], ("Bern", 1.5)),
        (DAYS, ["day", "y"], (datetime(2024, 1, 1), 1)),
        (SALES.set_index("shop", drop=False), ["shop", "kind", "amount"], ("Bern", "a", 1)),
        (SALES.groupby("shop")[["kind"]].apply(lambda shop: shop.head(1)), ["shop", "kind"], ("Bern", "a")),
        (SALES[SALES["amount"] > 2], ["shop", "kind", "amount"], ("Ulm", "a", 3)),
        (pd.concat([SALES.sort_values("amount", ascending=False), SALES]), ["shop", "kind", "amount"], ("Ulm", "a", 3)),
    ],
)
def test_the_index_of_a_pandas_frame_is_kept(
    engine: Engine, frame: pd.DataFrame, columns: list[str], first: tuple[Any, ...]
) -> None:
    """What has a name is a column, also of several levels; numbers of rows, which nobody gave, are none."""
    table = engine.from_frame(frame)
    assert table.columns == columns
    assert engine.rows(table)[0] == first


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (SALES.describe(), r"index has no name, and would be lost \('count', …\).*rename_axis.*reset_index\(\)"),
        (DAYS.rename_axis(None), "index has no name"),
        (DAYS.set_axis([-1, -2]), "index has no name"),
        (SALES.set_index("shop").assign(shop="x"), r"two columns 'shop' \(an index"),
        (
            SALES.groupby("shop").agg({"amount": ["sum", "mean"]}),
            r"\('amount', 'sum'\) has a name that is no text: set.*join",
        ),
        (
            pd.DataFrame([[1]], columns=[date(2024, 1, 1)]),
            r"has a name that is no text: set frame.columns = frame.columns.map\(str\)",
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "A"]), "the columns 'a' and 'A'"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "two columns '1'"),
        (pa.table([[1], [2]], names=["a", "a"]), "two columns 'a'"),
        (pd.DataFrame([[1]], columns=[""]), "has no name"),
        (pd.DataFrame(), "has no columns"),
        (pl.LazyFrame({"a": [1]}), "LazyFrame: collect it first"),
        (pd.Series([1]), "Series: make it a frame"),
        ([1, 2], "from list"),
    ],
)
def test_a_frame_whose_columns_cannot_be_told_is_refused(frame: Any, says: str) -> None:
    """An index that would be lost, names that are none or that are there twice: each with what to do."""
    with pytest.raises(EngineError, match=says):
        engines.connect().from_frame(frame)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pa.array([1], pa.time64("us")), "'c' is of the type time64"),
        (pa.array([1, 2**63], pa.uint64()), "'c' holds 9223372036854775808, which does not fit into 64 bits"),
        (pa.array([0, 1], pa.timestamp("ns")), r"'c' holds 1970-01-01 00:00:00.000000001, .*microseconds: round it"),
        (pa.array([Decimal("1" * 39)]), f"'c' holds {'1' * 39}, which does not fit"),
        (pa.array([2**60], pa.timestamp("s")), "'c' holds a time, which does not fit"),
        (pd.Series(pd.to_timedelta([1], unit="s")), r"'c' is of the type duration.*dt.total_seconds\(\)"),
        (pd.Series(pd.period_range("2024", periods=1, freq="M")), r"pandas.period.*dt.to_timestamp\(\)"),
        (pd.cut(pd.Series([1]), [0, 1]), "pandas.interval"),
        (pd.Series([1, "a"]), r"'c' holds values of several types \(int, str\)"),
        (pd.Series([b"a", "a"]), r"several types \(bytes, str\)"),
        (pd.Series([date(2024, 1, 1), datetime(2024, 1, 1, 5)]), r"several types \(date, datetime\)"),
        (pd.Series([datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)]), "with and without a zone"),
        (pd.Series([pd.Timestamp("2024-01-01 00:00:00.000000001")], dtype=object), "microseconds"),
        (pd.Series([2**64]), "'c' holds 18446744073709551616, which does not fit into 64 bits"),
        (pd.Series([1, "a"]).astype("category"), "'c' is of the type category"),
        (pd.Series([object()]), "'c' holds values of the type object"),
        (pl.Series([object()], dtype=pl.Object), "'c' is of the type Object"),
        (pl.Series([2**100], dtype=pl.Int128), "'c' is of the type Int128"),
        (pl.Series([1], dtype=pl.Datetime("ns")), "microseconds"),
    ],
)
def test_what_no_table_keeps_exactly_is_refused(column: Any, says: str) -> None:
    """A type that tables lack, a value beyond the type's, and values of several types are named with the column."""
    kinds = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
    frame = kinds[type(column).__module__.split(".")[0]]({"c": column})
    with pytest.raises(EngineError, match=says):
        engines.connect().from_frame(frame)


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
