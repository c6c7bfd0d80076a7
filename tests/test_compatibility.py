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
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes import Dimension, Fact
from kedro_faucet.nodes.publish import Publish

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


def kept(engine: Engine, data: Path, name: str) -> Any:
    """Return a table of the star."""
    return ResourceDataset(filepath=str(data / f"star/{name}.parquet"), format="parquet", engine=engine.config).load()


def built(engine: Engine, data: Path) -> Any:
    """Return the dimension of type 2 as this version builds it."""
    versions = ResourceDataset(filepath=str(data / "lake/plane_versions"), engine=engine.config).load()
    return Dimension("plane", source="lake/plane_versions", key="tailnum").build(versions)


def test_keys_stay(engine: Engine, data: Path) -> None:
    """A dimension of type 2 has the durable keys that it had, and those of all versions but each member's first."""
    after, before = built(engine, data), kept(engine, data, "dim_plane")
    keys = "select plane_key, tailnum, valid_from, valid_to"
    missing = engine.sql(f"{keys} from built except {keys} from kept", built=after, kept=before)
    assert (engine.rows(missing), len(engine.rows(after))) == ([], 972)
    later = "where valid_from > timestamp '2013-01-31'"
    firsts = f"select tailnum, min(valid_from) as since from kept {later.replace('>', '>=')} group by tailnum"
    changed = f"""
        with firsts as ({firsts})
        select count(*) as versions,
            count(case when built.plane_version_key = kept.plane_version_key then 1 end) as same,
            count(case when kept.valid_from > firsts.since then 1 end) as later
        from kept join firsts on firsts.tailnum = kept.tailnum
        join built on built.tailnum = kept.tailnum and built.valid_from = kept.valid_from"""
    [(versions, same, later_ones)] = engine.rows(engine.sql(changed, built=after, kept=before))
    assert same == later_ones < versions == 970


def test_keys_of_0_1_0_are_not_mixed_with_newer_ones(engine: Engine, data: Path) -> None:
    """A fact of 0.1.0 is not published beside a newer dimension, nor a new one built on an old: a command is named."""
    plane, fact = kept(engine, data, "dim_plane"), kept(engine, data, "fact_flight")
    publish = Publish(["star/dim_plane", "star/fact_flight"])
    assert list(publish.build(plane, fact)) == publish.names
    with pytest.raises(DataError, match=r"plane_version_key holds \d+ keys that star.dim_plane lacks.*--tags=star"):
        publish.build(built(engine, data), fact)
    flights = engine.sql("select 1 as flight, 'N1' as tailnum, timestamp '2013-02-01' as left_at")
    flight = Fact("flight", "lake/flights", ["flight"], {"plane": "tailnum"}, at="left_at")
    with pytest.raises(DataError, match=r"dim_plane has no column 'is_latest'.*kedro run --tags=star"):
        flight.build(flights, plane=plane)


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


def shown(table: str, version: str) -> str:
    """Return the columns that 0.1.0 wrote, and the times of the versions that a fact finds instead of their keys."""
    found = f"(select valid_from from {version}.star.dim_plane as p where p.plane_version_key = t.plane_version_key)"
    added = {"dim_plane": ["is_latest"], "delays": ["grouping"], "punctuality": ["grouping"]}.get(table, [])
    excluded = [*(added if version == "new" else []), *(["plane_version_key"] if "plane" in table else [])]
    if table == "fact_flight":
        return f"* replace ({found} as plane_version_key)"
    return f"* exclude ({', '.join(excluded)})" if excluded else "*"


@pytest.mark.slow
def test_the_project_runs_on_its_data(data: Path) -> None:
    """The starter's project of 0.1.0 runs over what it left; its star and cubes are the same but for version keys.

    What would mix old and new keys is refused, and the command that it names makes it whole.
    """
    project = data.parent
    shutil.copytree(FIXTURE / "project", project, dirs_exist_ok=True)
    before = shutil.copy(data / "mart.duckdb", project / "before.duckdb")
    mixed = projects.kedro(project, "run", "--nodes=dim_plane,publish_mart")
    assert (mixed.returncode, "kedro run --tags=star, and publish" in mixed.stderr) == (1, True), mixed.stderr
    for arguments in (["--tags=star"], []):
        done = projects.kedro(project, "run", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    mart = duckdb.connect()
    mart.execute(f"attach '{before}' as old (read_only); attach '{data}/mart.duckdb' as new (read_only)")
    tables = "select schema_name, table_name, estimated_size from duckdb_tables where database_name = ? order by all"
    old, new = (mart.execute(tables, [name]).fetchall() for name in ("old", "new"))
    assert old == new
    for schema, table, _ in old:
        if schema != "forecast":
            here, there = (
                f"(select {shown(table, name)} from {name}.{schema}.{table} as t)" for name in ("old", "new")
            )
            differing = f"(from {here} except all from {there}) union all (from {there} except all from {here})"
            assert mart.sql(f"select count(*) from ({differing})").fetchall() == [(0,)], table
