"""`kedro faucet runs` and `kedro faucet retry`, after a real process was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ledgers import make_shop, runs_of, statuses
from projects import ENVIRONMENT, kedro

TABLES = [f"t{number:02}" for number in range(12)]
COPIES = f"""
import time

from kedro.pipeline import Pipeline, node
from kedro_faucet import pipelines


def waits(table, where):
    time.sleep(0.2)
    return table


def register_pipelines():
    copies = pipelines.copy("raw", "lake", {TABLES})
    slow = [
        node(waits, [f"lake/{{each}}", "params:where"], f"out/{{each}}", name=f"slow_{{each}}")
        for each in {TABLES}
    ]
    return {{"__default__": copies + Pipeline(slow)}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project that copies many tables, and takes its time for each."""
    tables = {f"data/raw/{name}.csv": "a,b\n1,2\n" for name in TABLES}
    return make_shop(tmp_path, {"src/shop/pipeline_registry.py": COPIES, **tables})


def done_in(root: Path) -> int:
    """How many nodes of the newest run are done."""
    found = runs_of(root)
    return len(found[0].steps) if found else 0


@pytest.mark.slow
def test_a_killed_copy_goes_on_where_it_was(shop: Path) -> None:
    """Of a run that was killed in the middle, `retry` runs what was not done, with its parameters; then nothing."""
    command = [sys.executable, "-m", "kedro", "run", "--params", "where=there"]
    process = subprocess.Popen(command, cwd=shop, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while done_in(shop) < 8 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    [killed] = runs_of(shop)
    left = killed.unfinished()
    assert killed.status == "stopped"
    assert 0 < len(left) <= len(killed.nodes) - 8
    done = kedro(shop, "faucet", "retry")
    assert done.returncode == 0, done.stderr
    again, _ = runs_of(shop)
    assert statuses(again) == dict.fromkeys(sorted(left), "done")
    assert (again.status, again.head["given"]) == ("done", {"where": "there"})
    assert sorted(each.stem for each in (shop / "data/out").glob("*.parquet")) == TABLES
    assert "left nothing undone" in kedro(shop, "faucet", "retry").stdout


@pytest.mark.slow
def test_what_cannot_be_retried_is_said(shop: Path) -> None:
    """A parameter that the ledger does not keep has to be given, a run has to be there; runs and nodes are listed."""
    (shop / "data/raw/t03.csv").rename(shop / "data/t03.csv")
    assert kedro(shop, "run", "--params", "db_password=hunter2").returncode == 1
    (shop / "data/t03.csv").rename(shop / "data/raw/t03.csv")
    refused = kedro(shop, "faucet", "retry")
    assert refused.returncode == 1
    assert "was given db_password, which the ledger does not keep" in refused.stderr
    assert "hunter2" not in refused.stdout + refused.stderr
    unknown = kedro(shop, "faucet", "retry", "1999")
    assert "No run '1999' is in the ledger." in unknown.stderr
    done = kedro(shop, "run", "--nodes", "copy_lake_t00,copy_lake_t01")
    assert done.returncode == 0, done.stderr
    listed = kedro(shop, "faucet", "runs").stdout
    done_line, failed_line = listed.splitlines()[-2:]
    assert done_line.split()[1:5] == ["done", "2", "of", "2"]
    assert " failed " in failed_line
    written = kedro(shop, "faucet", "runs", "--json").stdout.splitlines()
    first, *_ = [json.loads(line) for line in written if line.startswith("{")]
    assert (first["status"], first["rows"], first["parameters"]["where"]) == ("done", 2, "base")
    assert "copy_lake_t00  done       1" in kedro(shop, "faucet", "runs", "last").stdout
