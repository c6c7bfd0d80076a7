"""One-file tables: swapped in whole, and what was loaded before stays readable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tables import at, frame, rows_of, table

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage import atomic
from kedro_faucet.storage.files import FileStore
from kedro_faucet.storage.modes import writer
from kedro_faucet.storage.places import place_of, versions

FORMATS = ["parquet", "csv", "json"]


def store_of(engine: Engine, folder: Path, format: str) -> FileStore:
    """A file whose incoming rows are of (k, t, v)."""
    return FileStore(engine, str(folder / f"x.{format}"), format, hints=engine.schema(table(engine)))


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_saved_is_loaded(engine: Engine, tmp_path: Path, format: str) -> None:
    """Values, NULLs, quotes, line ends and spaces come back from every format on both engines."""
    values = [None, "x", 'a "quoted", text', "two\nlines", " spaces ", "back\\slash", "007"]
    store = store_of(engine, tmp_path, format)
    store.replace(table(engine, *((n, n, value) for n, value in enumerate(values)), (None, None, "z")))
    expected = [(None, None, "z"), *((n, at(n), value) for n, value in enumerate(values))]
    assert rows_of(engine, store.read()) == expected
    assert rows_of(engines.connect(), store_of(engines.connect(), tmp_path, format).read()) == expected


@pytest.mark.parametrize("format", FORMATS)
def test_one_column(engine: Engine, tmp_path: Path, format: str) -> None:
    """A table of one column keeps its NULLs."""
    store = FileStore(engine, str(tmp_path / f"x.{format}"), format)
    store.replace(frame(engine, **{"a.b `c": [1, None, 2]}))
    assert rows_of(engine, store.read()) == [(None,), (1,), (2,)]


def test_an_error_names_the_file_that_a_user_knows(engine: Engine, tmp_path: Path) -> None:
    """What is wrong with a saved file is said of its own name."""
    FileStore(engine, str(tmp_path / "x.csv"), "csv").replace(frame(engine, a=[1]))
    with pytest.raises(ResourceError, match=rf"^{tmp_path}/x.csv has no column 'b'"):
        FileStore(engine, str(tmp_path / "x.csv"), "csv", {"columns": {"b": "BIGINT"}}).read()


@pytest.mark.parametrize("format", FORMATS)
def test_append_and_merge(engine: Engine, tmp_path: Path, format: str) -> None:
    """A file is appended to and merged into, by way of a new file; its texts are read in the incoming types."""
    store, append, merge = store_of(engine, tmp_path, format), writer("append"), writer("merge", ["k"], "t")
    for change, row in ((append, (1, 1, "1")), (append, (2, 1, "07")), (merge, (1, 2, "2")), (merge, (2, 0, "stale"))):
        store.update(lambda old, change=change, row=row: change(engine, old, table(engine, row)))
    old = store._read_old(place_of(store.path).pinned())
    assert [(k, str(v)) for k, _, v in rows_of(engine, old)] == [(1, "2"), (2, "07")]


def test_append_adds_a_column(engine: Engine, tmp_path: Path) -> None:
    """A column that the file lacks is NULL in its old rows, whatever the order of the columns."""
    store, append = FileStore(engine, str(tmp_path / "x.parquet"), "parquet"), writer("append")
    for new in (frame(engine, a=[1], b=["x"]), frame(engine, c=[True], b=["y"], a=[2])):
        store.update(lambda old, new=new: append(engine, old, new))
    assert rows_of(engine, store.read()) == [(1, "x", None), (2, "y", True)]


@pytest.mark.parametrize("format", FORMATS)
def test_a_loaded_table_stays_what_it_was(engine: Engine, tmp_path: Path, format: str) -> None:
    """What this process has loaded is read unchanged however often the file is replaced."""
    store = store_of(engine, tmp_path, format)
    store.replace(table(engine, (1, 1, "a")))
    loaded = store.read()
    for n in range(2, 5):
        store.replace(table(engine, (n, 1, "b")))
    assert [row[0] for row in engine.rows(loaded)] == [1]
    assert [row[0] for row in engine.rows(store.read())] == [4]


def test_what_another_process_replaced_twice_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded file that others replaced several times, long ago, is an error that says so, never other rows."""
    engine = engines.connect()
    store = store_of(engine, tmp_path, "parquet")
    store.replace(table(engine, (1, 1, "a")))
    loaded = store.read()
    monkeypatch.setattr(versions, "_loaded", set())
    monkeypatch.setattr(atomic, "LINGER", -1.0)
    for n in range(2, 4):
        store.replace(table(engine, (n, 1, "b")))
    with pytest.raises(ResourceError, match=r"x.parquet was saved several times .* load it again"):
        engine.rows(loaded)


