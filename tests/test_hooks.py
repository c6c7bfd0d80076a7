"""What a run shows of a user's mistake, by the real command line."""

from __future__ import annotations

import builtins
import json
import re
import subprocess
import sys

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from projects import ENVIRONMENT, kedro, make_project
from sessions import connect_spark

from kedro_faucet.exceptions import FaucetError, ResourceError
from kedro_faucet.hooks import find_fault, hooks

PIPELINE = """
from kedro.pipeline import node, pipeline


def same(table):
    return table


def wrong(table):
    from kedro_faucet.exceptions import DataError

    raise {raises}


def register_pipelines():
    return {{"__default__": pipeline([node({function}, "{input}", "{output}", name="copy_X")])}}
"""
FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "data/raw/x.csv": "a,b\n1,2\n",
}


def registry(source="raw/x", target="lake/x", function="same", raises="DataError('Rows 1 and 2 are the same.')") -> str:
    """A pipeline of one node."""
    return PIPELINE.format(input=source, output=target, function=function, raises=raises)


@pytest.fixture
def run(tmp_path):
    """Run a project of one node, with a test's own files; return the code and what was shown."""

    def start(*arguments: str, files: dict[str, str] | None = None, **pipeline: str) -> tuple[int, str]:
        registered = {"src/shop/pipeline_registry.py": registry(**pipeline)}
        done = kedro(make_project(tmp_path, {**FILES, **registered, **(files or {})}), "run", *arguments)
        return done.returncode, done.stdout + done.stderr

    return start


def error_of(done: tuple[int, str]) -> str:
    """The one error of a run that failed without a traceback."""
    code, output = done
    assert code == 1, output
    assert "Traceback" not in output, output
    assert output.count("Error: ") == 1, output
    return output[output.index("Error: ") :]


def test_a_right_pipeline_runs_without_a_catalog_entry(run, tmp_path):
    """Providers alone make resources: a CSV file becomes a Delta table."""
    code, output = run()
    assert code == 0, output
    assert (tmp_path / "data/lake/x/_delta_log").is_dir()


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_a_missing_resource_is_one_line(run, tmp_path, runner):
    """A table that is not there: one error with node, resource, path and profile, in every runner."""
    message = error_of(run("--runner", runner, source="raw/y"))
    assert "raw/y" in message or runner == "ParallelRunner"
    assert str(tmp_path / "data/raw/y.csv") in message
    assert "'local'" in message


MANY = """
import time

import pandas as pd
from kedro.pipeline import node, pipeline
from kedro_faucet.exceptions import DataError


def fine(table):
    time.sleep(0.3)
    return pd.DataFrame({"a": [1]})


def saves(table):
    return {"a": 1}


def refuses(table):
    raise DataError("Rows 1 and 2 are the same.")


def register_pipelines():
    nodes = [node(fine, "raw/x", f"lake/{name}", name=name) for name in ("a_first", "z_last")]
    return {"__default__": pipeline([*nodes, node(FUNCTION, "INPUT", "lake/m_fails", name="m_fails")])}
"""


@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner"])
@pytest.mark.parametrize(
    ("function", "source", "says"),
    [
        (
            "saves",
            "raw/x",
            "Node 'm_fails', resource 'lake/m_fails', profile 'local': A table cannot be made from dict",
        ),
        ("refuses", "raw/x", "Node 'm_fails', profile 'local': Rows 1 and 2 are the same."),
        ("fine", "raw/none", "Node 'm_fails', resource 'raw/none', profile 'local': There is no file"),
    ],
)
def test_the_node_that_failed_is_named(run, runner, function, source, says):
    """Where several nodes run at once, in threads or processes, the error names the one that failed, and no other."""
    registry = MANY.replace("FUNCTION", function).replace("INPUT", source)
    message = error_of(run("--runner", runner, files={"src/shop/pipeline_registry.py": registry}))
    assert message.startswith(f"Error: {says}")
    assert "a_first" not in message
    assert "z_last" not in message


