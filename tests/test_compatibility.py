"""What version 0.1.0 wrote: this version reads it, goes on writing it, and runs the project that it is of."""

from __future__ import annotations

import json
import pickle
import shutil
import tarfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import projects
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables import rows_of

from kedro_faucet import HistoryDataset, MartDataset, ResourceDataset, Snapshot
from kedro_faucet.engines import Engine, connect
from kedro_faucet.nodes import Dimension

FIXTURE = Path(__file__).parent / "fixtures/v0_1_0"
JAN, FEB, MAR, APR = (datetime(2013, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30)))
ROWS = [
    (1, date(2013, 1, 1), datetime(2013, 1, 1, 12, 30, 15), "plain", 0.1),
    (2, date(2013, 1, 2), None, 'quoted "é", comma', None),
    (3, date(2013, 1, 3), datetime(2013, 1, 3), None, -1e9),
]
VERSIONS = [
    ("N1", "AA", None, JAN, MAR, False),
    ("N1", "UA", 100, MAR, None, True),
    ("N2", "B6", None, FEB, MAR, False),
    ("N2", "UA", None, JAN, FEB, False),
    ("N3", "DL", None, JAN, FEB, False),
    ("N3", "DL", None, MAR, None, True),
    ("N4", "DL", 150, FEB, None, True),
]
CHANGES = [
    *(("insert", "N1"), ("insert", "N2"), ("insert", "N3")),
    *(("update", "N2"), ("delete", "N3"), ("insert", "N4")),
    *(("update", "N1"), ("delete", "N2"), ("insert", "N3"), ("update", "N4")),
]
FORMATS = [
    *(("duckdb", form) for form in ("csv", "json", "parquet", "delta")),
    pytest.param("spark", "delta", marks=pytest.mark.spark),
]
MODELS = [
    *("accurate", "combination", "drift", "dynamic_theta", "holt_winters", "regression", "ridge", "seasonal_naive"),
    *("statistical", "stl", "theta", "tsb"),
]


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data that 0.1.0 left; nobody changes them."""
    folder = tmp_path_factory.mktemp("v0_1_0")
    with tarfile.open(FIXTURE / "data.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "data"


@pytest.fixture
def data(unpacked: Path, tmp_path: Path) -> Path:
    """A copy of them of the test's own."""
    return Path(shutil.copytree(unpacked, tmp_path / "data"))


def values(engine: Engine, data: Path, form: str, **save_args: Any) -> ResourceDataset:
    """Return the resource of a format."""
    path = data / "resources" / ("values" if form == "delta" else f"values.{form}")
    return ResourceDataset(filepath=str(path), format=form, engine=engine.config, save_args=save_args)


def fleet(engine: Engine, data: Path) -> HistoryDataset:
    """Return the history."""
    return HistoryDataset(filepath=str(data / "resources/fleet"), key="tailnum", engine=engine.config)


def incoming(engine: Engine, *rows: tuple[Any, ...]) -> Any:
    """Return rows for a resource."""
    types = {"id": pa.int64(), "day": pa.date32(), "at": pa.timestamp("us"), "name": pa.string(), "share": pa.float64()}
    columns = zip(types.items(), zip(*rows, strict=True), strict=True)
    return engine.from_frame(pa.table({name: pa.array(each, kind) for (name, kind), each in columns}))


@pytest.mark.parametrize(("engine", "form"), FORMATS, indirect=["engine"])
def test_resources_are_read(engine: Engine, data: Path, form: str) -> None:
    """A table in each format has the rows and types that it was saved with."""
    table = values(engine, data, form).load()
    assert rows_of(engine, table) == ROWS
    assert list(engine.schema(table).values()) == ["BIGINT", "DATE", "TIMESTAMP", "VARCHAR", "DOUBLE"]


@pytest.mark.parametrize(("engine", "form"), FORMATS, indirect=["engine"])
def test_resources_are_written_on(engine: Engine, data: Path, form: str) -> None:
    """A table in each format takes an append, then a merge that replaces a row and adds one."""
    fourth, fifth, third = (4, None, None, "new", 4.0), (5, None, None, "new", 5.0), (3, None, JAN, "other", None)
    values(engine, data, form, mode="append").save(incoming(engine, fourth))
    values(engine, data, form, mode="merge", key=["id"]).save(incoming(engine, third, fifth))
    assert rows_of(engine, values(engine, data, form).load()) == [*ROWS[:2], third, fourth, fifth]


