"""Delta tables: what one engine writes the other reads, and a table loaded earlier stays as it was."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Schema, write_deltalake
from sessions import connect_spark
from tables import frame, rows_of, table

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.engines.delta import add, committing, require_commit, write
from kedro_faucet.exceptions import ConflictError, DataError, ResourceError
from kedro_faucet.storage.delta import DeltaStore
from kedro_faucet.storage.modes import writer

VALUES = pa.table(
    {
        "integer": pa.array([1, None], pa.int32()),
        "bigint": pa.array([2**60, None], pa.int64()),
        "double": pa.array([0.1, None], pa.float64()),
        "decimal": pa.array([Decimal("12.340"), None], pa.decimal128(18, 3)),
        "text": pa.array(['it\'s \\ "quoted" \n', None]),
        "flag": pa.array([True, None]),
        "day": pa.array([date(2013, 1, 31), None]),
        "time": pa.array([datetime(2013, 1, 31, 23, 59, 59, 123456), None], pa.timestamp("us")),
        "nothing": pa.array([None, None], pa.string()),
    }
)
TYPES = {
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "decimal": "DECIMAL(18,3)",
    "text": "VARCHAR",
    "flag": "BOOLEAN",
    "day": "DATE",
    "time": "TIMESTAMP",
    "nothing": "VARCHAR",
}


@pytest.fixture
def other(engine: Engine) -> Engine:
    """The engine that did not write."""
    return connect_spark() if engine.name == "duckdb" else engines.connect()


@pytest.mark.spark
@pytest.mark.parametrize("count", [0, 2])
def test_each_engine_reads_what_the_other_wrote(engine: Engine, other: Engine, tmp_path: Path, count: int) -> None:
    """Types, values, NULLs and empty tables are the same on both engines, also after the other one appended."""
    append, uri = writer("append"), str(tmp_path / "x")
    for each in (engine, other):
        new = each.from_frame(VALUES.slice(0, count))
        DeltaStore(each, uri).update(lambda old, each=each, new=new: append(each, old, new))
    for each in (engine, other):
        found = DeltaStore(each, uri).read()
        assert each.schema(found) == TYPES
        written = [tuple(row.values()) for row in VALUES.to_pylist()[:count]]
        assert sorted(each.rows(found), key=str) == sorted(written * 2, key=str)


def test_a_loaded_table_stays_what_it_was(engine: Engine, tmp_path: Path) -> None:
    """A table loaded before an append and an overwrite reads what was there when it was loaded."""
    store, append = DeltaStore(engine, str(tmp_path / "x")), writer("append")
    store.replace(table(engine, (1, 1, "a")))
    loaded = store.read()
    store.update(lambda old: append(engine, old, table(engine, (2, 1, "b"))))
    store.replace(frame(engine, other=[1]))
    assert [row[0] for row in engine.rows(loaded)] == [1]
    assert engine.rows(store.read()) == [(1,)]


def test_a_table_can_be_saved_over_itself(engine: Engine, tmp_path: Path) -> None:
    """A lazy table that reads the resource may replace it."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    store.replace(frame(engine, n=[1, 2, 3]))
    store.replace(engine.sql("select n * 2 as n from x where n > 1", x=store.read()))
    assert rows_of(engine, store.read()) == [(4,), (6,)]


def test_append_goes_by_name(engine: Engine, tmp_path: Path) -> None:
    """Columns are matched by their names, never by their places; a narrower type fits, another is refused."""
    store, append = DeltaStore(engine, str(tmp_path / "x")), writer("append")
    store.replace(frame(engine, a=[1], b=["x"]))
    new = engine.sql("select 'y' as b, cast(2 as integer) as a from one", one=frame(engine, z=[0]))
    store.update(lambda old: append(engine, old, new))
    assert rows_of(engine, store.read()) == [(1, "x"), (2, "y")]
    with pytest.raises(DataError, match=r"'a' is VARCHAR in the incoming table and BIGINT in the resource"):
        store.update(lambda old: append(engine, old, frame(engine, a=["1"], b=["z"])))
    assert rows_of(engine, store.read()) == [(1, "x"), (2, "y")]


