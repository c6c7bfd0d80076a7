"""`kedro run --changed` and `kedro faucet plan`, by the real command line, in threads and processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import NODES, make_shop, runs_of, statuses
from projects import kedro, write_files

RUNNERS = [("ThreadRunner", "fork"), ("ParallelRunner", "fork"), ("ParallelRunner", "spawn")]


@pytest.mark.slow
@pytest.mark.parametrize(("runner", "start"), RUNNERS)
def test_only_what_has_changed_runs_in_threads_and_processes(runner: str, start: str, tmp_path: Path) -> None:
    """Each runner runs what must run, hands on what is needed in memory, and cuts off what is the same."""
    root, env = make_shop(tmp_path), {"KEDRO_MP_CONTEXT": start}
    for expected in (dict.fromkeys(NODES, "done"), dict.fromkeys(NODES, "unchanged")):
        done = kedro(root, "run", "--changed", "--runner", runner, env=env)
        assert done.returncode == 0, done.stderr
        assert statuses(runs_of(root)[0]) == expected
    write_files(root, {"data/raw/x.csv": "a,b\n3,4\n1,2\n", "src/shop/sql/z.sql": "select a, b * 5 as b\nfrom x\n"})
    assert kedro(root, "run", "--changed", "--runner", runner, env=env).returncode == 0
    run = runs_of(root)[0]
    ran = {"copy_lake_x", "sql_out_z", "times", "again"}
    assert statuses(run) == {name: "done" if name in ran else "unchanged" for name in NODES}
    assert run.steps["sql_out_z"].reason == "sql/z.sql line 1"
    assert run.steps["copy_lake_x"].outputs["lake/x"]["same"]


@pytest.mark.slow
def test_the_plan_is_what_is_run(tmp_path: Path) -> None:
    """`plan` says which nodes would run, and why, without running any; other runners than Kedro's are refused."""
    root = make_shop(tmp_path)
    assert "6 of 6 nodes would run" in kedro(root, "faucet", "plan").stdout
    assert not (root / "data/lake").exists()
    assert kedro(root, "run").returncode == 0
    helpers = (root / "src/shop/helpers.py").read_text()
    write_files(root, {"src/shop/helpers.py": helpers.replace("FACTOR = 3", "FACTOR = 4")})
    told = [line for line in kedro(root, "faucet", "plan", "--json").stdout.splitlines() if line.startswith("{")]
    planned = {each["node"]: each["reason"] for each in map(json.loads, told) if each["reason"]}
    assert planned == {
        "again": "shop.helpers:FACTOR changed",
        "times": "'again' needs what it makes",
    }
    done = kedro(root, "run", "--changed")
    assert done.returncode == 0
    assert "Completed node" not in done.stderr  # Kedro's own lines are for `-v`
    assert {step.node for step in runs_of(root)[0].steps.values() if step.status == "done"} == set(planned)
    assert kedro(root, "faucet", "plan").stdout.endswith("no node would run.\n0 of 6 nodes would run.\n")
    refused = kedro(root, "run", "--changed", "--runner", "shop.MyRunner")
    assert (
        "--changed works with SequentialRunner, ThreadRunner, ParallelRunner, not with shop.MyRunner" in refused.stderr
    )


@pytest.mark.slow
def test_processes_after_the_main_one_has_used_delta(tmp_path: Path) -> None:
    """What is missing is run in other processes, also where this one has looked at Delta tables, or used an engine."""
    root = make_shop(tmp_path)
    assert kedro(root, "run").returncode == 0
    (root / "data/out/t.parquet").unlink()
    done = kedro(root, "run", "--only-missing-outputs", "--runner", "ParallelRunner")
    assert done.returncode == 0, done.stderr
    assert (root / "data/out/t.parquet").is_file()
    looks = "from kedro.framework.hooks import hook_impl\n\n\nclass Looks:\n    @hook_impl\n"
    looks += "    def after_catalog_created(self, catalog):\n        print(len(catalog.load('lake/x').fetchall()))\n"
    settings = (root / "src/shop/settings.py").read_text()
    write_files(root, {"src/shop/looks.py": looks})
    (root / "src/shop/settings.py").write_text(f"{settings}\nfrom shop.looks import Looks\n\nHOOKS = (Looks(),)\n")
    done = kedro(root, "run", "--runner", "ParallelRunner", "--nodes", "copy_lake_x,copy_lake_y")
    assert done.returncode == 0, done.stderr
