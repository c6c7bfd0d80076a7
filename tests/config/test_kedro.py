"""The loader in what Kedro does with it: runs, archives, sessions, processes of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ENVIRONMENT, kedro, make_project

FILES = {
    "conf/base/providers.yml": "providers:\n  out: {path: data}\n",
    "conf/base/catalog.yml": """
        result:
          type: json.JSONDataset
          provider: out
          path: ${runtime_params:file, out}.json
    """,
    "conf/acc/parameters.yml": "where_from: acc\n",
    "conf/prod/profile.yml": "inherits: [acc]\n",
    "src/shop/pipeline_registry.py": """
        from kedro.pipeline import node, pipeline

        def same(value):
            return value

        def register_pipelines():
            return {"__default__": pipeline([node(same, "params:where", "result", name="write")])}
    """,
}
SERVICE = """
from pathlib import Path
from kedro.framework.session import KedroServiceSession
from kedro.framework.startup import bootstrap_project

root = Path.cwd()
bootstrap_project(root)
with KedroServiceSession.create(project_path=root, env="prod") as session:
    session.run(runtime_params={"where_from": "first", "file": "a"})
    session.run(runtime_params={"file": "b"})
"""


@pytest.fixture
def shop(tmp_path) -> Path:
    """A project with one provider, and a profile that inherits."""
    return make_project(tmp_path, FILES)


def written(root: Path, name: str = "out") -> str:
    """What a run wrote."""
    return json.loads((root / f"data/{name}.json").read_text())


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_a_run_in_a_profile(shop, runner):
    """`kedro run --env` takes what the profile inherits, with every runner, and --params win."""
    done = kedro(shop, "run", "--env", "prod", "--runner", runner, env={"KEDRO_MP_CONTEXT": "spawn"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert written(shop) == "acc"


def test_parameters_of_the_command_line_win(shop):
    """--params reach what is interpolated in base, in parameters and in the catalog."""
    done = kedro(shop, "run", "--env", "prod", "--params", "where_from=mine,file=other")
    assert done.returncode == 0, done.stdout + done.stderr
    assert written(shop, "other") == "mine"


def test_the_profile_may_come_from_the_environment(shop):
    """KEDRO_ENV names the profile, as in Kedro, also for our commands."""
    assert kedro(shop, "run", env={"KEDRO_ENV": "acc"}).returncode == 0
    assert written(shop) == "acc"
    assert "acc  <- in force" in kedro(shop, "faucet", "profiles", env={"KEDRO_ENV": "acc"}).stdout


def test_an_archive_elsewhere_is_a_source(shop, tmp_path_factory):
    """A packed configuration from another folder runs the project: relative paths are below the project."""
    archive = shutil.make_archive(str(tmp_path_factory.mktemp("elsewhere") / "conf"), "gztar", shop, "conf")
    shutil.rmtree(shop / "conf")
    done = kedro(shop, "run", "--env", "prod", "--conf-source", archive)
    assert done.returncode == 0, done.stdout + done.stderr
    assert written(shop) == "acc"


def test_a_service_runs_often(shop):
    """Each run of a service's session has parameters of its own."""
    subprocess.run([sys.executable, "-c", SERVICE], cwd=shop, env=ENVIRONMENT, check=True, capture_output=True)
    assert (written(shop, "a"), written(shop, "b")) == ("first", "acc")


def test_no_configuration_at_all_is_said(shop):
    """A project whose conf is gone fails by Kedro's own message, not by a file that cannot be listed."""
    shutil.rmtree(shop / "conf")
    done = kedro(shop, "run")
    assert done.returncode == 1
    assert "FileNotFoundError" not in done.stdout + done.stderr