def test_a_function_without_a_return_is_named(run):
    """A node whose function gives None is told of by its name and its dataset's."""
    message = error_of(run(function="print"))
    assert "Node 'copy_X' gives None for 'lake/x': let its function return the table." in message


def test_an_error_of_a_node_is_one_line(run):
    """A fault of the data that a node's function finds: one error that names the node."""
    message = error_of(run(function="wrong"))
    assert message.startswith("Error: Node 'copy_X', profile 'local': Rows 1 and 2 are the same.")


def test_an_error_of_python_shows_where_it_was(run):
    """What is no error of ours is shown with its name, file, line and code."""
    code, output = run(function="wrong", raises="ValueError('mine')")
    assert code == 1
    assert "ValueError" in output
    assert "raise ValueError('mine')" in output


@pytest.mark.parametrize("name", ["lkae/x", "Lake/x", "shop.lkae/x"])
def test_a_dataset_on_a_misspelt_provider_is_refused(run, name, tmp_path):
    """A name that would silently live in memory, or be another name for the same table, is refused at once."""
    message = error_of(run(target=name))
    assert f"Node 'copy_X': dataset '{name}' is on no provider" in message
    assert "Did you mean 'lake'?" in message
    assert not (tmp_path / "data/lake").exists()


def test_an_entry_that_no_pipeline_uses_beside_its_misspelling_is_refused(run):
    """A provider's pattern would take the misspelt name, and the entry would silently say nothing."""
    entry = "\nlake/orders: {type: kedro_faucet.ResourceDataset, save_args: {mode: append}}\n"
    message = error_of(run(target="lake/odrers", files={"conf/base/catalog.yml": entry}))
    assert "'lake/odrers' has no entry in the catalog. Did you mean 'lake/orders' (conf/base/catalog.yml:2)?" in message


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("save_args: {mode: merge}", "mode: merge needs the columns"),
        ("load_args: {columns: {a: INTEGR}}, format: csv", "Unknown type of column 'a' 'INTEGR'"),
    ],
)
def test_what_a_dataset_does_not_understand_is_named_with_its_entry(run, entry, says):
    """An entry of which no dataset can be made: one error with file, line and resource."""
    text = f"\nlake/x: {{type: kedro_faucet.ResourceDataset, {entry}}}\n"
    message = error_of(run(files={"conf/base/catalog.yml": text}))
    assert message.startswith("Error: conf/base/catalog.yml:2: Resource 'lake/x', profile 'local': ")
    assert says in message


def test_an_engine_s_setting_is_named_with_its_file(run):
    """A setting that only the engine itself can refuse: one error with file and line."""
    message = error_of(run(files={"conf/base/engine.yml": "\nengine: {config: {memry: 1}}\n"}))
    assert message.startswith("Error: conf/base/engine.yml:2: ")
    assert "memry" in message


@pytest.mark.parametrize("entry", ["lake/x_2013", "lake/other"])
def test_another_entry_is_no_misspelling(run, entry):
    """Names that differ in a number, or altogether, are names of their own."""
    text = f"{entry}: {{type: kedro_faucet.ResourceDataset}}\n"
    code, output = run(target="lake/x_2014", files={"conf/base/catalog.yml": text})
    assert code == 0, output


def test_kedro_s_own_loader_is_left_alone(run):
    """In a project that does not use our loader, a name with a slash is a dataset in memory, as it always was."""
    code, output = run(source="parameters", target="any/thing", files={"src/shop/settings.py": ""})
    assert code == 0, output


def test_a_wrong_profile_is_one_line(run):
    """`--env` is checked, which Kedro does not do."""
    message = error_of(run("--env", "lcoal"))
    assert message.startswith("Error: No profile 'lcoal'. Did you mean 'local'?")


