"""The master of Spark: what cannot be is told before Java starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.session.master import check_master, describe_jobs, java_said
from kedro_faucet.exceptions import EngineError

WAITING = """
import sys
from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
engine = engines.connect({"type": "spark", "master": sys.argv[1], "config": {"spark.executor.memory": "8g"}})
engine.rows(engine.sql("select 1 as n"))
"""


@pytest.mark.parametrize("master", ["local", "local[4]", "local[*, 2]", "k8s://https://cluster:443"])
def test_what_spark_takes_is_taken(master: str) -> None:
    """Threads of this machine and clusters are masters; those of Kubernetes answer to Spark alone."""
    check_master(master)


@pytest.mark.parametrize("master", ["foo", "local[x]", "spark://host", "sc://host:15002", "host:7077", ""])
def test_what_is_no_master_is_refused(master: str) -> None:
    """Another address is refused with those that there are."""
    with pytest.raises(
        EngineError, match=rf"'{master.replace('[', '.')}' is no master of Spark: write local\[\*\], spark://"
    ):
        check_master(master)


def test_a_master_that_does_not_answer_is_told_at_once() -> None:
    """No Java is started for an address where nobody listens, nor for a host that does not exist."""
    for master in ("spark://127.0.0.1:9", "spark://nowhere.invalid:7077,127.0.0.1:9"):
        with pytest.raises(
            EngineError, match=f"The Spark master {master} does not answer: start it, or correct master:"
        ):
            engines.connect({"type": "spark", "master": master}).sql("select 1 as n")


def test_yarn_wants_the_configuration_of_its_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its folder Spark knows no cluster; with it, Spark is asked."""
    monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
    monkeypatch.delenv("YARN_CONF_DIR", raising=False)
    with pytest.raises(EngineError, match="The master yarn needs HADOOP_CONF_DIR: set it to the folder"):
        check_master("yarn")
    monkeypatch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
    check_master("yarn")


def test_a_java_that_is_too_old_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Java ends at once, its version is looked at; of 8 it says 1.8."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    for said, version in (("11.0.2", "11"), ("1.8.0_392", "8")):
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{said}\"' >&2\n")
        java.chmod(0o755)
        assert java_said().startswith(f"Java is of version {version}, and Spark needs 17 or newer")
    java.write_text("#!/bin/sh\necho 'openjdk version \"21\"' >&2\n")
    assert java_said() == "Java ended at once; its own words stand above."


@pytest.mark.spark
def test_jobs_have_the_name_of_their_node(spark: Engine) -> None:
    """Spark's own pages tell which node a job is of."""
    session: Any = spark.session  # type: ignore[attr-defined]
    describe_jobs("cube_delays")
    spark.rows(spark.sql("select 1 as n"))
    jobs = session.sparkContext._jsc.sc().statusStore().jobsList(session._jvm.java.util.ArrayList())
    latest = max((jobs.apply(place) for place in range(jobs.size())), key=lambda job: job.jobId())
    assert latest.description().get() == "cube_delays"


@pytest.mark.slow
@pytest.mark.spark
def test_a_cluster_that_gives_no_executor_is_told(cluster: Any) -> None:
    """A run that waits for an executor says so, and with how much memory one would come."""
    command = [sys.executable, "-c", WAITING, cluster.url]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as run:
        assert run.stderr
        begun, said = time.monotonic(), ""
        while "has given no executor" not in said and time.monotonic() < begun + 120:
            said = run.stderr.readline()
        run.kill()
    assert f"{cluster.url} has given no executor for 15 seconds" in said
    assert "start workers with 8g of memory" in said