def test_a_file_may_be_saved_over_itself(engine: Engine, tmp_path: Path) -> None:
    """A lazy table that reads the file may replace it."""
    store = FileStore(engine, str(tmp_path / "x.parquet"), "parquet")
    store.replace(frame(engine, n=[1, 2, 3]))
    store.replace(engine.sql("select n * 2 as n from x where n > 1", x=store.read()))
    assert rows_of(engine, store.read()) == [(4,), (6,)]


def test_a_failed_save_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    """Rows that turn out wrong while they are written leave the old file, and the next save sweeps what is left."""
    (tmp_path / "bad.csv").write_text("n\n1\nx\n")
    store = FileStore(engine, str(tmp_path / "x.parquet"), "parquet")
    store.replace(frame(engine, n=[1]))
    bad = FileStore(engine, str(tmp_path / "bad.csv"), "csv", {"columns": {"n": "BIGINT"}}).read()
    with pytest.raises(DataError, match=r"line 3"):
        store.replace(bad)
    assert engine.rows(store.read()) == [(1,)]
    store.replace(frame(engine, n=[2]))
    kept = {each.stat().st_ino for each in tmp_path.glob(".faucet/x.parquet/*.parquet")}
    assert len(kept) == len(list(tmp_path.glob(".faucet/x.parquet/*"))) - 1 == 2


def test_an_overwrite_needs_no_readable_file(tmp_path: Path) -> None:
    """A file that is no Parquet is an error to read, and can be replaced."""
    engine, path = engines.connect(), tmp_path / "x.parquet"
    path.write_text("this is no Parquet file at all")
    store = FileStore(engine, str(path), "parquet")
    with pytest.raises(ResourceError, match=r"x.parquet is no Parquet file, or a damaged one"):
        store.read()
    store.replace(frame(engine, n=[1]))
    assert engine.rows(store.read()) == [(1,)]


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files can have one name only, a save is as atomic, and loads by that name."""

    def refuse(*names: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", refuse)
    engine = engines.connect()
    store = FileStore(engine, str(tmp_path / "x.parquet"), "parquet")
    for n in (1, 2):
        store.replace(frame(engine, n=[n]))
    assert engine.rows(store.read()) == [(2,)]


def test_a_pattern_is_read_only(engine: Engine, tmp_path: Path) -> None:
    """A pattern reads all its files in one table, and refuses a save."""
    for n in (2, 1):
        (tmp_path / f"{n}.csv").write_text(f"n\n{n}\n")
    store = FileStore(engine, str(tmp_path / "*.csv"), "csv")
    assert rows_of(engine, store.read()) == [(1,), (2,)]
    with pytest.raises(ResourceError, match=r"names many files, which are read only"):
        store.replace(frame(engine, n=[1]))


def test_files_are_listed_once(engine: Engine, tmp_path: Path) -> None:
    """A file that arrives after a pattern was loaded is not in the loaded table."""
    (tmp_path / "1.csv").write_text("n\n1\n")
    loaded = FileStore(engine, str(tmp_path / "*.csv"), "csv").read()
    (tmp_path / "2.csv").write_text("n\n2\n")
    assert engine.rows(loaded) == [(1,)]


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A missing file is named with the nearest one beside it; so is a missing folder, and a pattern without files."""
    (tmp_path / "planes.csv").write_text("n\n1\n")
    engine = engines.connect()
    for name, message in {
        "plains.csv": "There is no file .*plains.csv. Did you mean 'planes.csv'",
        "no/planes.csv": "its folder .*no does not exist",
        "*.json": r"No file matches .*\*.json",
    }.items():
        with pytest.raises(ResourceError, match=message):
            FileStore(engine, str(tmp_path / name), "csv").read()


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    """A file in the place of a folder, or a folder in that of a file: an error that names it, and nothing is lost."""
    (tmp_path / "star").write_text("x")
    (tmp_path / "cube/x.parquet").mkdir(parents=True)
    for path, said in (("star/x.parquet", "cannot be reached: .*star"), ("cube/x.parquet", "is a folder, where")):
        store = FileStore(engines.connect(), str(tmp_path / path), "parquet")
        with pytest.raises(ResourceError, match=rf"{path} {said}"):
            store.replace(engines.connect().sql("select 1 as n"))
    assert (tmp_path / "star").read_text() == "x"