def test_a_notebook_shows_the_chain(monkeypatch):
    """In a notebook the hook raises nothing: the reader sees all that led there."""
    error = RuntimeError("Failed while loading data.")
    error.__cause__ = ResourceError("Nothing there.")
    with pytest.raises(FaucetError, match="Nothing there"):
        hooks.on_pipeline_error(error, Pipeline([]), DataCatalog())
    monkeypatch.setattr(builtins, "get_ipython", lambda: None, raising=False)
    assert hooks.on_pipeline_error(error, Pipeline([]), DataCatalog()) is None


def test_an_error_in_a_circle_ends():
    """A chain of causes that leads back to itself is walked once."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert find_fault(first) is None


@pytest.mark.parametrize(("version", "name"), [("nightly", "nightly"), (None, r"\d{4}-\d\d-\d\dT.+Z")])
def test_a_catalog_has_the_runs_name_also_where_there_is_no_run(version, name):
    """Nodes that say which run made their rows find its name in Kedro-Viz and notebooks too."""
    catalog = DataCatalog()
    hooks.after_catalog_created(catalog, {}, version, None)
    assert re.fullmatch(name, catalog.load("params:run_id"))


def test_the_runs_name_is_the_projects_if_it_has_one():
    """A parameter `run_id` of the project's own stays."""
    catalog = DataCatalog({"params:run_id": MemoryDataset("mine")})
    hooks.after_catalog_created(catalog, {"params:run_id": "mine"}, "nightly", {})
    assert catalog.load("params:run_id") == "mine"


PERSISTING = """
from kedro.pipeline import node, pipeline
from kedro_faucet import engines


def keep(table):
    return engines.engine_of(table).persist(table)


def twice(table):
    return engines.sql("select n * 2 as n from t", t=keep(table))


def fail(table):
    raise ValueError("no")


def register_pipelines():
    saved = pipeline([
        node(keep, "raw/x", "kept", name="keep"),
        node(twice, "kept", "lake/y", name="twice"),
        node(twice, "raw/x", "lake/z", name="thrice"),
    ])
    handed = pipeline([node(twice, "raw/x", "out_table", name="hand")])
    failing = pipeline([node(keep, "raw/x", "kept", name="keep"), node(fail, "kept", "lake/y", name="fail")])
    return {"__default__": saved, "handed": handed, "failing": failing}
"""
RUNNING = """
import sys
from pathlib import Path
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.runner import SequentialRunner, ThreadRunner
from kedro_faucet import engines

bootstrap_project(Path.cwd())


def run(name, runner):
    with KedroSession.create(project_path=Path.cwd()) as session:
        return session.run(pipeline_names=[name], runner=runner())


def left():
    if engine.name == "spark":
        return engine.session.sparkContext._jsc.getPersistentRDDs().size()
    return engine.connection.execute("from duckdb_tables() where schema_name = 'kf_persisted'").fetchall().__len__()


engine = engines.connect({ENGINE})
mine = engine.persist(engine.sql("select 7 as n"))
counts = []
for name, runner in (("__default__", SequentialRunner), ("__default__", ThreadRunner), ("failing", SequentialRunner)):
    try:
        run(name, runner)
    except Exception as error:
        counts.append(str(error)[:2])
    counts.append(left())
[handed] = run("handed", SequentialRunner).values()
print([*counts, engine.rows(handed.load()), engine.rows(mine)])
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def test_what_a_run_persists_is_let_go_at_its_end(tmp_path, kind):
    """After a run, in either runner, also a failed one, what was persisted before is there, and what it returns."""
    settings = {"type": "duckdb"}
    if kind == "spark":
        connect_spark()
        settings = {"type": "spark", "master": "local[1]", "config": {"spark.sql.shuffle.partitions": 1}}
    files = {
        **FILES,
        "data/raw/x.csv": "n\n1\n",
        "conf/base/engine.yml": json.dumps({"engine": settings}),
        "src/shop/pipeline_registry.py": PERSISTING,
        "run.py": RUNNING.replace("{ENGINE}", repr(settings)),
    }
    root = make_project(tmp_path, files)
    done = subprocess.run([sys.executable, "run.py"], cwd=root, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1:] == ["[1, 1, 'no', 1, [(2,)], [(7,)]]"], done.stderr
