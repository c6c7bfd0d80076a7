"""Resources, as the catalog makes them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from kedro.io import DataCatalog, DatasetError
from tables import at, frame, rows_of, table

from kedro_faucet import ResourceDataset, Snapshot
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, ResourceError


def resource(engine: Engine, path: Path, **options: Any) -> ResourceDataset:
    """A resource on an engine."""
    return ResourceDataset(filepath=str(path), engine=engine.config, **options)


def refused(call: Any, *arguments: Any) -> BaseException:
    """The error of ours below Kedro's."""
    with pytest.raises(DatasetError) as error:
        call(*arguments)
    assert error.value.__cause__ is not None
    return error.value.__cause__


@pytest.mark.parametrize("format", ["delta", "parquet", "csv", "json"])
def test_each_mode_on_each_format(engine: Engine, tmp_path: Path, format: str) -> None:
    """Overwrite replaces, append adds, merge updates, ignore leaves, error refuses: on every format and engine."""
    path = tmp_path / f"x.{format}"
    columns = {"load_args": {"columns": {"v": "VARCHAR"}}} if format in {"csv", "json"} else {}

    def save(mode: str, *rows: Any, **options: Any) -> list[tuple[Any, ...]]:
        target = resource(engine, path, format=format, save_args={"mode": mode, **options}, **columns)
        target.save(table(engine, *rows))
        return [(k, v) for k, _, v in rows_of(engine, target.load())]

    assert save("error", (1, 1, "a")) == [(1, "a")]
    assert save("overwrite", (2, 1, "b")) == [(2, "b")]
    assert save("append", (3, 1, "7")) == [(2, "b"), (3, "7")]
    assert save("merge", (3, 2, "8"), (2, 0, "stale"), key=["k"], order_by="t") == [(2, "b"), (3, "8")]
    assert save("ignore", (9, 9, "z")) == [(2, "b"), (3, "8")]
    error = refused(resource(engine, path, format=format, save_args={"mode": "error"}).save, table(engine, (1, 1, "x")))
    assert isinstance(error, ResourceError)
    message = "It exists already, and mode: error replaces nothing; use overwrite, append or merge."
    assert str(error) == f"'{path}' is not saved: {message}"


def test_increments(engine: Engine, tmp_path: Path) -> None:
    """A merge with a cursor takes what is new or late within the lookback; running it again changes nothing."""
    save_args = {"mode": "merge", "key": "k", "order_by": "t"}
    target = resource(engine, tmp_path / "x", save_args=save_args, incremental={"cursor": "t", "lookback": "2d"})
    target.save(table(engine, (1, 1, "a"), (2, 5, "b")))
    late = table(engine, (1, 2, "too late"), (2, 5, "b"), (3, 4, "late"), (4, 6, "new"))
    for _ in range(2):
        target.save(late)
    assert rows_of(engine, target.load()) == [(1, at(1), "a"), (2, at(5), "b"), (3, at(4), "late"), (4, at(6), "new")]
    assert len(list((tmp_path / "x" / "_delta_log").glob("*.json"))) == 2


def test_a_version_is_loaded_and_never_saved(engine: Engine, tmp_path: Path) -> None:
    """An entry that names a version loads the Delta table as it was then; what cannot be is told."""
    target = resource(engine, tmp_path / "x")
    for number in (1, 2):
        target.save(frame(engine, n=[number]))
    first = target.at_version("0")
    assert rows_of(engine, first.load()) == [(1,)]
    assert rows_of(engine, target.load()) == [(2,)]
    assert "version 0 of its table, to read only" in str(refused(first.save, frame(engine, n=[3])))
    with pytest.raises(DatasetError, match=r"no version 7 of .*x; its newest is 1"):
        target.at_version(7).load()
    with pytest.raises(ResourceError, match=r"x' has no version '2013-01-01': a Delta table's are 0, 1, 2"):
        target.at_version("2013-01-01")


