"""What an engine says of a file, a frame or a text is told by us, and names what failed and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, EngineError, ResourceError, SqlError


def csv(folder: Path, name: str, text: str) -> str:
    """Write a file."""
    (folder / name).write_text(text)
    return str(folder / name)


def test_the_file_that_is_read_is_named(engine: Engine, tmp_path: Path) -> None:
    """Of several files with wrong values, that one is named which the failing table is computed from."""
    one = engine.read_files("csv", [csv(tmp_path, "one.csv", "m,n\na,1\nb,two\n")], columns={"n": "BIGINT"})
    other = engine.read_files("csv", [csv(tmp_path, "other.csv", "m,n\nc,three\n")], columns={"n": "BIGINT"})
    assert other.columns == ["m", "n"]
    with pytest.raises(DataError, match=r"one\.csv, line 3, column 'n': 'two'"):
        engine.rows(engine.sql("select n + 1 as n from one where m = 'b'", one=one))


def test_a_column_called_filename_confuses_nothing(engine: Engine, tmp_path: Path) -> None:
    """A file may have a column of any name, and its wrong value is found all the same."""
    path = csv(tmp_path, "x.csv", "filename,n\na,1\nb,two\n")
    with pytest.raises(DataError, match=r"x\.csv, line 3, column 'n': 'two'"):
        engine.rows(engine.read_files("csv", [path], columns={"n": "BIGINT"}))


def test_a_cast_of_the_users_own_is_not_the_files(tmp_path: Path) -> None:
    """A cast that fails in a query is no fault of the file, though that has one in a column that is not read."""
    engine = engines.connect()
    path = csv(tmp_path, "x.csv", "m,n\na,1\nb,two\n")
    table = engine.read_files("csv", [path], columns={"n": "BIGINT"})
    with pytest.raises(EngineError, match=r"no INT that both engines read alike: a$"):
        engine.rows(engine.sql("select cast(m as integer) as m from t where m = 'a'", t=table))


def test_a_relation_shown_by_its_own_methods_names_the_file(tmp_path: Path) -> None:
    """What a user asks of DuckDB's relation itself, such as a filter and its rows, names the file too."""
    engine = engines.connect()
    table = engine.read_files("csv", [csv(tmp_path, "x.csv", "m,n\nb,two\n")], columns={"n": "BIGINT"})
    with pytest.raises(DataError, match=r"x\.csv, line 2, column 'n': 'two'"):
        table.filter("m = 'b'").fetchall()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_file_that_is_gone_is_named(engine: Engine, tmp_path: Path, format: str) -> None:
    """A table whose file was removed since it was loaded says so, by the file's name."""
    path = tmp_path / f"x.{format}"
    engine.write_file(engine.sql("select 1 as m, 2 as n"), format, str(path))
    table = engine.read_files(format, [str(path)])
    path.unlink()
    with pytest.raises(ResourceError, match=rf"x\.{format} is there no more"):
        engine.rows(engine.sql("select m from t", t=table))


def test_a_damaged_parquet_file_is_named(engine: Engine, tmp_path: Path) -> None:
    """A Parquet file that is none is refused by its name; one that was replaced since it was loaded, by that."""
    path = tmp_path / "x.parquet"
    engine.write_file(engine.sql("select 1 as n"), "parquet", str(path))
    table = engine.read_files("parquet", [str(path)])
    path.write_bytes(b"PAR1 no PAR1")
    with pytest.raises(ResourceError, match=r"x\.parquet (is no Parquet file|has changed since it was loaded)"):
        engine.rows(table)
    with pytest.raises(ResourceError, match=r"x\.parquet is no Parquet file, or a damaged one"):
        engine.read_files("parquet", [str(path)])


def test_a_full_disk_is_told_in_the_systems_words() -> None:
    """What the operating system refuses is said with the file, without the words of the programs between."""
    engine = engines.connect()
    with pytest.raises(ResourceError, match=r"^/dev/full cannot be reached: No space left on device\. See what is"):
        engine.write_file(engine.sql("select 1 as n"), "csv", "/dev/full")


FRAMES: dict[str, tuple[Any, str]] = {
    "Series": (pd.Series([1]), r"from Series: make it a frame, series\.to_frame"),
    "LazyFrame": (pl.LazyFrame({"a": [1]}), "from LazyFrame: collect it first"),
    "dict": ({"a": 1}, "from dict: give a pandas, polars or Arrow table"),
    "list": ([1], "from list"),
    "None": (None, "from NoneType: it is what a function without a return gives"),
    "no column": (pd.DataFrame(index=[1]), "The frame has no columns"),
    "twice": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns 'a'"),
    "by case": (pl.DataFrame({"a": [1], "A": [2]}), "the columns 'a' and 'A'"),
    "types": (pd.DataFrame({"a": [1, "x"]}), "The column 'a' holds values of several types"),
    "objects": (pd.DataFrame({"a": [1j]}), "The column 'a' is of the type complex128"),
    "period": (pd.DataFrame({"a": pd.period_range("2020", periods=1)}), "The column 'a' is of the type .*period"),
    "struct": (pa.table({"a": [{}]}), "The column 'a' is of the type struct<>"),
    "unsigned": (pa.table({"a": pa.array([2**64 - 1], pa.uint64())}), "The column 'a' holds 18446744073709551615"),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_what_is_no_table_is_refused_by_what_it_is(engine: Engine, kind: str) -> None:
    """A value that is no frame, or a frame that no table can be made from, is refused with what to do."""
    value, says = FRAMES[kind]
    with pytest.raises(EngineError, match=says):
        engine.table(value)
    with pytest.raises(EngineError, match=says):
        engine.sql("select 1 as n from t", t=value)


def test_a_table_of_another_engine_is_refused(engine: Engine) -> None:
    """A table of another connection is none of this engine's; one of a closed engine can be read no more."""
    other = engines.connect({"type": "duckdb", "threads": 1})
    table = other.sql("select 1 as n")
    with pytest.raises(EngineError, match="DuckDBPyRelation: it is a table of another engine"):
        engine.sql("select n from t", t=table)
    other.close()
    with pytest.raises(EngineError, match="was closed: connect again"):
        other.rows(table)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("select x from t", "There is no column 'x'."),
        ("select a.x from t a", "The table 'a' has no column 'x'."),
        ("select n from t a join t b on a.n = b.n", "The column 'n' is in several tables: say a.n or b.n."),
        ("select lower(n) as n from t", "There is no lower(DATE): cast the arguments."),
        ("select cast('x' as integer) as n", "Use digits: '12'"),
        ("select cast('x' as double) as n", "Use digits and a point: '12.5'"),
        ("select cast('yes' as boolean) as n", "Use 'true' or 'false'"),
        ("select cast('31.1.2013' as date) as n", "Use the ISO form"),
    ],
)
def test_a_wrong_text_is_told_in_a_sentence(engine: Engine, text: str, says: str) -> None:
    """A mistake in SQL is told alike on both engines, by the names that the user gave."""
    with pytest.raises(SqlError) as error:
        engine.sql(text, t=engine.sql("select date '2013-01-31' as n"))
    assert says in str(error.value).replace('"', "").replace("'a.n' or 'b.n'", "a.n or b.n")
