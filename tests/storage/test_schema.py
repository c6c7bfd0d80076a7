"""Rows that fit the table they are added to: its types decide, and no value is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.io import DatasetError

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines import Engine
from kedro_faucet.engines.dialect.types import misfits
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.files import FileStore
from kedro_faucet.storage.modes import writer
from kedro_faucet.storage.schema import conform

FITTING = {
    "whole numbers into fractions": ("10.5::double", "20::bigint", 20.0),
    "nothing into numbers": ("5::bigint", "null::varchar", None),
    "nothing into times": ("timestamp '2013-01-31'", "null::varchar", None),
    "few into a smaller type": ("5::integer", "7::bigint", 7),
    "whole fractions into whole numbers": ("5::bigint", "7.0::double", 7),
    "whole numbers into decimals": ("1.5::decimal(5,2)", "999::bigint", 999),
}
MISFITS = {
    "long whole numbers into fractions": ("10.5::double", "9007199254740993::bigint", "9007199254740993"),
    "a text into numbers": ("5::bigint", "'x'", "'x'"),
    "many into a smaller type": ("5::integer", "2147483648::bigint", "2147483648"),
    "fractions into whole numbers": ("5::bigint", "7.5::double", "7.5"),
    "whole numbers into short decimals": ("1.5::decimal(5,2)", "1000::bigint", "1000"),
    "numbers into texts": ("'01234'", "98765::bigint", "98765"),
    "times into days": ("date '2013-01-31'", "timestamp '2013-01-31 05:00:00'", "2013-01-31 05:00:00"),
}


@pytest.mark.parametrize("name", FITTING)
def test_what_fits(engine: Engine, name: str) -> None:
    """Where every value fits, the incoming column takes the type that it has in the table."""
    before, comes, value = FITTING[name]
    old, new = (
        engine.sql(
            f"select {each} as v",
        )
        for each in (before, comes)
    )
    fitted = conform(engine, old, new)
    assert engine.schema(fitted) == engine.schema(old)
    assert engine.rows(fitted) == [(value,)]


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit(engine: Engine, name: str) -> None:
    """A value that the type of the table cannot hold is refused, with the value and both types."""
    before, comes, value = MISFITS[name]
    old, new = (
        engine.sql(
            f"select {each} as v",
        )
        for each in (before, comes)
    )
    with pytest.raises(DataError, match=rf"The column 'v' is .* which cannot hold {value}"):
        conform(engine, old, new)


def test_bounds() -> None:
    """The bounds of each pair of types are those that it holds exactly."""
    assert misfits("n", "BIGINT", "FLOAT") == "n not between -16777216 and 16777216"
    assert misfits("n", "INTEGER", "DECIMAL(4,2)") == "n not between -99 and 99"
    assert misfits("n", "BIGINT", "DECIMAL(38,0)") == f"n not between {-(2**63) + 1} and {2**63 - 1}"
    assert misfits("n", "FLOAT", "BIGINT") == "(n <> floor(n) or n not between -16777215 and 16777215)"


@pytest.mark.parametrize("format", ["csv", "parquet", "delta"])
def test_extracts_that_drift(engine: Engine, tmp_path: Path, format: str) -> None:
    """Nightly files with whole numbers only, with a column all NULL, or with a header alone, are merged."""
    nights = ["id,amount,note\n1,10.5,5\n", "id,amount,note\n2,20,6\n", "id,amount,note\n3,30.5,\n", "id,amount,note\n"]
    target = ResourceDataset(
        filepath=str(tmp_path / f"x.{format}"),
        format=format,
        save_args={"mode": "merge", "key": "id"},
        engine=engine.config,
    )
    for number, night in enumerate(nights):
        (tmp_path / f"{number}.csv").write_text(night)
        source = ResourceDataset(filepath=str(tmp_path / f"{number}.csv"), format="csv", engine=engine.config)
        target.save(source.load())
    assert sorted(engine.rows(target.load())) == [(1, 10.5, 5), (2, 20.0, 6), (3, 30.5, None)]


def texts_of(path: Path, change: str, engine: Engine, row: str) -> str:
    """What stands in a CSV file after a row was added to it."""
    new = engine.sql(f"select {row}")
    store = FileStore(engine, str(path), "csv", hints=engine.schema(new))
    mode = writer(change, ["id"] if change == "merge" else [])
    store.update(lambda old: mode(engine, old, new))
    return path.read_text()


@pytest.mark.parametrize("change", ["append", "merge"])
def test_a_csv_file_keeps_its_texts(engine: Engine, tmp_path: Path, change: str) -> None:
    """A row is added to the texts that there are, or refused where they would change."""
    path = tmp_path / "x.csv"
    path.write_text("id,zip,price,n\n1,01234,1.5,\n")
    added = texts_of(path, change, engine, "2 as id, '00501' as zip, cast(2.0 as double) as price, 7 as n")
    assert sorted(added.splitlines()[1:]) == ["1,01234,1.5,", "2,00501,2.0,7"]
    before = path.read_text()
    for row in ("3 as id, 98765 as zip, 1.5 as price, 7 as n", "3 as id, '1' as zip, 1.55 as price, 7.5 as n"):
        with pytest.raises(DataError):
            texts_of(path, change, engine, row)
    path.write_text("id,price\n1,1.50\n")
    with pytest.raises(DataError, match="'price' is DOUBLE in the incoming table and VARCHAR in the resource"):
        texts_of(path, change, engine, "2 as id, cast(2.5 as double) as price")
    assert path.read_text() == "id,price\n1,1.50\n"
    assert before.startswith("id,zip,price,n\n")


def test_a_file_is_saved_as_it_would_be_read(engine: Engine, tmp_path: Path) -> None:
    """A resource whose files are read in another layout is not saved to: it would not be read again."""
    store = FileStore(engine, str(tmp_path / "x.csv"), "csv", {"delimiter": ";", "columns": {}})
    with pytest.raises(
        ResourceError, match=r"x.csv would not be read as it is saved.* leave out delimiter in load_args"
    ):
        store.replace(engine.sql("select 1 as n"))


def test_a_folder_is_no_file(engine: Engine, tmp_path: Path) -> None:
    """A folder in the place of a file says what to write."""
    (tmp_path / "1.json").write_text("{}\n")
    with pytest.raises(
        ResourceError, match=rf"is a folder: name a file in it, all of them by a pattern \({tmp_path}/\*.json"
    ):
        FileStore(engine, str(tmp_path), "json").read()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("time '12:00:01'", "The column 'c' is of type TIME, which tables do not keep: cast it to VARCHAR"),
        ("interval 3 day", "The column 'c' is of type INTERVAL"),
        ("'101'::bit", "The column 'c' is of type BIT"),
        ("union_value(k := 1)", "The column 'c' is of type UNION"),
        (f"{2**127 - 1}::hugeint", rf"The column 'c' holds {2**127 - 1}, which a DECIMAL\(38,0\) does not keep"),
    ],
)
@pytest.mark.parametrize("path", ["x", "x.csv"])
def test_what_no_table_keeps(tmp_path: Path, path: str, value: str, message: str) -> None:
    """What an engine's own SQL makes and tables do not keep is refused by its column, before anything is written."""
    target, rows = ResourceDataset(filepath=str(tmp_path / path)), f"select {value} as c"
    with pytest.raises(DatasetError, match=message):
        target.save(engines.connect().sql(rows, portable=False))
    assert not target.exists()
