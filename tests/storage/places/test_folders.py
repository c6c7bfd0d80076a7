"""Tables laid out in folders by the values of columns: alike on both engines, whole at any time, exact when read."""

from __future__ import annotations

import stat
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kedro.io import DatasetError

from kedro_faucet import ResourceDataset, engines
from kedro_faucet.engines import Engine
from kedro_faucet.engines.files import folders
from kedro_faucet.engines.files.partitions import folder_values
from kedro_faucet.exceptions import DataError
from kedro_faucet.ledger.versions import version
from kedro_faucet.services.file import File
from kedro_faucet.storage import atomic

SIGNS = "ü/=% b'\"{}[]^\\#?*:+&\n"
ROWS: list[tuple[Any, ...]] = [
    ("a", 1, date(2013, 1, 1), Decimal("1.50"), True),
    (None, 2, date(2013, 1, 2), Decimal("-0.25"), False),
    (SIGNS, 3, None, None, None),
    (" 007", 4, date(1, 1, 1), Decimal("0.00"), True),
    ("2013", 5, date(9999, 12, 31), Decimal("1.50"), None),
]
BY = ["s", "d", "m", "b"]


def resource(path: Path, engine: Engine | None = None, by: Any = BY, **said: Any) -> ResourceDataset:
    """A resource with folders."""
    config = (engine or engines.connect()).config
    return ResourceDataset(filepath=str(path), engine=config, save_args={"partition_by": by, **said})


def frame(engine: Engine, rows: list[tuple[Any, ...]] = ROWS) -> Any:
    """The rows as a table, whose partitions are before, between and after the others."""
    kinds = [pa.string(), pa.int64(), pa.date32(), pa.decimal128(9, 2), pa.bool_()]
    columns = zip(*rows, strict=True) if rows else [[]] * 5
    return engine.from_frame(pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names="sndmb"))


def rows(dataset: ResourceDataset) -> list[tuple[Any, ...]]:
    """What a resource holds."""
    return sorted(dataset._engine().rows(dataset.load()), key=lambda row: row[1])


def laid_out(path: Path) -> set[str]:
    """The folders with files, as every reader sees them."""
    return {str(each.relative_to(path.resolve()).parent) for each in path.resolve().rglob(f"*{path.suffix}")}


@pytest.mark.parametrize("format", ["parquet", "csv", "json", "csv.gz"])
def test_values_and_types_come_back(engine: Engine, tmp_path: Path, format: str) -> None:
    """Partitions keep values, types and places among the columns; folders have the same names on both engines."""
    saved = resource(tmp_path / f"x.{format}", engine)
    saved.save(frame(engine))
    assert rows(saved) == ROWS
    assert engine.schema(saved.load()) == engine.schema(frame(engine))
    assert laid_out(tmp_path / f"x.{format}") == {
        "s=a/d=2013-01-01/m=1.50/b=true",
        "s=__HIVE_DEFAULT_PARTITION__/d=2013-01-02/m=-0.25/b=false",
        "s=ü%2F%3D%25 b%27%22%7B%7D%5B%5D%5E%5C%23%3F%2A%3A%2B%26%0A/d=__HIVE_DEFAULT_PARTITION__"
        "/m=__HIVE_DEFAULT_PARTITION__/b=__HIVE_DEFAULT_PARTITION__",
        "s= 007/d=0001-01-01/m=0.00/b=true",
        "s=2013/d=9999-12-31/m=1.50/b=__HIVE_DEFAULT_PARTITION__",
    }
    # What both engines and any entry read is the same, whatever it says itself.
    assert rows(ResourceDataset(filepath=saved._filepath, load_args={"hive": True})) == ROWS
    one = engine.sql("select n from t where d = date '2013-01-02'", t=saved.load())
    assert engine.rows(one) == [(2,)]


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_every_mode_writes_folders(engine: Engine, tmp_path: Path, format: str) -> None:
    """Append, merge and an overwrite leave all rows and no others; a table without rows keeps its columns."""
    path = tmp_path / f"x.{format}"
    resource(path, engine, "d").save(frame(engine, ROWS[:2]))
    resource(path, engine, "d", mode="append").save(frame(engine, ROWS[2:3]))
    changed = [(*ROWS[0][:2], None, *ROWS[0][3:]), ROWS[3]]
    resource(path, engine, "d", mode="merge", key="n").save(frame(engine, changed))
    assert rows(resource(path, engine)) == [changed[0], ROWS[1], ROWS[2], ROWS[3]]
    resource(path, engine, "d").save(frame(engine, []))
    assert rows(resource(path, engine)) == []
    assert engine.schema(resource(path, engine).load()) == engine.schema(frame(engine))
    resource(path, engine, "b", mode="append").save(frame(engine))
    assert rows(resource(path, engine)) == ROWS
    assert laid_out(path) == {"b=true", "b=false", "b=__HIVE_DEFAULT_PARTITION__"}