def test_a_history_is_read(engine: Engine, data: Path) -> None:
    """Each view of a history with deletions, a return and a new column is what it was."""
    history = fleet(engine, data)
    assert rows_of(engine, history.current()) == [("N1", "UA", 100), ("N3", "DL", None), ("N4", "DL", 150)]
    assert rows_of(engine, history.as_of("2013-03-01")) == [("N1", "AA"), ("N2", "B6"), ("N4", "DL")]
    assert rows_of(engine, history.intervals()) == VERSIONS
    changes = engine.sql("select _operation, tailnum from changes", changes=history.changes())
    assert rows_of(engine, changes) == sorted(CHANGES)


def test_a_history_is_written_on(engine: Engine, data: Path) -> None:
    """A further snapshot closes the versions that it ends, and opens its own."""
    history = fleet(engine, data)
    columns = {"tailnum": ["N1", "N3", "N5"], "carrier": ["UA", "AA", "B6"], "seats": [100, None, 50]}
    history.save(Snapshot(engine.from_frame(pa.table(columns)), APR))
    ended = [(*row[:4], APR, False) if row[0] in ("N3", "N4") and row[5] else row for row in VERSIONS]
    opened = [("N3", "AA", None, APR, None, True), ("N5", "B6", 50, APR, None, True)]
    assert rows_of(engine, history.intervals()) == sorted([*ended, *opened], key=lambda row: (row[:2], row[3]))


def test_keys_stay(engine: Engine, data: Path) -> None:
    """A dimension of type 2 has the keys that it had: facts that were built before still find their members."""
    versions = ResourceDataset(filepath=str(data / "lake/plane_versions"), engine=engine.config).load()
    kept = ResourceDataset(filepath=str(data / "star/dim_plane.parquet"), format="parquet", engine=engine.config).load()
    built = Dimension("plane", source="lake/plane_versions", key="tailnum").build(versions)
    keys = "select plane_key, plane_version_key, tailnum, valid_from, valid_to"
    missing = engine.sql(f"{keys} from built except {keys} from kept", built=built, kept=kept)
    assert (engine.rows(missing), len(engine.rows(built))) == ([], 972)


def test_a_mart_is_read_and_replaced(data: Path) -> None:
    """A mart tells its tables, and takes others."""
    mart = MartDataset(filepath=str(data / "resources/mart.duckdb"))
    assert mart.load() == {"main.values": 3}
    mart.save({"main.values": incoming(connect(), *ROWS), "star.one": connect().sql("select 1 as n")})
    assert mart.load() == {"main.values": 3, "star.one": 1}


@pytest.mark.parametrize("name", MODELS)
def test_models_forecast_as_before(unpacked: Path, name: str) -> None:
    """A model that was kept is loaded, and forecasts the values that it forecast then."""
    kept = (unpacked / f"models/{name}.pkl").read_bytes()
    sklearn = pytest.importorskip("sklearn")
    if b"sklearn.ensemble" in kept and not sklearn.__version__.startswith("1.9."):
        pytest.skip("trees are read by the version of scikit-learn alone that grew them")
    found = pickle.loads(kept).forecast(pq.read_table(unpacked / "models/panel.parquet")).to_pydict()
    expected = json.loads((unpacked / "models/forecasts.json").read_text())[name]
    assert {column: list(map(str, found.pop(column))) for column in ("unique_id", "ds")} == {
        column: expected.pop(column) for column in ("unique_id", "ds")
    }
    close = 1e-6 if b"sklearn.ensemble" in kept or name == "stl" else 1e-9  # others' libraries round in their own way
    assert found.keys() == expected.keys()
    assert all(found[column] == pytest.approx(expected[column], rel=close) for column in expected)


@pytest.mark.slow
def test_the_project_runs_on_its_data(data: Path) -> None:
    """The starter's project of 0.1.0 runs over what it left, and its star and cubes are the same, to the last key."""
    project = data.parent
    shutil.copytree(FIXTURE / "project", project, dirs_exist_ok=True)
    before = shutil.copy(data / "mart.duckdb", project / "before.duckdb")
    done = projects.kedro(project, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    mart = duckdb.connect()
    mart.execute(f"attach '{before}' as old (read_only); attach '{data}/mart.duckdb' as new (read_only)")
    tables = "select schema_name, table_name, estimated_size from duckdb_tables where database_name = ? order by all"
    old, new = (mart.execute(tables, [name]).fetchall() for name in ("old", "new"))
    assert old == new
    for schema, table, _ in old:
        if schema != "forecast":
            here, there = f"old.{schema}.{table}", f"new.{schema}.{table}"
            differing = f"(from {here} except all from {there}) union all (from {there} except all from {here})"
            assert mart.sql(f"select count(*) from ({differing})").fetchall() == [(0,)], table
