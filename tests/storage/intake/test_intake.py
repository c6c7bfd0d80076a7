"""What a save takes: files once, ranges again, columns by policy; and what it notes."""

from __future__ import annotations

import bz2
import os
import time
import zipfile

import pytest
import xlsxwriter
from kedro.io import DatasetError

from kedro_faucet import Snapshot
from kedro_faucet.config.run import Run, begin, end
from kedro_faucet.datasets import HistoryDataset, ResourceDataset
from kedro_faucet.engines.files.local import unpacking


@pytest.fixture(autouse=True)
def run():
    """A run that is on, which may be asked to load a range again."""
    begin(Run("run-1"))
    yield lambda **said: begin(Run("run-2", **said))
    end()


def target(engine, path, name="t", **said):
    """A Delta resource at a path."""
    return ResourceDataset(filepath=str(path / name), engine=engine.config, **said)


def rows(engine, table, columns="*", order="1"):
    """Some columns of a table, in order."""
    return engine.rows(engine.sql(f"select {columns} from t order by {order}", t=table))


def drop(path, name, text, age=60.0):
    """Put a file into a folder, as if some time ago."""
    file = path / name
    file.write_text(text)
    os.utime(file, (time.time() - age,) * 2)
    return file


def source(engine, path, **said):
    """All CSV files of a folder."""
    return ResourceDataset(filepath=f"{path}/*.csv", engine=engine.config, **said).load()


def test_audit_columns_say_when_and_by_which_run(engine, tmp_path):
    """`audit: true` notes time and run; a row that is merged again unchanged is not written for them."""
    said = {"mode": "merge", "key": "id", "audit": True}
    target(engine, tmp_path, save_args=said).save(engine.sql("select 1 as id, 'a' as s"))
    first = rows(engine, target(engine, tmp_path).load(), "id, s, kf_run_id, kf_loaded_at")
    begin(Run("run-2"))
    target(engine, tmp_path, save_args=said).save(engine.sql("select * from (values (1, 'a'), (2, 'b')) t(id, s)"))
    found = rows(engine, target(engine, tmp_path).load(), "id, s, kf_run_id, kf_loaded_at")
    assert found[0] == first[0]
    assert found[1][:3] == (2, "b", "run-2")
    assert found[1][3] > found[0][3]


def test_audit_columns_are_no_change_in_a_history(engine, tmp_path):
    """A copy that was only loaded again opens no version, and the history keeps no audit columns."""
    fleet = HistoryDataset(filepath=str(tmp_path / "h"), key="id", engine=engine.config)
    for day in (1, 2):
        begin(Run(f"run-{day}"))
        target(engine, tmp_path, save_args={"audit": True}).save(engine.sql("select 1 as id, 'a' as s"))
        fleet.save(Snapshot(target(engine, tmp_path).load(), f"2013-01-0{day}"))
    assert fleet.current().columns == ["id", "s"]
    assert len(engine.rows(fleet.intervals())) == 1


def test_each_file_is_taken_once(engine, tmp_path):
    """New files are added, known ones not read, and one that was written just now is left for the next run."""
    drop(tmp_path, "1.csv", "id\n1\n")
    drop(tmp_path, "2.csv", "id,s\n2,b\n", age=-3600)
    orders = target(engine, tmp_path, save_args={"mode": "append"}, incremental={"files": True})
    orders.save(source(engine, tmp_path))
    assert rows(engine, orders.load(), "id") == [(1,)]
    os.utime(tmp_path / "2.csv", (time.time() - 60,) * 2)
    for _ in range(2):
        orders.save(source(engine, tmp_path))
    found = rows(engine, orders.load(), "id, s, kf_source_file")
    assert [(*each[:2], each[2].rpartition("/")[2]) for each in found] == [(1, None, "1.csv"), (2, "b", "2.csv")]


def test_a_file_that_changed_is_refused_or_merged(engine, tmp_path):
    """Rows of a changed file would be doubled by an append, which is refused; a merge takes them again."""
    said = {"incremental": {"files": True}}
    adding = target(engine, tmp_path, "a", save_args={"mode": "append"}, **said)
    merging = target(engine, tmp_path, "m", save_args={"mode": "merge", "key": "id"}, **said)
    drop(tmp_path, "1.csv", "id,s\n1,a\n")
    for each in (adding, merging):
        each.save(source(engine, tmp_path))
    drop(tmp_path, "1.csv", "id,s\n1,b\n", age=-60)
    os.utime(tmp_path / "1.csv", (time.time() + 1,) * 2)
    time.sleep(0.01)
    with pytest.raises(DatasetError, match=r"1.csv changed since it was loaded, and mode: append would double"):
        adding.save(source(engine, tmp_path))
    # Older than two seconds, as it will be by the next run.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kedro_faucet.storage.intake.new_files.SETTLED", -10.0)
        merging.save(source(engine, tmp_path))
    assert rows(engine, merging.load(), "id, s") == [(1, "b")]


