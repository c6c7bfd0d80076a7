"""Casts to declared types."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.hygiene.cast import Cast

BIG = 2**53
CASES: list[tuple[pa.DataType, str, dict[Any, Any]]] = [
    (pa.string(), "BIGINT", {"12": 12, " 7 ": 7, "1.5": None, "1e3": None, "": None, "9223372036854775808": None}),
    (pa.string(), "TINYINT", {"127": 127, "128": None}),
    (pa.string(), "DECIMAL(10,2)", {"1.50": Decimal("1.50"), "1.2300": Decimal("1.23"), "1.239": None, "1e3": None,
                                    "123456789.00": None}),
    (pa.string(), "DOUBLE", {"1.1": 1.1, "-1e300": -1e300, str(BIG + 1): None, str(BIG): float(BIG), "1e999": None,
                             str(2**63 - 1): None, "1e-999": None, "0.00": 0.0, "ten": None}),
    (pa.string(), "FLOAT", {"0.5": 0.5, "16777217": None}),
    (pa.string(), "BOOLEAN", {"true": True, "False": False, "yes": None}),
    (pa.string(), "DATE", {"2013-01-31": date(2013, 1, 31), "2013-02-31": None, "2013-01-31 10:00": None,
                           "31/01/2013": None}),
    (pa.string(), "TIMESTAMP", {"2013-01-31 10:00:00.123456": datetime(2013, 1, 31, 10, 0, 0, 123456),
                                "2013-01-31T10:00:00.1234567": None, "2013-01-31 10:00:00+02:00": None}),
    (pa.int64(), "INTEGER", {1: 1, 2**31: None}),
    (pa.int64(), "DOUBLE", {BIG: float(BIG), BIG + 1: None, 2**63 - 1: None}),
    (pa.int64(), "DECIMAL(5,2)", {999: Decimal("999.00"), 1000: None}),
    (pa.int64(), "VARCHAR", {12: "12"}),
    (pa.int32(), "BIGINT", {12: 12}),
    (pa.float64(), "BIGINT", {1.0: 1, 1.5: None, 2.0**63: None, float("nan"): None, float("inf"): None}),
    (pa.float64(), "DECIMAL(5,1)", {1.5: Decimal("1.5"), 1.25: None, 1e9: None}),
    (pa.float64(), "FLOAT", {1.5: 1.5, 0.1: None}),
    (pa.float32(), "DOUBLE", {1.5: 1.5}),
    (pa.float32(), "INTEGER", {2.0: 2, 2.5: None}),
    (pa.decimal128(38, 10), "DECIMAL(38,0)", {Decimal("3"): Decimal("3"), Decimal("123.45"): None}),
    (pa.decimal128(38, 0), "DECIMAL(38,20)", {Decimal("3"): Decimal("3"), Decimal(10**30): None}),
    (pa.decimal128(10, 2), "BIGINT", {Decimal("3.00"): 3, Decimal("3.50"): None}),
    (pa.decimal128(20, 2), "DOUBLE", {Decimal("1.10"): 1.1, Decimal("123456789012345678.45"): None}),
    (pa.decimal128(10, 2), "VARCHAR", {Decimal("3.50"): "3.50"}),
    (pa.timestamp("us"), "DATE", {datetime(2013, 1, 31): date(2013, 1, 31), datetime(2013, 1, 31, 1): None}),
    (pa.date32(), "TIMESTAMP", {date(2013, 1, 31): datetime(2013, 1, 31)}),
    (pa.bool_(), "VARCHAR", {True: "true"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} to {case[1]}")
def test_a_type_holds_a_value_exactly_or_not_at_all(engine: Engine, case: tuple[Any, str, dict[Any, Any]]) -> None:
    """Each value is the same one in its new type, or is told as one that cannot be; NULL stays NULL."""
    kind, into, values = case
    table = engine.from_frame(pa.table({"n": range(len(values) + 1), "x": pa.array([*values, None], kind)}))
    made = Cast({"x": into}, invalid="null").build(table)
    assert engine.schema(made) == {"x": into, "n": "BIGINT"}
    found = sorted(engine.rows(made), key=lambda row: row[1])
    assert [value for value, _ in found] == [*values.values(), None]
    lost = [value for value, held in values.items() if held is None]
    if lost:
        with pytest.raises(DataError, match=rf"Column 'x': {len(lost)} value.* not exactly a {into[:7]}"):
            Cast({"x": into}).build(table)
    else:
        assert sorted(engine.rows(Cast({"x": into}).build(table)), key=lambda row: row[1]) == found


def test_five_values_and_their_count_tell_what_is_refused(engine: Engine) -> None:
    """Of many values, five examples are shown, and how many there are."""
    table = engine.sql(
        "select concat('v', cast(n as varchar)) as x from (select unnest(generate_series(1, 1200)) as n) t"
    )
    with pytest.raises(DataError, match=r"1,200 values are .*: 'v1', 'v10', 'v100', 'v1000', 'v1001'\."):
        Cast({"x": "BIGINT"}).build(table)


def test_rejected_rows_are_handed_on_as_they_were(engine: Engine) -> None:
    """Every row is in one of the two tables, the rejected ones with all their reasons."""
    table = engine.from_frame(pa.table({"id": ["1", "x", None], "day": ["2013-01-31", "soon", "2013-02-01"]}))
    made = Cast({"day": "DATE", "id": "BIGINT"}, invalid="reject").build(table)
    assert sorted(engine.rows(made["table"])) == [(date(2013, 1, 31), 1), (date(2013, 2, 1), None)]
    assert engine.rows(made["rejected"]) == [("x", "soon", "day is not exactly a DATE; id is not exactly a BIGINT")]
    exact = Cast({"id": "VARCHAR"}, invalid="reject").build(table)
    assert (len(engine.rows(exact["table"])), engine.rows(exact["rejected"])) == (3, [])


def test_columns_stand_as_they_are_declared(engine: Engine) -> None:
    """Declared columns come first, in their order; others are kept, dropped or refused."""
    table = engine.sql("select 1 as c, '2' as b, 3 as a")
    assert engine.schema(Cast({"b": "BIGINT", "a": "INTEGER"}).build(table)) == {
        "b": "BIGINT", "a": "INTEGER", "c": "INTEGER"
    }  # fmt: skip
    assert Cast({"a": "BIGINT"}, others="drop").build(table).columns == ["a"]
    with pytest.raises(DataError, match="not declared: c, b"):
        Cast({"a": "BIGINT"}, others="error").build(table)


def test_what_cannot_be_cast_is_told_before_a_row_is_read(engine: Engine) -> None:
    """A missing column has its nearest names; a pair of types without a rule says what to do."""
    table = engine.sql("select true as flag, 1.5e0 as x, 1 as amount")
    with pytest.raises(DataError, match=r"no column 'amuont'; it has flag, x, amount. Did you mean 'amount'"):
        Cast({"amuont": "BIGINT"}).build(table)
    with pytest.raises(DataError, match="'flag' is BOOLEAN, no value of which is one of BIGINT"):
        Cast({"flag": "BIGINT"}).build(table)
    with pytest.raises(DataError, match=r"'x' is DOUBLE.*to a DECIMAL first"):
        Cast({"x": "VARCHAR"}).build(table)


def test_a_setting_that_is_none_is_refused() -> None:
    """Types and choices are checked when the brick is made."""
    with pytest.raises(ConfigError, match=r"'BIGNIT'.*Did you mean 'BIGINT'"):
        Cast({"a": "BIGNIT"})
    with pytest.raises(
        ConfigError, match=r"invalid= is one of error, null, reject, not 'rejct'. Did you mean 'reject'"
    ):
        Cast({"a": "BIGINT"}, invalid="rejct")  # type: ignore[arg-type]


def test_the_preview_shows_the_casts() -> None:
    """Without a table the columns are taken for texts."""
    assert "try_cast" in Cast({"a": "BIGINT"}).sql()
    assert Cast({"a": "BIGINT"}, invalid="reject").sql().count("where not") == 1
