"""Folders that say a value, as in ``year=2013/``: columns where an entry says so, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kedro_faucet import ResourceDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, ResourceError

FOLDERS = {
    "zip=01234/day=2013-01-31/to=a%2Fb c": ("01234", date(2013, 1, 31), "a/b c"),
    "zip=98765/day=2013-02-28/to=__HIVE_DEFAULT_PARTITION__": ("98765", date(2013, 2, 28), None),
}


def write(folder: Path, format: str) -> list[str]:
    """A file in each folder, whose row says which."""
    paths = [folder / name / f"x=1.{format}" for name in FOLDERS]
    for place, path in enumerate(paths):
        path.parent.mkdir(parents=True)
        if format == "parquet":
            pq.write_table(pa.table({"n": [place]}), path)
        else:
            path.write_text(f"n\n{place}\n" if format == "csv" else f'{{"n":{place}}}\n')
    return list(map(str, paths))


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_folders_are_columns_where_it_is_said(engine: Engine, tmp_path: Path, format: str) -> None:
    """The values of folders are columns of the types that all of them have; without hive: true they are not there."""
    files = write(tmp_path, format)
    table = engine.read_files(format, files, hive=True)
    assert engine.schema(table) == {"n": "BIGINT", "zip": "VARCHAR", "day": "DATE", "to": "VARCHAR"}
    assert sorted(engine.rows(table)) == [(place, *said) for place, said in enumerate(FOLDERS.values())]
    assert engine.rows(engine.sql("select n from x where zip = '98765'", x=table)) == [(1,)]
    assert sorted(engine.rows(engine.read_files(format, files))) == [(0,), (1,)]


def test_folders_in_a_catalog(tmp_path: Path) -> None:
    """An entry says hive: true below load_args, and may declare the types of folders."""
    write(tmp_path, "csv")
    said = {"hive": True, "columns": {"zip": "BIGINT", "n": "INTEGER"}}
    table = ResourceDataset(filepath=str(tmp_path / "*/*/*/*.csv"), format="csv", load_args=said).load()
    assert sorted(table.fetchall())[0] == (0, 1234, date(2013, 1, 31), "a/b c")
    with pytest.raises(ResourceError, match=r"hive: 'yes' is neither true nor false"):
        ResourceDataset(filepath="x.csv", format="csv", load_args={"hive": "yes"})


def test_what_folders_cannot_say(engine: Engine, tmp_path: Path) -> None:
    """A value of a wrong type, a column said twice or by a file too, and folders that differ are refused."""
    first, second = write(tmp_path, "csv")
    with pytest.raises(DataError, match=r"its folder says zip=01234, which is not of type DATE"):
        engine.read_files("csv", [first], hive=True, columns={"zip": "DATE"})
    other = tmp_path / "zip=1" / "x.csv"
    other.parent.mkdir()
    other.write_text("n,ZIP\n1,2\n")
    with pytest.raises(ResourceError, match=r"say zip, day, to, those of .*/zip=1/x.csv say zip"):
        engine.read_files("csv", [second, str(other)], hive=True)
    with pytest.raises(ResourceError, match=r"'zip' is a column of the files and of their folders"):
        engine.read_files("csv", [str(other)], hive=True)
    twice = tmp_path / "zip=1" / "Zip=2" / "x.csv"
    twice.parent.mkdir()
    twice.write_text("n\n1\n")
    with pytest.raises(ResourceError, match=r"its folders say 'Zip' twice"):
        engine.read_files("csv", [str(twice)], hive=True)
    plain = tmp_path / "x.csv"
    plain.write_text("n\n1\n")
    with pytest.raises(ResourceError, match=r"No folder of .*x.csv says a value, as in year=2013/"):
        engine.read_files("csv", [str(plain)], hive=True)
