"""Parquet files: both engines read the same values of the same types, or refuse with the file and the column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, ResourceError

AT, DAY = datetime(2020, 1, 1, 5), date(2020, 1, 1)


def of(kind: Any, *values: Any, name: str = "n") -> pa.Table:
    """A table of one column."""
    return pa.table({name: pa.array(values, kind)})


def write(folder: Path, tables: Sequence[pa.Table]) -> list[str]:
    """Write each table to a file."""
    paths = [str(folder / f"{place}.parquet") for place in range(len(tables))]
    for path, table in zip(paths, tables, strict=True):
        pq.write_table(table, path, version="2.6")
    return paths


STRUCT = pa.struct([("userId", pa.int64()), ("b c", pa.list_(pa.int32()))])
NANOSECONDS = pa.timestamp("ns")
READ = {
    "INT and BIGINT": ([of(pa.int32(), 1), of(pa.int64(), 2**40)], "BIGINT", [1, 2**40]),
    "BIGINT and INT": ([of(pa.int64(), 2**40), of(pa.int16(), 1)], "BIGINT", [2**40, 1]),
    "INT and DOUBLE": ([of(pa.int32(), 7), of(pa.float64(), 1.5)], "DOUBLE", [7.0, 1.5]),
    "FLOAT and DOUBLE": ([of(pa.float32(), 0.5), of(pa.float64(), 1.1)], "DOUBLE", [0.5, 1.1]),
    "DATE and TIMESTAMP": (
        [of(pa.date32(), DAY), of(pa.timestamp("us"), AT)],
        "TIMESTAMP",
        [datetime(2020, 1, 1), AT],
    ),
    "two scales": (
        [of(pa.decimal128(5, 2), Decimal("125.25")), of(pa.decimal128(6, 4), Decimal("1.2345"))],
        "DECIMAL(7,4)",
        [Decimal("125.2500"), Decimal("1.2345")],
    ),
    "decimal and INT": (
        [of(pa.decimal128(5, 2), Decimal("1.25")), of(pa.int32(), 2**31 - 1)],
        "DECIMAL(12,2)",
        [Decimal("1.25"), Decimal("2147483647.00")],
    ),
    "with and without a zone": (
        [of(pa.timestamp("us", "Europe/Berlin"), AT), of(pa.timestamp("us"), AT)],
        "TIMESTAMP",
        [AT, AT],
    ),
    "names in another case": ([of(pa.int64(), 1, name="N"), of(pa.int64(), 2)], "BIGINT", [1, 2]),
    "all NULL in one": ([of(pa.null(), None), of(pa.string(), "x")], "VARCHAR", [None, "x"]),
    "all NULL": ([of(pa.null(), None)], "INTEGER", [None]),
    "no rows": ([of(pa.int16())], "SMALLINT", []),
    "TIME": ([of(pa.time64("us"), time(1, 2, 3, 4))], "VARCHAR", ["01:02:03.000004"]),
    "uint64": ([of(pa.uint64(), 2**64 - 1)], "DECIMAL(20,0)", [Decimal(2**64 - 1)]),
    "uint32": ([of(pa.uint32(), 2**32 - 1)], "BIGINT", [2**32 - 1]),
    "whole microseconds": ([of(NANOSECONDS, 1577854800123456000)], "TIMESTAMP", [AT.replace(microsecond=123456)]),
    "half floats": ([of(pa.float16(), 1.5)], "FLOAT", [1.5]),
    "UUID": ([of(pa.uuid(), b"0123456789abcdef")], "VARCHAR", ["30313233-3435-3637-3839-616263646566"]),
    "a dictionary": ([of(pa.string(), "a", "b").cast(pa.schema([("n", pa.dictionary(pa.int32(), pa.string()))]))],
                     "VARCHAR", ["a", "b"]),
    "bytes": ([of(pa.binary(3), b"a\0b")], "BLOB", [b"a\0b"]),
    "a struct": ([of(STRUCT, {"userId": 1, "b c": [1]})], 'STRUCT(userId BIGINT, "b c" INTEGER[])',
                 [{"userId": 1, "b c": [1]}]),
    "a struct with a later field": (
        [of(pa.struct([("a", pa.int32())]), {"a": 1}), of(pa.struct([("a", pa.int64()), ("b", pa.string())]), None)],
        "STRUCT(a BIGINT, b VARCHAR)", [{"a": 1, "b": None}, None]),
    "times in a list": ([of(pa.list_(pa.time64("us")), [time(1, 2, 3)])], "VARCHAR[]", [["01:02:03"]]),
    "a map": ([of(pa.map_(pa.string(), pa.int64()), [("k", 1)])], "MAP(VARCHAR, BIGINT)", [[("k", 1)]]),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_values_and_types(engine: Engine, tmp_path: Path, case: str) -> None:
    """Files whose types differ are read in the type that holds all their values; rare types in their nearest kin."""
    tables, kind, values = READ[case]
    found = engine.read_files("parquet", write(tmp_path, tables))
    name = tables[0].column_names[0]
    assert engine.schema(found) == {name: kind}
    assert sorted(engine.rows(found), key=repr) == sorted(((value,) for value in values), key=repr)


def test_columns_are_matched_by_name(engine: Engine, tmp_path: Path) -> None:
    """Columns in another order, and ones that only some files have, are matched by name."""
    first, second = pa.table({"a": [1], "b": ["x"]}), pa.table({"b": ["y"], "a": [2], "c": [3]})
    found = engine.read_files("parquet", write(tmp_path, [first, second]))
    assert engine.schema(found) == {"a": "BIGINT", "b": "VARCHAR", "c": "BIGINT"}
    assert sorted(engine.rows(found)) == [(1, "x", None), (2, "y", 3)]


REFUSED = {
    "BIGINT and DOUBLE": ([of(pa.int64(), 2**60 + 1), of(pa.float64(), 1.5)], "'n' is a BIGINT in .*0.parquet and a D"),
    "BIGINT and VARCHAR": ([of(pa.int64(), 1), of(pa.string(), "x")], "'n' is a BIGINT in .*0.parquet and a VARCHAR"),
    "INTEGER and FLOAT": ([of(pa.int32(), 2**24 + 1), of(pa.float32(), 0.5)], "'n' is a INTEGER in .* and a FLOAT in"),
    "BOOLEAN and INTEGER": ([of(pa.bool_(), True), of(pa.int32(), 2)], "'n' is a BOOLEAN in .*0.parquet and a INTEGER"),
    "too many digits": (
        [of(pa.decimal128(38, 0), Decimal(1)), of(pa.decimal128(5, 2), Decimal(1))],
        "no type holds both exactly",
    ),
    "50 digits": ([of(pa.decimal256(50, 2), Decimal(1))], "0.parquet, column 'n': a decimal has at most 38 digits"),
    "two names by case": ([pa.table({"N": [1], "n": [2]})], "0.parquet: each column needs a name of its own, and 'n'"),
    "one name twice": ([pa.table([[1], [2]], names=["n", "n"])], "0.parquet: each column needs a name of its own"),
    "no name": ([pa.table({"": [1]})], "0.parquet: each column needs a name of its own"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(engine: Engine, tmp_path: Path, case: str) -> None:
    """Types that no type holds exactly, and columns that cannot be told apart, are refused with file and column."""
    tables, says = REFUSED[case]
    with pytest.raises(ResourceError, match=says):
        engine.read_files("parquet", write(tmp_path, tables))


def test_nanoseconds_are_not_rounded(engine: Engine, tmp_path: Path) -> None:
    """A time with nanoseconds stops with its file, column and value, and what to do."""
    files = write(tmp_path, [of(NANOSECONDS, 0, 1577836800123456789), of(NANOSECONDS, 0)])
    with pytest.raises(DataError, match=r"0.parquet, column 'n': 2020-01-01 00:00:00.123456789 has nanoseconds"):
        engine.rows(engine.read_files("parquet", files))


@pytest.mark.parametrize(
    ("kept", "says"), [(0, "is empty, and no Parquet file"), (0.5, "is no Parquet file, or a dam")]
)
def test_a_damaged_file(engine: Engine, tmp_path: Path, kept: float, says: str) -> None:
    """A file that is empty, cut short or of another format is named, also among good ones."""
    files = write(tmp_path, [of(pa.int64(), 1), of(pa.int64(), 2)])
    whole = Path(files[1]).read_bytes()
    Path(files[1]).write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(ResourceError, match=r"1.parquet is no Parquet file, or a damaged one"):
        engine.read_files("parquet", files)