def test_frames_are_saved_too(engine: Engine, tmp_path: Path) -> None:
    """A pandas frame is saved like a table."""
    target = resource(engine, tmp_path / "x")
    target.save(pd.DataFrame({"n": [1, 2], "day": pd.to_datetime(["2013-01-01", None])}))
    assert engine.schema(target.load()) == {"n": "BIGINT", "day": "TIMESTAMP"}


@pytest.mark.parametrize("save_args", [{"mode": "append"}, {"mode": "merge", "key": ["k"]}])
def test_a_column_takes_the_type_of_its_first_values(engine: Engine, tmp_path: Path, save_args: dict[str, Any]) -> None:
    """A column of NULLs alone is a text until it has values, and NULLs alone fit into a column of any type."""
    target = resource(engine, tmp_path / "x", save_args=save_args)
    for key, value in enumerate([None, 1.5, None]):
        target.save(pd.DataFrame({"k": [key], "v": [value]}, dtype=object))
        assert engine.schema(target.load()) == {"k": "BIGINT", "v": "DOUBLE" if key else "VARCHAR"}
    assert rows_of(engine, target.load()) == [(0, None), (1, 1.5), (2, None)]
    target.save(pd.DataFrame({"k": [3]}).assign(v=None, more=[4]))
    assert engine.schema(target.load()) == {"k": "BIGINT", "v": "DOUBLE", "more": "BIGINT"}


def test_a_snapshot_belongs_to_a_history(engine: Engine, tmp_path: Path) -> None:
    """A snapshot saved to a resource, where its history's entry is missing or misspelt, says which entry to write."""
    target = resource(engine, tmp_path / "x", metadata={"kedro_faucet": {"resource": "lake/fleet"}})
    with pytest.raises(DatasetError, match=r"'lake/fleet' cannot keep a Snapshot.*HistoryDataset"):
        target.save(Snapshot(table(engine, (1, 1, "a")), "2013-01-01"))


def test_refused_rows_change_nothing(engine: Engine, tmp_path: Path) -> None:
    """An error of a lazy source surfaces at save, names resource and place, and the target stays as it was."""
    (tmp_path / "bad.csv").write_text("n\n1\nx\n")
    source = resource(engine, tmp_path / "bad.csv", format="csv", load_args={"columns": {"n": "INTEGER"}})
    target = resource(engine, tmp_path / "x", metadata={"kedro_faucet": {"resource": "lake/numbers"}})
    error = refused(target.save, source.load())
    assert isinstance(error, DataError)
    assert str(error).startswith(f"'lake/numbers' is not saved: {tmp_path}/bad.csv, line 3, column 'n': 'x' is not")
    assert not target.exists()