def test_a_file_becomes_folders_and_others_refuse_each_other(tmp_path: Path) -> None:
    """A file that is there is appended to; an entry without partition_by, and a folder of others, are refused."""
    path = tmp_path / "x.parquet"
    resource(path, by=[]).save(frame(engines.connect(), ROWS[:1]))
    before = resource(path).load()
    resource(path, mode="append").save(frame(engines.connect(), ROWS[1:]))
    assert rows(resource(path)) == ROWS
    assert before.fetchall() == ROWS[:1]
    with pytest.raises(DatasetError, match=r"x.parquet was saved with partition_by, as a folder: say partition_by"):
        resource(path, by=[]).save(frame(engines.connect()))
    (tmp_path / "y.parquet").mkdir()
    with pytest.raises(DatasetError, match=r"y.parquet is a folder, which no save has laid out: name another one"):
        resource(tmp_path / "y.parquet").save(frame(engines.connect()))
    (tmp_path / "z.parquet").symlink_to(tmp_path / "y.parquet")
    with pytest.raises(DatasetError, match=r"z.parquet is a folder, which no save"):
        resource(tmp_path / "z.parquet").save(frame(engines.connect()))
    (tmp_path / "w.parquet").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="This is a link, where partition_by makes a folder"):
        resource(tmp_path / "w.parquet").save(frame(engines.connect()))


def test_other_programs_read_folders(tmp_path: Path) -> None:
    """DuckDB and Arrow find the rows and the values of folders by themselves, at the resource's own path."""
    path = tmp_path / "x.parquet"
    resource(path, by=["s", "d"]).save(frame(engines.connect()))
    found = duckdb.sql(f"select s, n, d from read_parquet('{path}/**/*.parquet', hive_partitioning=true) order by n")
    assert [(s, n, str(d) if d else None) for s, n, d in found.fetchall()] == [
        (s, n, str(d) if d else None) for s, n, d, *_ in ROWS
    ]
    arrow = ds.dataset(str(path), partitioning="hive", exclude_invalid_files=True).to_table().sort_by("n")
    assert arrow["s"].to_pylist() == [row[0] for row in ROWS]


@pytest.mark.spark
def test_spark_itself_reads_folders(spark: Engine, tmp_path: Path) -> None:
    """Spark's own reader finds the rows and the values of folders at the resource's path."""
    path = tmp_path / "x.parquet"
    resource(path, by=["s"]).save(frame(engines.connect()))
    found = spark.session.read.parquet(str(path)).select("s", "n").orderBy("n")  # type: ignore[attr-defined]
    assert [tuple(row) for row in found.collect()] == [row[:2] for row in ROWS]


@pytest.mark.parametrize(
    ("by", "rows", "message"),
    [
        ("s", [("", *ROWS[0][1:])], "partition_by: 's' holds '', which folders' names keep as NULL"),
        ("s", [("__HIVE_DEFAULT_PARTITION__", *ROWS[0][1:])], "which folders' names keep as NULL"),
        ("s", [("ä" * 61, *ROWS[0][1:])], "holds 'ä{30}…', which is too long for the name"),
        ("s", [("/" * 90, *ROWS[0][1:])], "which is too long for the name of a folder"),
        ("S", ROWS, "partition_by: there is no column 'S'"),
        (["s", "s"], ROWS, "s, s names a column twice"),
        (list("sndmb"), ROWS, "names every column"),
    ],
)
def test_what_no_folder_can_be_named_is_refused(
    engine: Engine, tmp_path: Path, by: Any, rows: list[tuple[Any, ...]], message: str
) -> None:
    """Empty and too long texts, columns that there are not, and all of them are refused; the table stays as it was."""
    path = tmp_path / "x.parquet"
    resource(path).save(frame(engines.connect()))
    with pytest.raises(DatasetError, match=message):
        resource(path, engine, by).save(frame(engine, rows))
    assert len(resource(path).load().fetchall()) == len(ROWS)