def test_a_commit_needs_the_version_compared_with(engine: Engine, tmp_path: Path) -> None:
    """A write onto a version that is not the newest any more is refused, and so is a second creation."""
    uri = str(tmp_path / "x")
    rows = frame(engine, n=[1])
    engine.write_delta(rows, uri, mode="append", expected=None)
    engine.write_delta(rows, uri, mode="append", expected=0)
    for expected in (None, 0):
        with pytest.raises(ConflictError, match=r"Another process wrote"):
            engine.write_delta(rows, uri, mode="append", expected=expected)
    assert len(engine.rows(engine.read_delta(uri, 1))) == 2


@pytest.mark.parametrize("put", ["rows", "files"])
def test_a_table_that_another_made_meanwhile(put: str, tmp_path: Path) -> None:
    """The writer that comes second in making a table is told so, and has written nothing."""
    uri, rows = str(tmp_path / "x"), pa.table({"n": [1]})
    ways = {
        "rows": lambda commit: write(commit, rows.to_reader(), "append"),
        "files": lambda commit: add(commit, [], Schema.from_arrow(rows.schema), "append"),
    }
    with committing(uri, None) as commit:
        write_deltalake(uri, pa.table({"n": [7]}))
        with pytest.raises(ConflictError, match="Another process wrote"):
            ways[put](commit)
    assert DeltaTable(uri).to_pyarrow_table().to_pydict() == {"n": [7]}


def test_a_foreign_commit_is_seen(engine: Engine, tmp_path: Path) -> None:
    """A row that another program appends between reading and writing is not lost by a merge."""
    store, change = DeltaStore(engine, str(tmp_path / "x")), writer("merge", ["n"])
    store.replace(frame(engine, n=[1], v=["a"]))
    foreign = iter([pa.table({"n": [7], "v": ["foreign"]})])

    def update(old: object) -> object:
        if (rows := next(foreign, None)) is not None:
            write_deltalake(store.uri, rows, mode="append")
        return change(engine, old, frame(engine, n=[1], v=["b"]))

    store.update(update)  # type: ignore[arg-type]
    assert rows_of(engine, store.read()) == [(1, "b"), (7, "foreign")]


def test_files_are_compressed_by_zstd(engine: Engine, tmp_path: Path) -> None:
    """Both engines write Zstandard."""
    import pyarrow.parquet as pq

    store = DeltaStore(engine, str(tmp_path / "x"))
    store.replace(frame(engine, n=[1]))
    [file] = DeltaTable(store.uri).file_uris()
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.spark
def test_rows_that_a_deletion_vector_names_are_gone(tmp_path: Path) -> None:
    """What Spark deleted by a deletion vector is not read, nor merged with; column mapping is refused."""
    spark, duck = connect_spark(), engines.connect()
    uri = str(tmp_path / "dv")
    run = spark.session.sql  # type: ignore[attr-defined]
    run(f"create table delta.`{uri}` (n int) using delta tblproperties('delta.enableDeletionVectors'='true')")
    run(f"insert into delta.`{uri}` select /*+ coalesce(1) */ id from range(100)")
    assert len(duck.rows(DeltaStore(duck, uri).read())) == 100
    run(f"delete from delta.`{uri}` where n = 5")
    store, left = DeltaStore(duck, uri), [n for n in range(100) if n != 5]
    assert rows_of(duck, store.read()) == [(n,) for n in left]
    change = writer("merge", ["n"])
    store.update(lambda old: change(duck, old, frame(duck, n=[5, 6])))
    assert rows_of(duck, store.read()) == [(n,) for n in range(100)]
    assert rows_of(spark, DeltaStore(spark, uri).read()) == [(n,) for n in range(100)]
    mapped = str(tmp_path / "mapped")
    run(f"create table delta.`{mapped}` (n int) using delta tblproperties('delta.columnMapping.mode'='name')")
    with pytest.raises(ResourceError, match=r"uses column mapping"):
        DeltaStore(duck, mapped).read()