def test_a_catalog_entry_needs_no_engine_to_exist(tmp_path: Path) -> None:
    """Making a catalog of resources starts no engine and imports none, and shows no secret."""
    code = f"""
import sys
from kedro.io import DataCatalog
catalog = DataCatalog.from_config(
    {{"lake/x": {{"type": "kedro_faucet.ResourceDataset", "filepath": {str(tmp_path / "x")!r}, "credentials": "lake",
                 "engine": {{"type": "spark", "config": {{"spark.password": "geheim"}}}}}}}},
    {{"lake": {{"secret": "geheim"}}}},
)
text = repr(catalog["lake/x"])
assert "geheim" not in text and "lake" not in sys.modules, text
print(text, [name for name in ("duckdb", "pyspark", "deltalake", "pandas") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("format='delta') []"), done.stdout


def test_a_catalog_loads_saves_and_releases(engine: Engine, tmp_path: Path) -> None:
    """The catalog saves and loads; releasing a resource closes nothing that others use."""
    entry = {"type": "kedro_faucet.ResourceDataset", "filepath": str(tmp_path / "x"), "engine": engine.config}
    catalog = DataCatalog.from_config({"lake/x": entry})
    catalog["lake/x"].save(frame(engine, n=[1]))
    loaded = catalog["lake/x"].load()
    catalog["lake/x"].release()
    assert engine.rows(loaded) == [(1,)]
    assert catalog["lake/x"].exists()


def test_preview(engine: Engine, tmp_path: Path) -> None:
    """Kedro-Viz gets the first rows, as values that JSON knows."""
    target = resource(engine, tmp_path / "x")
    target.save(table(engine, (1, 1, None)))
    assert target.preview() == {"index": [0], "columns": ["k", "t", "v"], "data": [[1, "2013-01-02 00:00:00", None]]}
    assert ResourceDataset.preview.__annotations__["return"] == "TablePreview"


def test_threads_share_an_engine(tmp_path: Path) -> None:
    """Eight threads that save and load resources of one engine at once each find their own rows."""
    from kedro_faucet import engines

    engine = engines.connect()

    def work(number: int) -> list[tuple[Any, ...]]:
        target = resource(engine, tmp_path / f"x{number}", format=["delta", "parquet"][number % 2])
        target.save(frame(engine, n=[number] * 10_000))
        return engine.rows(engine.sql("select min(n) as a, max(n) as b, count(*) as c from x", x=target.load()))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [[(number, number, 10_000)] for number in range(8)]


def test_a_profile_may_change_the_format(engine: Engine, tmp_path: Path) -> None:
    """What is said of texts does not matter to formats that know their types."""
    load_args = {"columns": {"n": "BIGINT"}, "nulls": "NA", "delimiter": ";"}
    for format in ("json", "parquet", "delta"):
        target = resource(engine, tmp_path / format, format=format, load_args=load_args)
        target.save(frame(engine, n=[1]))
        assert engine.rows(target.load()) == [(1,)]


def test_a_zipped_file_is_found(engine: Engine, tmp_path: Path) -> None:
    """A resource x.csv is also found as x.csv.gz."""
    resource(engine, tmp_path / "x.csv.gz", format="csv").save(frame(engine, n=[1]))
    assert engine.rows(resource(engine, tmp_path / "x.csv", format="csv").load()) == [(1,)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "parket"}, "Unknown format 'parket'.*Did you mean 'parquet'"),
        ({"save_args": {"mode": "apend"}}, "Unknown mode 'apend'.*Did you mean 'append'"),
        ({"save_args": {"mod": "append"}}, "Unknown key in save_args: 'mod'.*Did you mean 'mode'"),
        ({"at_version": 1, "format": "csv"}, "no versions: format: csv keeps none"),
        ({"save_args": {"mode": "merge"}}, r"merge needs the columns that tell rows apart, as in key: \[order_id\]"),
        ({"save_args": {"key": ["a"]}}, "key, order_by and delete_by belong to mode: merge; mode: overwrite does not"),
        ({"load_args": {"colums": {}}}, "Unknown key in load_args: 'colums'.*Did you mean 'columns'"),
        ({"format": "csv", "load_args": {"columns": {"n": "INTEGR"}}}, r"column 'n' 'INTEGR'.*Did you mean 'INTEGER'"),
        ({"incremental": {"curser": "t"}}, "Unknown key in incremental: 'curser'.*Did you mean 'cursor'"),
        ({"incremental": {"cursor": "t"}}, "it needs mode: merge or append, not overwrite"),
        ({"incremental": {"lookback": "2d"}, "save_args": {"mode": "append"}}, "incremental needs a cursor"),
    ],
)
def test_a_wrong_entry_is_refused(options: dict[str, Any], message: str) -> None:
    """What an entry may not say is refused when it is read, with the nearest name."""
    with pytest.raises(ResourceError, match=message):
        ResourceDataset(filepath="x", **options)


def test_a_resource_goes_to_other_processes(tmp_path: Path) -> None:
    """A resource is pickled for runners with several processes, also after it was used."""
    from kedro_faucet import engines

    engine = engines.connect()
    target = resource(engine, tmp_path / "x")
    target.save(frame(engine, n=[1]))
    assert engine.rows(pickle.loads(pickle.dumps(target)).load()) == [(1,)]


INJECTED = [
    "DECIMAL(3,1)) as \"k\", (select content from read_text('/etc/hostname')) as stolen, cast(1 as INTEGER",
    "INTEGER'}), (select 1",
    "BIGINT; drop table x",
    "VARCHAR using compression",
    "STRUCT(a BIGINT, b BIGINT) as x",
    "INTEGER) --",
    "",
]


@pytest.mark.parametrize("format", ["csv", "json"])
@pytest.mark.parametrize("kind", INJECTED)
def test_a_declared_type_is_a_type(format: str, kind: str, engine: Engine, tmp_path: Path) -> None:
    """SQL in the place of a type is refused, in an entry and by an engine, before a file is read."""
    path = tmp_path / f"x.{format}"
    path.write_text("k\n1\n" if format == "csv" else '{"k": 1}\n')
    with pytest.raises(ResourceError, match="type of column 'k'"):
        ResourceDataset(filepath=str(path), format=format, load_args={"columns": {"k": kind}})
    with pytest.raises(ResourceError, match="type of column 'k'"):
        engine.read_files(format, [str(path)], columns={"k": kind})


def test_nested_types_of_json(engine: Engine, tmp_path: Path) -> None:
    """Lists, objects and maps may be declared, whose names keep their case."""
    (tmp_path / "x.json").write_text('{"tags": ["a"], "size": {"Wide": 1, "in": "cm"}}\n')
    columns = {"tags": "varchar[]", "size": 'struct("Wide" bigint, "in" varchar)'}
    found = engine.read_files("json", [str(tmp_path / "x.json")], columns=columns)
    assert engine.rows(found) == [(["a"], {"Wide": 1, "in": "cm"})]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "late", "", None, "'=1", " =1", "1-1", "＝1"]


@pytest.mark.parametrize("mode", ["overwrite", "append", "merge"])
def test_texts_that_a_spreadsheet_would_compute(mode: str, engine: Engine, tmp_path: Path) -> None:
    """With escape_formulas they have a quote before them, once, in every mode; other texts and numbers stay."""
    save_args = {"mode": mode, "escape_formulas": True, **({"key": "k"} if mode == "merge" else {})}
    target = ResourceDataset(
        filepath=str(tmp_path / "x.csv"),
        format="csv",
        save_args=save_args,
        load_args={"columns": {"k": "VARCHAR", "v": "VARCHAR", "n": "BIGINT"}},
        engine=engine.config,
    )
    names = [f"={number}" for number in range(len(FORMULAS))]
    rows = engine.from_frame(pa.table({"k": names, "v": FORMULAS, "n": [-1] * len(FORMULAS)}))
    for _ in range(1 if mode == "append" else 2):
        target.save(rows)
    found = {key: (value, number) for key, value, number in engine.rows(target.load())}
    escaped = [f"'{text}" if text and text[0] in "=+-@\t\r\n＝" else text or None for text in FORMULAS]
    assert found == {f"'{name}": (text, -1) for name, text in zip(names, escaped, strict=True)}


def test_a_name_that_a_spreadsheet_would_compute(engine: Engine, tmp_path: Path) -> None:
    """A column whose name begins as a formula is refused with escape_formulas, as its name may not change."""
    target = resource(engine, tmp_path / "x.csv", format="csv", save_args={"escape_formulas": True})
    assert "the name of the column '=1+1': rename it" in str(refused(target.save, frame(engine, **{"=1+1": ["a"]})))
    assert not target.exists()


def test_formulas_are_kept_where_nothing_is_asked(engine: Engine, tmp_path: Path) -> None:
    """Without the option, and in other formats, a text stays as it is."""
    for format, save_args in (("csv", {}), ("parquet", {"escape_formulas": True})):
        target = ResourceDataset(filepath=str(tmp_path / "x"), format=format, save_args=save_args, engine=engine.config)
        target.save(engine.sql("select '=1+1' as a, 'x' as b"))
        assert engine.rows(target.load()) == [("=1+1", "x")]
