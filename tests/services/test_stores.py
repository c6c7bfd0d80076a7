"""Every service of files, on both engines: what is written is read, nothing else, and nothing is lost."""

from __future__ import annotations

import bz2
import gzip
import pickle
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DatasetError
from stores import Provider, azure_provider, file_provider, hdfs_provider, s3_provider, sftp_provider

from kedro_faucet import Snapshot
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.intake import new_files

FORMATS = ("csv", "json", "parquet", "delta")
ORDERS = (
    "select * from (values (1, 'é, \"x\"', 1.5, date '2013-01-01'), (2, null, 2.5, date '2013-01-02')) t(id, s, f, d)"
)


PROVIDERS = {
    "file": ("tmp_path", file_provider),
    "s3": ("s3", s3_provider),
    "azure": ("azure", azure_provider),
    "hdfs": ("hdfs", hdfs_provider),
    "sftp": ("sftp", sftp_provider),
}


def on(engine: str, providers: Sequence[str] = (*PROVIDERS,), forms: Sequence[str] = ()) -> list[Any]:
    """Return the cases of a test on an engine: each provider, with each format where there are some."""
    marks = {"spark": pytest.mark.spark, "hdfs": pytest.mark.slow}
    cases = [(name, engine, *form) for name in providers for form in ([[each] for each in forms] or [[]])]
    return [pytest.param(*case, marks=[marks[word] for word in case if word in marks]) for case in cases]


# A test on Spark takes seconds: where both engines go the same way, one tells enough.
DUCKDB = pytest.mark.parametrize(("lake", "engine"), on("duckdb"), indirect=True)
STORES = ("s3", "azure")
ALL = [*on("duckdb", forms=FORMATS), *on("spark", STORES, FORMATS), *on("spark", ("hdfs", "sftp"), ("csv",))]
SOME = [*on("duckdb", forms=FORMATS), *on("spark", STORES, ("csv", "delta"))]


@pytest.fixture(params=[pytest.param(each, marks=pytest.mark.slow if each == "hdfs" else ()) for each in PROVIDERS])
def lake(request: pytest.FixtureRequest) -> Provider:
    """A provider of each service of files."""
    server, provider = PROVIDERS[request.param]
    return provider(request.getfixturevalue(server))


def path_of(name: str, form: str) -> str:
    """Return the path of a resource as the loader makes it."""
    return name if form == "delta" else f"{name}.{form}"