def test_a_disk_that_tells_no_capitals_apart(tmp_path: Path) -> None:
    """Where the folder of a value is there already under another's name, its rows are refused: here a link does it."""
    made = {tmp_path / "s=AA"}
    (tmp_path / "s=AA").mkdir()
    (tmp_path / "s=aa").symlink_to("s=AA")
    assert folders._made(tmp_path, {"s": "AA", "n": "1"}, made) == tmp_path / "s=AA/n=1"
    with pytest.raises(DataError, match="'s' holds 'aa', whose folder this disk takes for that of another value"):
        folders._made(tmp_path, {"s": "aa", "n": "1"}, made)


def test_columns_of_other_types_are_refused(tmp_path: Path) -> None:
    """A column of fractions or times has no folders: its texts would not be the same everywhere."""
    with pytest.raises(DatasetError, match=r"partition_by: 'f' is DOUBLE: use a column of VARCHAR, .*, DECIMAL"):
        resource(tmp_path / "x.parquet", by="f").save(engines.connect().sql("select 1 as n, 1e0 as f"))


@settings(max_examples=30)
@given(text=st.text(min_size=1, max_size=25), name=st.text("aZ_ =%/é.", min_size=1, max_size=5))
def test_the_name_of_a_folder_says_the_text(text: str, name: str) -> None:
    """Whatever a text and a column's name hold, the folder's name gives both back."""
    assert folder_values(f"{folders._name(name, text)}/x.parquet") == {name: text}


def test_what_was_loaded_stays(engine: Engine, tmp_path: Path) -> None:
    """A table that was loaded keeps its rows when others are saved, and other readers see the new ones at once."""
    path = tmp_path / "x.parquet"
    resource(path, engine, "s").save(frame(engine, ROWS[:2]))
    before = resource(path, engine, "s").load()
    for part in (ROWS[2:3], ROWS[3:]):
        resource(path, engine, "s").save(frame(engine, part))
        assert rows(resource(path, engine)) == part
    assert sorted(engine.rows(before), key=lambda row: row[1]) == ROWS[:2]


def test_what_is_left_of_folders_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next save removes half-written folders at once, and what was replaced once nobody needs it."""
    path, versions = tmp_path / "x.parquet", tmp_path / ".faucet/x.parquet"
    resource(path).save(frame(engines.connect()))
    (versions / f"new-{'0' * 32}" / "s=a").mkdir(parents=True)
    (versions / f"new-{'0' * 32}.parts").mkdir()
    (versions / "new-link").symlink_to("nowhere")
    resource(path).save(frame(engines.connect()))
    assert not list(versions.glob("new-*"))
    assert len(list(versions.iterdir())) == 3
    monkeypatch.setattr(atomic, "LINGER", -1.0)
    for _ in range(3):
        resource(path).save(frame(engines.connect()))
    assert len(list(versions.iterdir())) == 3
    assert rows(resource(path)) == ROWS


@pytest.mark.parametrize(("file", "folder"), [(0o600, 0o700), (0o640, 0o750), (0o644, 0o755)])
def test_who_may_read_folders(tmp_path: Path, file: int, folder: int) -> None:
    """Folders in the place of a file let those alone in who might read it, and so do the next ones."""
    path = tmp_path / "x.parquet"
    resource(path, by=[]).save(frame(engines.connect()))
    path.chmod(file)
    for _ in range(2):
        resource(path).save(frame(engines.connect()))
        found = [path.stat().st_mode, (tmp_path / ".faucet/x.parquet").stat().st_mode]
        assert [stat.S_IMODE(mode) for mode in found] == [folder, folder]


def test_folders_are_a_resource_like_others(tmp_path: Path) -> None:
    """A provider lists them; their version is that of their rows, not of their files' names."""
    saved = resource(tmp_path / "x.parquet")
    assert (saved.exists(), version(saved)) == (False, "")
    saved.save(frame(engines.connect()))
    first = version(saved)
    saved.save(frame(engines.connect()))
    assert saved.exists()
    assert version(saved) == first
    saved.save(frame(engines.connect(), ROWS[:2]))
    assert version(saved) != first
    assert File(path=str(tmp_path), format="parquet").resources() == ["x"]


def test_what_a_folder_says_is_checked(tmp_path: Path) -> None:
    """A declared type that a folder's value does not have is refused by the name that a user knows."""
    path = tmp_path / "x.csv"
    resource(path, by="s").save(frame(engines.connect()))
    wrong = ResourceDataset(filepath=str(path), load_args={"columns": {"s": "BIGINT"}})
    with pytest.raises(DatasetError, match=rf"{path}/s=.*its folder says s=.*, which is not of type BIGINT"):
        wrong.load()
