"""Ctrl-C while a query runs, by the real command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ENVIRONMENT, make_project

REGISTRY = """
    from kedro_faucet import pipelines


    def register_pipelines():
        quick = pipelines.copy("raw", "lake", ["orders"])
        return {"__default__": quick + pipelines.sql("sql/slow.sql", {"x": "lake/orders"}, "lake/slow", portable=False)}
"""
FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "data/raw/orders.csv": "order_id\n1\n",
    "src/shop/sql/slow.sql": "select count(*) as n from x, range(3000000) a(i), range(3000000) b(j) where i + j = 7",
    "src/shop/pipeline_registry.py": REGISTRY,
}


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_ctrl_c_in_a_query_is_one_line(runner: str, tmp_path: Path) -> None:
    """The query stops, the run says so in one line, and what nodes before have saved stays."""
    command = [sys.executable, "-m", "kedro", "run", "--runner", runner]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    root = make_project(tmp_path, FILES)
    with subprocess.Popen(command, cwd=root, env=ENVIRONMENT, start_new_session=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stderr.readline().startswith("copy_lake_orders ")
        said = interrupted(process)
    assert process.returncode == 1
    assert [line for line in said.splitlines() if line.startswith("Error: ")] == [
        "Error: Interrupted. What was saved is whole, and what was being saved is as it was before."
    ]
    assert "Traceback" not in said
    assert (root / "data/lake/orders/_delta_log").is_dir()
    assert not list((root / "data/lake/slow").rglob("*.json"))


def interrupted(process: subprocess.Popen[str]) -> str:
    """Type Ctrl-C, again where the query had not begun yet, until the process ends; return what it says."""
    while True:
        os.killpg(process.pid, signal.SIGINT)
        try:
            return process.communicate(timeout=5)[1]
        except subprocess.TimeoutExpired:
            continue