def rows(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    """Return the rows in order."""
    return sorted(engine.rows(table), key=repr)


@pytest.mark.parametrize(("lake", "engine", "form"), ALL, indirect=["lake", "engine"])
def test_what_is_written_is_read(lake: Provider, engine: Engine, form: str) -> None:
    """A table comes back as it went, in each format, whatever its path holds."""
    resource = lake.resource(path_of("a b/ü=1/orders", form), engine)
    assert not resource.exists()
    resource.save(engine.sql(ORDERS))
    assert resource.exists()
    assert rows(engine, engine.sql("select id, s, f, d from r", r=resource.load())) == [
        (1, 'é, "x"', 1.5, date(2013, 1, 1)),
        (2, None, 2.5, date(2013, 1, 2)),
    ]


@pytest.mark.parametrize(("lake", "engine", "form"), SOME, indirect=["lake", "engine"])
def test_modes(lake: Provider, engine: Engine, form: str) -> None:
    """Appends add, merges replace, error refuses, ignore keeps, overwrite replaces all."""

    def save(text: str, **save_args: Any) -> list[tuple[Any, ...]]:
        resource = lake.resource(path_of("t", form), engine, save_args=save_args)
        resource.save(engine.sql(text))
        return rows(engine, resource.load())

    assert save("select 1 as id, 'a' as s", mode="append") == [(1, "a")]
    assert save("select 2 as id, 'b' as s", mode="append") == [(1, "a"), (2, "b")]
    assert save("select 2 as id, 'c' as s", mode="merge", key="id") == [(1, "a"), (2, "c")]
    assert save("select 3 as id, 'd' as s", mode="ignore") == [(1, "a"), (2, "c")]
    with pytest.raises(DatasetError, match="exists already"):
        save("select 3 as id, 'd' as s", mode="error")
    assert save("select 4 as id, 'e' as s") == [(4, "e")]


@pytest.mark.parametrize(("lake", "engine", "form"), SOME, indirect=["lake", "engine"])
def test_a_loaded_table_never_gives_what_was_saved_later(lake: Provider, engine: Engine, form: str) -> None:
    """It gives what it was, or says that it has changed."""
    resource = lake.resource(path_of("t", form), engine)
    resource.save(engine.sql("select 1 as n"))
    loaded = resource.load()
    resource.save(engine.sql("select 2 as n"))
    try:
        given: Any = rows(engine, loaded)
    except ResourceError as error:
        given = str(error)
    changed = f"t.{form} has changed since it was loaded: load it again"
    assert given == [(1,)] or (form != "delta" and changed in given)
    assert rows(engine, resource.load()) == [(2,)]


@DUCKDB
def test_patterns_hive_and_filename(lake: Provider, engine: Engine) -> None:
    """A pattern finds files at its depth alone, `**` also those below, hidden ones never; names are columns."""
    for path in ("y=1/a.csv", "y=1/z=2/b.csv", "y=1/.hidden.csv", "y=2/c.csv", "y=2/c.txt"):
        lake.put(path, b"n\n7\n")
    found = lake.resource("*/*.csv", engine, load_args={"hive": True}).load()
    assert rows(engine, found) == [(7, 1), (7, 2)]
    named = lake.resource("**/*.csv", engine, load_args={"filename": "file"}).load()
    place = lake.opened().place
    assert rows(engine, named) == [(7, f"{place}/{path}") for path in ("y=1/a.csv", "y=1/z=2/b.csv", "y=2/c.csv")]
    with pytest.raises(DatasetError, match=r"No (file|object) matches .*/nothing-\*\.csv"):
        lake.resource("nothing-*.csv", engine).load()
    with pytest.raises(DatasetError, match="names many files"):
        lake.resource("*.csv", engine).save(engine.sql("select 1 as n"))


@DUCKDB
def test_packed_files_are_read(lake: Provider, engine: Engine) -> None:
    """A file packed by gzip is read by its name, also where the name without `.gz` is asked for."""
    lake.put("x.csv.gz", gzip.compress(b"n\n1\n2\n"))
    assert rows(engine, lake.resource("x.csv.gz", engine).load()) == [(1,), (2,)]
    assert rows(engine, lake.resource("x.csv", engine).load()) == [(1,), (2,)]


@DUCKDB
def test_files_packed_otherwise_and_workbooks_are_read(lake: Provider, engine: Engine, tmp_path: Path) -> None:
    """What is unpacked aside, and a workbook, is read from a store too, and called by its own name there."""
    lake.put("x.csv.bz2", bz2.compress(b"n\n1\n"))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.csv", "n\n2\n")
    lake.put("x.zip", (tmp_path / "x.zip").read_bytes())
    assert rows(engine, lake.resource("x.csv.bz2", engine).load()) == [(1,)]
    found = lake.resource("x.zip", engine, format="csv", load_args={"filename": "file"}).load()
    assert rows(engine, found) == [(2, lake.opened().locate("x.zip/a.csv"))]
    pd.DataFrame({"n": [3]}).to_excel(tmp_path / "x.xlsx", index=False)
    lake.put("x.xlsx", (tmp_path / "x.xlsx").read_bytes())
    assert rows(engine, lake.resource("x.xlsx", engine, format="excel").load()) == [(3,)]


@DUCKDB
@pytest.mark.slow
def test_files_are_taken_once(lake: Provider, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An increment by files takes each object once, and a changed one again."""
    monkeypatch.setattr(new_files, "SETTLED", 0.0)
    how = {"save_args": {"mode": "merge", "key": "n"}, "incremental": {"files": True}}
    taken = file_provider(tmp_path).resource("taken", engine, **how)
    for path, content in (("a.csv", b"n,s\n1,x\n"), ("b.csv", b"n,s\n2,x\n"), ("b.csv", b"n,s\n2,y\n3,y\n")):
        lake.put(f"in/{path}", content)
        time.sleep(1.1)  # a store says in which second it was put: one that may be changed yet is left for the next run
        taken.save(lake.resource("in/*.csv", engine).load())
    text = "select n, s, kf_source_file from t"
    place = lake.opened().locate("in")
    assert rows(engine, engine.sql(text, t=taken.load())) == [
        (1, "x", f"{place}/a.csv"),
        (2, "y", f"{place}/b.csv"),
        (3, "y", f"{place}/b.csv"),
    ]


@DUCKDB
def test_a_missing_one_names_the_nearest(lake: Provider, engine: Engine) -> None:
    """A name that is not there is told with those that are."""
    lake.put("orders.csv", b"n\n1\n")
    with pytest.raises(DatasetError, match=r"no (file|object) .*/ordres\.csv\. Did you mean 'orders\.csv'\?"):
        lake.resource("ordres.csv", engine).load()
    with pytest.raises(DatasetError, match=r"There is no Delta table at |Delta table .* cannot be there"):
        lake.resource("orders", engine).load()


@DUCKDB
def test_a_dataset_goes_to_another_process(lake: Provider, engine: Engine) -> None:
    """A pickled resource reaches the provider where it is unpickled."""
    lake.resource("t.csv", engine).save(engine.sql("select 1 as n"))
    code = (
        "import pickle, sys; d = pickle.load(sys.stdin.buffer); "
        "from kedro_faucet import engines; print(engines.connect().rows(d.load()))"
    )
    given = pickle.dumps(lake.resource("t.csv", engine))
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True)
    assert done.stdout == b"[(1,)]\n"


@DUCKDB
def test_bad_rows_are_told_by_file_and_line(lake: Provider, engine: Engine) -> None:
    """What stops a computation is named as in a file of this machine."""
    lake.put("x.csv", b"a,b\n1,2\n3,x\n")
    place = lake.opened().locate("x.csv")
    table = lake.resource("x.csv", engine, load_args={"columns": {"b": "INTEGER"}}).load()
    with pytest.raises(Exception, match=f"{place}, line 3, column 'b': 'x' is not of type INTEGER"):
        engine.rows(table)
    lake.put("x.json", b'{"a": 1}\n{"a"\n')
    with pytest.raises(Exception, match=r"x\.json, line 2: it is no JSON"):
        engine.rows(lake.resource("x.json", engine).load())
    lake.put("x.parquet", b"no parquet, and long enough to look for a footer")
    with pytest.raises(DatasetError, match=r"x\.parquet is no Parquet file"):
        engine.rows(lake.resource("x.parquet", engine).load())


@DUCKDB
def test_partitions_of_delta(lake: Provider, engine: Engine) -> None:
    """Values of partitions come back as they were, whatever signs are in them."""
    resource = lake.resource("t", engine, save_args={"partition_by": ["p"]})
    resource.save(engine.sql("select * from (values (1, 'a b/ü%20='), (2, null)) t(n, p)"))
    assert rows(engine, engine.sql("select n, p from t", t=resource.load())) == [(1, "a b/ü%20="), (2, None)]


@DUCKDB
def test_partitions_of_files(lake: Provider, engine: Engine) -> None:
    """Values have folders where folders are replaced in one step, on a disk; a store says what to do."""
    resource, table = (
        lake.resource("t.csv", engine, save_args={"partition_by": ["p"]}),
        engine.sql("select 1 as n, 2 as p"),
    )
    if lake.settings["service"] == "file":
        resource.save(table)
        assert rows(engine, resource.load()) == [(1, 2)]
    else:
        with pytest.raises(DatasetError, match="stores replace one by one: leave it out, or say format: delta"):
            resource.save(table)


@DUCKDB
def test_versions_of_delta(lake: Provider, engine: Engine) -> None:
    """An earlier version is loaded."""
    resource = lake.resource("t", engine, save_args={"mode": "append"})
    for n in (1, 2):
        resource.save(engine.sql(f"select {n} as n"))
    assert rows(engine, resource.at_version(0).load()) == [(1,)]


@pytest.mark.parametrize(("lake", "engine"), [*on("duckdb"), *on("spark", STORES)], indirect=True)
def test_histories(lake: Provider, engine: Engine) -> None:
    """A history is kept, also a column that comes later, and the same snapshot again changes nothing."""
    fleet = lake.history("fleet", engine, key="id")
    for text, at in (("select 1 as id, 'EV' as c", "2013-01-31"), ("select 1 as id, 'UA' as c, 2 as n", "2013-02-28")):
        for _ in range(2):
            fleet.save(Snapshot(engine.sql(text), at))
    text = "select c, n, is_current from t"
    assert rows(engine, engine.sql(text, t=fleet.load())) == [("EV", None, False), ("UA", 2, True)]


@DUCKDB
def test_marts_are_put_whole(lake: Provider, engine: Engine) -> None:
    """A mart is a DuckDB file in the store, replaced by the next."""
    mart = lake.mart("mart.duckdb", engine)
    assert not mart.exists()
    mart.save({"star.a": engine.sql("select 1 as n"), "star.b": engine.sql("select 1 as n")})
    mart.save({"star.a": engine.sql("select 1 as n union all select 2 as n")})
    assert mart.load() == {"star.a": 2}
    assert lake.names() == ["mart.duckdb"]


def notebook(title: str) -> dict[str, Any]:
    """Return a notebook that shows a picture below its title."""
    picture = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
    }
    shown = {"cell_type": "code", "source": "plot()", "metadata": {}, "outputs": [picture]}
    return {"cells": [{"cell_type": "markdown", "source": f"# {title}", "metadata": {}}, shown]}


def test_reports_and_their_index(lake: Provider) -> None:
    """Reports are pages in the store, and the index leads to each."""
    for title in ("Delays", "Fleet"):
        lake.report(f"site/{title.lower()}.html", site=True).save(notebook(title))
    assert "<h1" in lake.report("site/fleet.html").load()
    index = lake.report("site/index.html").load()
    assert 'href="delays.html">Delays<' in index
    assert 'href="fleet.html">Fleet<' in index


def test_reports_and_their_pictures(lake: Provider) -> None:
    """A report in Markdown has its pictures beside it."""
    lake.report("page.md").save(notebook("Delays"))
    [found] = [name for name in lake.names() if name.startswith("page_files/")]
    assert found in lake.report("page.md").load()


def test_two_providers_with_other_credentials(s3: Any, engine: Engine) -> None:
    """Two providers in one bucket, one of which may only read, are used side by side in one query."""
    lake = s3_provider(s3)
    reader = s3_provider(s3, lake.settings["path"], key=s3.reader_key, secret=s3.reader_secret)
    lake.resource("a.parquet", engine).save(engine.sql("select 1 as n"))
    both = {"a": lake.resource("a.parquet", engine).load(), "b": reader.resource("a.parquet", engine).load()}
    assert engine.rows(engine.sql("select a.n, b.n as m from a join b on a.n = b.n", **both)) == [(1, 1)]
    for form in FORMATS:
        with pytest.raises(DatasetError, match="does not allow it: the entry lake"):
            reader.resource(path_of("b", form), engine).save(engine.sql("select 1 as n"))


@pytest.mark.parametrize(("lake", "engine", "form"), on("duckdb", forms=("csv", "delta")), indirect=["lake", "engine"])
def test_what_is_there_is_listed(lake: Provider, engine: Engine, form: str) -> None:
    """A provider lists the tables of its format, those in folders too."""
    for name in ("orders", "ops/items"):
        lake.resource(path_of(name, form), engine).save(engine.sql("select 1 as n"))
    lake.put("ops/notes.txt", b"n")
    listed = replace(lake, settings={**lake.settings, "format": form}).opened().resources()
    assert listed == ["ops/items", "orders"]
