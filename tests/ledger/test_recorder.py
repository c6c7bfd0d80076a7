"""Every run is in the ledger, however it goes and whichever runner it has."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from ledgers import NODES, REGISTRY, make_shop, runs_of, saved, statuses
from projects import ENVIRONMENT, kedro
from sessions import connect_spark

RUNNERS = [
    ("SequentialRunner", "fork"),
    pytest.param("ThreadRunner", "fork", marks=pytest.mark.slow),
    pytest.param("ParallelRunner", "fork", marks=pytest.mark.slow),
    pytest.param("ParallelRunner", "spawn", marks=pytest.mark.slow),
]
ROWS = {"lake/x": 2, "lake/y": 1, "lake/log": 2, "out/z": 2, "out/t": 2}


@pytest.mark.parametrize(("runner", "start"), RUNNERS)
def test_a_run_is_in_the_ledger(runner: str, start: str, tmp_path: Path) -> None:
    """Each node is there once, with versions of what it read and wrote, rows, bytes and seconds; and who ran what."""
    root = make_shop(tmp_path)
    done = kedro(root, "run", "--runner", runner, "--params", "where=here", env={"KEDRO_MP_CONTEXT": start})
    assert done.returncode == 0, done.stderr
    assert "ledger" not in done.stdout + done.stderr
    [run] = runs_of(root)
    assert (run.status, statuses(run)) == ("done", dict.fromkeys(sorted(NODES), "done"))
    assert saved(run, "rows") == ROWS
    assert all(saved(run, "bytes").values())
    assert all(step.seconds is not None and step.seconds >= 0 for step in run.steps.values())
    assert run.steps["sql_out_z"].inputs == {"lake/x": saved(run, "version")["lake/x"]}
    assert run.steps["copy_lake_x"].inputs["raw/x"]
    assert runner in run.head["runner"]
    assert (run.head["profile"], run.head["given"], run.head["parameters"]["where"]) == (
        "local",
        {"where": "here"},
        "here",
    )
    assert {"shop.helpers:times", "shop.helpers:FACTOR"} < set(run.nodes["times"])


FAULTY = """
def fails(table):
    raise ValueError("postgresql://ada:hunter2@db has no " + "x" * 1000)


def nothing(table):
    return None


def register_pipelines():
    found = {"function": node(fails, "lake/x", "out/f", name="function")}
    found |= {"load": node(times, "raw/none", "out/l", name="load")}
    found |= {"save": node(nothing, "raw/x", "out/s", name="save")}
    return {name: pipelines.copy("raw", "lake", ["x"]) + pipeline([each]) for name, each in found.items()}
"""


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_a_failed_run_is_in_the_ledger(runner: str, tmp_path: Path) -> None:
    """A node that fails in its function, its load or its save is named with its error, which tells no password."""
    root = make_shop(tmp_path, {"src/shop/pipeline_registry.py": REGISTRY.partition("def register")[0] + FAULTY})
    errors = {
        "function": "postgresql://ada:***@db has no xx",
        "load": "There is no file",
        "save": "Node 'save'",
    }
    for name, said in errors.items():
        assert kedro(root, "run", "--runner", runner, "--pipelines", name).returncode == 1
        run = runs_of(root)[0]
        assert (run.status, run.steps[name].status) == ("failed", "failed")
        error = run.steps[name].error or ""
        assert error.startswith(said)
        assert len(error) <= 500


KILLED = """
import os
import signal


def dies(table):
    os.kill(os.getpid(), signal.SIGKILL)


def register_pipelines():
    copies = pipelines.copy("raw", "lake", ["x", "y"])
    return {"__default__": copies + pipeline([node(dies, ["lake/x"], "out/d", name="dies")])}
"""


def test_a_killed_run_is_in_the_ledger(tmp_path: Path) -> None:
    """After kill -9 the nodes that were done are there, the run is known as stopped, and the next one is its own."""
    registry = REGISTRY.partition("def register")[0] + KILLED
    root = make_shop(tmp_path, {"src/shop/pipeline_registry.py": registry})
    assert kedro(root, "run").returncode == -9
    [run] = runs_of(root)
    assert run.status == "stopped"
    assert run.steps["copy_lake_x"].status == "done"
    assert "dies" in run.unfinished()
    assert kedro(root, "run", "--nodes", "copy_lake_y").returncode == 0
    assert [each.status for each in runs_of(root)] == ["done", "stopped"]


@pytest.mark.slow
def test_two_runs_at_once_have_records_of_their_own(tmp_path: Path) -> None:
    """Two processes that run at the same time: two runs, each with all its nodes."""
    root = make_shop(tmp_path)
    command = [sys.executable, "-m", "kedro", "run", "--nodes", "copy_lake_x,copy_lake_y"]
    both = [subprocess.Popen(command, cwd=root, env=ENVIRONMENT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait() for each in both] == [0, 0]
    expected = {"copy_lake_x": "done", "copy_lake_y": "done"}
    assert [statuses(run) for run in runs_of(root)] == [expected, expected]


def test_a_ledger_that_cannot_be_written_stops_no_run(tmp_path: Path) -> None:
    """Where the folder cannot be made, the run goes on, and says once that it is not in the ledger."""
    root = make_shop(tmp_path, {"data/ledger": "a file"})
    done = kedro(root, "run", "--runner", "ThreadRunner")
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count("not in the ledger") == 1
    assert (root / "data/out/t.parquet").is_file()


def test_a_full_disk_stops_no_run(tmp_path: Path, small_disk: Path) -> None:
    """Where the disk is full, the run goes on, and says once that it is not in the ledger from there on."""
    root = make_shop(tmp_path / "shop")
    (root / "data/ledger").symlink_to(small_disk)
    with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(4096)):
            pass
    done = kedro(root, "run")
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count("not in the ledger") == 1


def test_no_secret_is_in_the_ledger(tmp_path: Path) -> None:
    """Neither a parameter that is called a secret, nor a password in an address, nor credentials are written."""
    files = {
        "conf/base/parameters.yml": "api: {token: hunter2, address: 'https://ada:hunter2@example.org'}\n",
        "conf/base/credentials.yml": "vault: {key: hunter2, secret: hunter2}\n",
        "conf/base/engine.yml": "engine: {config: {http_proxy_password: hunter2}}\n",
    }
    root = make_shop(tmp_path, files)
    assert kedro(root, "run", "--params", "db_password=hunter2").returncode == 0
    assert b"hunter2" not in b"".join(each.read_bytes() for each in (root / "data").rglob("*") if each.is_file())
    assert runs_of(root)[0].head["given"] == {"db_password": "***"}


@pytest.mark.slow
@pytest.mark.spark
def test_a_run_on_spark_is_in_the_ledger(tmp_path: Path) -> None:
    """On Spark the ledger counts the same rows, and its tables can be queried there."""
    connect_spark()
    engine = {"type": "spark", "master": "local[1]", "config": {"spark.sql.shuffle.partitions": 1}}
    last = 'name="parts"),'
    registry = REGISTRY.replace(last, f'{last}\n        node(same, "ledger/nodes", "out/nodes", name="nodes"),')
    registry += "\n\ndef same(table):\n    return table\n"
    files = {"conf/base/engine.yml": json.dumps({"engine": engine}), "src/shop/pipeline_registry.py": registry}
    root = make_shop(tmp_path, files)
    done = kedro(root, "run")
    assert done.returncode == 0, done.stderr
    [run] = runs_of(root)
    rows = saved(run, "rows")
    assert {name: rows[name] for name in ROWS} == ROWS
    assert rows["out/nodes"] == len(NODES) + 1
    assert all(saved(run, "bytes").values())