def test_packed_files_and_workbooks_are_taken_once(engine, tmp_path):
    """Wherever a run unpacks them, they are known by their own names and as old as they are."""
    said = {"save_args": {"mode": "append", "audit": ["source_file", "loaded_at"]}, "incremental": {"files": True}}
    with zipfile.ZipFile(tmp_path / "1.zip", "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
        archive.writestr("b.csv", "id\n2\n")
    (tmp_path / "2.csv.bz2").write_bytes(bz2.compress(b"id\n3\n"))
    with xlsxwriter.Workbook(tmp_path / "3.xlsx") as book:
        book.add_worksheet().write_column(0, 0, ["id", 4])
    for file in tmp_path.iterdir():
        os.utime(file, (time.time() - 60,) * 2)
    for _ in range(2):
        for pattern, form in (("1.zi*", "csv"), ("*.csv.*", "csv"), ("*.xlsx", "excel")):
            files = ResourceDataset(filepath=f"{tmp_path}/{pattern}", format=form, engine=engine.config)
            target(engine, tmp_path, **said).save(files.load())
        unpacking._root.cache_clear()
    assert rows(engine, target(engine, tmp_path).load(), "id, kf_source_file") == [
        (1, f"{tmp_path}/1.zip/a.csv"),
        (2, f"{tmp_path}/1.zip/b.csv"),
        (3, f"{tmp_path}/2.csv.bz2"),
        (4, f"{tmp_path}/3.xlsx"),
    ]


def test_files_are_those_of_a_copy(engine, tmp_path):
    """Rows that a node has made are of no file, and are refused; so is a table that does not say its files."""
    orders = target(engine, tmp_path, save_args={"mode": "append"}, incremental={"files": True})
    with pytest.raises(DatasetError, match="takes the rows of files as they are read"):
        orders.save(engine.sql("select 1 as id"))
    drop(tmp_path, "1.csv", "id\n1\n")
    target(engine, tmp_path).save(engine.sql("select 1 as id"))
    with pytest.raises(DatasetError, match="lacks the columns kf_source_file and kf_loaded_at"):
        orders.save(source(engine, tmp_path))


DAYS = """select * from (values (1, date '2024-01-31', {}),
    (2, date '2024-02-01', {}), (3, date '2024-03-01', {})) t(id, d, v)"""


@pytest.mark.parametrize("save_args", [{"mode": "append"}, {"mode": "merge", "key": "id"}])
def test_a_range_is_loaded_again(engine, tmp_path, run, save_args):
    """`faucet.reload` replaces the target's rows of the range, vanished ones too, and no others."""
    orders = target(engine, tmp_path, save_args=save_args, incremental={"cursor": "d"})
    orders.save(engine.sql(DAYS.format("'a'", "'a'", "'a'")))
    run(reload="2024-02")
    orders.save(engine.sql(DAYS.format("'b'", "'b'", "'b'")))
    assert rows(engine, orders.load(), "id, v") == [(1, "a"), (2, "b"), (3, "a")]
    run(reload="2024-01..2024-02-01")
    orders.save(engine.sql("select * from t where id = 2", t=engine.sql(DAYS.format("'c'", "'c'", "'c'"))))
    assert rows(engine, orders.load(), "id, v") == [(2, "c"), (3, "a")]


@pytest.mark.parametrize(
    ("which", "message"),
    [("2024-13", "no range"), ("2024-02..2024-01", "no range"), ("n1..2", "another kind"), ("yesterday", "no range")],
)
def test_a_range_that_is_none_is_refused(engine, tmp_path, run, which, message):
    """What is no range of the cursor's kind is refused, and nothing is written."""
    orders = target(engine, tmp_path, save_args={"mode": "append"}, incremental={"cursor": "d"})
    run(reload=which)
    with pytest.raises(DatasetError, match=message):
        orders.save(engine.sql(DAYS.format(1, 1, 1)))
    assert not orders.exists()


NEW = "select * from (values (1, 7, null), (2, 3000000000, null), (3, 9, 'late')) t(id, n, extra)"


def policy(engine, tmp_path, mode, schema):
    """A table of integers, with rows saved that do not all fit it."""
    said = {"mode": mode, "schema": schema, **({"key": "id"} if mode == "merge" else {})}
    target(engine, tmp_path).save(engine.sql("select 0 as id, 5 as n"))
    orders = target(engine, tmp_path, save_args=said)
    orders.save(engine.sql(NEW))
    return orders


@pytest.mark.parametrize("mode", ["append", "merge", "overwrite"])
def test_rows_that_do_not_fit_are_put_aside(engine, tmp_path, mode):
    """`discard_rows` keeps rows aside that have new columns or values that do not fit, with their reasons, once."""
    orders = policy(engine, tmp_path, mode, "discard_rows")
    assert rows(engine, orders.load(), "id, n")[-1:] == [(1, 7)]
    assert orders.load().columns == ["id", "n"]
    orders.save(engine.sql(NEW))
    rejected = target(engine, tmp_path, "t__rejected").load()
    assert rows(engine, rejected, "id, kf_reason, n, extra", "id") == [
        ("2", "'n' does not fit INTEGER", "3000000000", None),
        ("3", "column 'extra' is new", "9", "late"),
    ]


def test_values_that_do_not_fit_are_put_aside(engine, tmp_path):
    """`discard_values` takes the rows without such values, and keeps a copy of each aside."""
    orders = policy(engine, tmp_path, "append", "discard_values")
    assert rows(engine, orders.load(), "id, n") == [(0, 5), (1, 7), (2, None), (3, 9)]
    assert len(engine.rows(target(engine, tmp_path, "t__rejected").load())) == 2


@pytest.mark.parametrize("mode", ["append", "overwrite"])
def test_a_frozen_table_takes_no_new_columns(engine, tmp_path, mode):
    """`freeze` refuses a new column, with the nearest name, and values of another type."""
    with pytest.raises(DatasetError, match=r"new column 'extra', and schema: freeze takes none"):
        policy(engine, tmp_path, mode, "freeze")
    with pytest.raises(DatasetError, match="which cannot hold"):
        target(engine, tmp_path, save_args={"mode": mode, "schema": "freeze"}).save(
            engine.sql("select 1 as id, 'x' as n")
        )
    assert rows(engine, target(engine, tmp_path).load()) == [(0, 5)]


def test_what_the_source_has_no_more_is_deleted_on_request(engine, tmp_path, run):
    """`faucet.deletes` removes rows of a merge whose keys the source lacks, also beside an increment, and no others."""
    orders = target(engine, tmp_path, save_args={"mode": "merge", "key": "id"}, incremental={"cursor": "d"})
    days = engine.sql(DAYS.format("'a'", "'a'", "'a'"))
    orders.save(days)
    left = engine.sql("select * from t where id <> 2", t=days)
    orders.save(left)
    assert rows(engine, orders.load(), "id") == [(1,), (2,), (3,)]
    run(deletes=True)
    orders.save(left)
    assert rows(engine, orders.load(), "id, v") == [(1, "a"), (3, "a")]
    with pytest.raises(DatasetError, match="would delete every row"):
        orders.save(engine.sql("select * from t where id > 9", t=days))
    assert len(engine.rows(orders.load())) == 2


def test_a_range_comes_in_as_the_mode_says(engine, tmp_path, run):
    """Of several rows of a key in a range the newest wins, none beats a newer one outside, and a key is never NULL."""
    said = {"mode": "merge", "key": "id", "order_by": "d"}
    orders = target(engine, tmp_path, save_args=said, incremental={"cursor": "d"})
    values = "(1, date '2024-01-05', 'a'), (1, date '2024-01-09', 'b'), (2, date '2024-01-05', 'a')"
    text = f"select * from (values {values}) t(id, d, v)"
    orders.save(engine.sql(f"{text} union all select 2, date '2024-02-01', 'b'"))
    run(reload="2024-01")
    orders.save(engine.sql(text))
    assert rows(engine, orders.load(), "id, v") == [(1, "b"), (2, "b")]
    with pytest.raises(DatasetError, match=r"key .* is NULL"):
        orders.save(engine.sql("select cast(null as integer) as id, date '2024-01-05' as d, 'a' as v"))