@pytest.mark.spark
def test_a_column_that_no_file_has(tmp_path: Path) -> None:
    """A column added to a table by its schema alone reads as NULL on the embedded engine."""
    uri, duck = str(tmp_path / "x"), engines.connect()
    DeltaStore(duck, uri).replace(frame(duck, n=[1]))
    connect_spark().session.sql(f"alter table delta.`{uri}` add columns (z string)")  # type: ignore[attr-defined]
    assert duck.rows(DeltaStore(duck, uri).read()) == [(1, None)]


def test_types_that_delta_lacks_are_stored_as_their_kin(tmp_path: Path) -> None:
    """Unsigned and huge integers, zoned and finer timestamps, NULL columns and enums become what both engines know."""
    engine = engines.connect()
    store = DeltaStore(engine, str(tmp_path / "x"))
    store.replace(
        engine.sql(
            "select 1::utinyint a, 2::ubigint b, 3::hugeint c, timestamptz '2013-01-01 05:00:00+02' d, "
            "timestamp_ns '2013-01-01 05:00:00.123456400' e, null f, 'x'::enum('x', 'y') g, uuid() is not null h",
            portable=False,
        )
    )
    found = store.read()
    assert list(engine.schema(found).values()) == [
        "SMALLINT",
        "DECIMAL(20,0)",
        "DECIMAL(38,0)",
        "TIMESTAMP",
        "TIMESTAMP",
        "VARCHAR",
        "VARCHAR",
        "BOOLEAN",
    ]
    [row] = engine.rows(found)
    assert row[3] == datetime(2013, 1, 1, 3)
    assert row[4] == datetime(2013, 1, 1, 5, 0, 0, 123456)


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    """Loading what does not exist says where it was looked for, and the nearest table there."""
    DeltaStore(engines.connect(), str(tmp_path / "airports")).replace(engines.connect().sql("select 1 as n"))
    with pytest.raises(ResourceError, match=r"There is no Delta table at .*airport\. Did you mean 'airports'\? Run"):
        DeltaStore(engines.connect(), str(tmp_path / "airport")).read()


@pytest.mark.parametrize("folder", ["My Lake", "größe", "100%", "it's"])
def test_a_folder_may_be_called_anything(engine: Engine, tmp_path: Path, folder: str) -> None:
    """A table in a folder with blanks, accents or signs is written, read and appended to."""
    store, append = DeltaStore(engine, str(tmp_path / folder / "x")), writer("append")
    for number in (1, 2):
        store.update(lambda old, number=number: append(engine, old, frame(engine, n=[number])))
    assert sorted(engine.rows(store.read())) == [(1,), (2,)]
    assert [each.name for each in tmp_path.iterdir()] == [folder]


@pytest.mark.parametrize("folder", ["a[1]", "a%20b", "a#b", "what?"])
def test_a_folder_that_would_be_misread(tmp_path: Path, folder: str) -> None:
    """A path that delta-rs would take for another one is refused."""
    with pytest.raises(ResourceError, match="cannot be there: rename the folder"):
        DeltaStore(engines.connect(), str(tmp_path / folder / "x")).exists()


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    """A file where the folder of the table should be is an error that names it."""
    (tmp_path / "lake").write_text("x")
    store = DeltaStore(engines.connect(), str(tmp_path / "lake/x"))
    with pytest.raises(ResourceError, match=r"lake/x cannot be reached: .*lake"):
        store.replace(engines.connect().sql("select 1 as n"))


def test_a_table_that_was_damaged_is_an_error(tmp_path: Path) -> None:
    """A file that is gone, or a log that is none, is one sentence that names the table."""
    store = DeltaStore(engines.connect(), str(tmp_path / "x"))
    store.replace(engines.connect().sql("select 1 as n"))
    next((tmp_path / "x").glob("*.parquet")).unlink()
    with pytest.raises(ResourceError, match=r"x cannot be read at version 0: .*\.parquet is there no more[^\n]*$"):
        store.read()
    next((tmp_path / "x/_delta_log").glob("*.json")).write_text("junk")
    with pytest.raises(ResourceError, match=r"x cannot be read: [^\n]*$"):
        store.read()


def test_a_commit_of_ours_behind_a_foreign_one_is_not_made_again(tmp_path: Path) -> None:
    """Where a foreign writer came between, our commit is found by its mark; without one, nothing was written."""
    uri = str(tmp_path / "x")
    for mark in ("base", "foreign", "ours"):
        marked = CommitProperties(custom_metadata={"userMetadata": mark})
        write_deltalake(uri, pa.table({"n": [1]}), mode="append", commit_properties=marked)
    require_commit(uri, 0, "ours")
    for expected, mark in ((0, "base"), (0, "other"), (2, "ours")):
        with pytest.raises(ConflictError):
            require_commit(uri, expected, mark)


def test_a_table_of_others_keeps_its_times_of_utc(engine: Engine, tmp_path: Path) -> None:
    """Times are appended to a table that keeps them with a zone, as Spark's do by default, and read as UTC."""
    uri, append, day = str(tmp_path / "x"), writer("append"), datetime(2013, 1, 31, 12)
    write_deltalake(uri, pa.table({"t": pa.array([day], pa.timestamp("us", "UTC"))}))
    DeltaStore(engine, uri).update(lambda old: append(engine, old, frame(engine, t=[day])))
    rows = engine.sql("select t from stored", stored=DeltaStore(engine, uri).read())
    assert engine.rows(rows) == [(day,), (day,)]


@pytest.mark.parametrize("name", ["Order Date", "a,b", "price (net)", "x=y", "a;b", "{a}", "a\tb"])
def test_a_name_that_delta_does_not_keep_everywhere(engine: Engine, tmp_path: Path, name: str) -> None:
    """A column's name that only one engine could write is refused on both, with what to do."""
    with pytest.raises(DataError, match=r"Rename it in a SQL node .*, or give the resource format: parquet"):
        DeltaStore(engine, str(tmp_path / "x")).replace(frame(engine, **{name: [1]}))


def test_a_field_that_delta_does_not_keep_everywhere(engine: Engine, tmp_path: Path) -> None:
    """A field of objects has a name that both engines write, or is refused by it: nothing is written."""
    target = DeltaStore(engine, str(tmp_path / "t"))
    rows = pa.table({"o": pa.array([[{"b c": 1}]], pa.list_(pa.struct([("b c", pa.int64())])))})
    with pytest.raises(
        DataError, match=r"^Delta keeps no field called 'b c', as the objects in 'o' have: blanks, .*Rename"
    ):
        target.replace(engine.from_frame(rows))
    assert not (tmp_path / "t").exists()


@pytest.mark.spark
def test_a_save_on_spark_takes_few_jobs(tmp_path: Path) -> None:
    """To create, replace and append a table that a file is copied into is one job each; none is for the log."""
    spark, uri = connect_spark(), str(tmp_path / "x")
    (tmp_path / "x.csv").write_text("n,s\n1,a\n2,b\n")
    rows = spark.read_files("csv", [str(tmp_path / "x.csv")])
    tracker, counts = spark.session.sparkContext.statusTracker(), []  # type: ignore[attr-defined]
    store, append = DeltaStore(spark, uri), writer("append")
    for save in (store.replace, store.replace, lambda rows: store.update(lambda old: append(spark, old, rows))):
        before = max(tracker.getJobIdsForGroup(), default=-1)
        save(rows)
        counts.append(max(tracker.getJobIdsForGroup(), default=-1) - before)
    assert counts == [1, 1, 1]
    assert rows_of(spark, store.read()) == [(1, "a"), (1, "a"), (2, "b"), (2, "b")]
