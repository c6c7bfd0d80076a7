"""A Spark cluster of its own: a master and two workers of one core each, from the pyspark package.

A start takes 6 s of CPU, 4 s by the clock; 300 MB of memory, and 1 GB for each worker's executor.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import psutil

from .absent import Absent
from .process import Server, free_port

# Workers wait for their master: one that comes too early tries again after seconds only.
SCRIPT = """
{home}/bin/spark-class org.apache.spark.deploy.master.Master --host {host} --port {port} --webui-port {page} &
until (echo > /dev/tcp/{host}/{port}) 2>/dev/null; do sleep 0.1; done
for page in 0 0; do
  {home}/bin/spark-class org.apache.spark.deploy.worker.Worker --host {host} --cores 1 --memory 1g --webui-port $page \
    --work-dir {folder} spark://{host}:{port} &
done
wait
"""


class Cluster(Server):
    """A standalone cluster at `url`."""

    name = "a Spark cluster"

    def __init__(self) -> None:
        spec = find_spec("pyspark")
        if not shutil.which("java") or spec is None or spec.origin is None:
            raise Absent("there is no Java runtime (Debian: apt-get install openjdk-17-jre-headless)")
        super().__init__()
        self.home, self.page = Path(spec.origin).parent, free_port()

    @property
    def url(self) -> str:
        """The address of the master."""
        return f"spark://{self.host}:{self.port}"

    def command(self) -> list[str]:
        """Return the command of all three: none of them has what the environment of a driver may have."""
        about = {"home": self.home, "host": self.host, "port": self.port, "page": self.page, "folder": self.folder}
        small = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
        settings = {"PATH": os.environ["PATH"], "SPARK_LOCAL_IP": self.host, "PYSPARK_PYTHON": sys.executable}
        settings |= {
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": small,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        given = [f"{name}={value}" for name, value in settings.items()]
        return ["env", "-i", *given, "bash", "-c", SCRIPT.format(**about)]

    def answers(self) -> bool:
        """Ask the master for its workers."""
        return self.workers() == 2

    def workers(self) -> int:
        """Return how many workers the master has."""
        with urllib.request.urlopen(f"http://{self.host}:{self.page}/json", timeout=5) as page:
            return int(json.load(page)["aliveworkers"])

    def lose_a_worker(self) -> None:
        """Kill a worker with its executor, as a machine that goes away."""
        assert self.process
        all_of_it = psutil.Process(self.process.pid).children(recursive=True)
        worker = next(each for each in all_of_it if "org.apache.spark.deploy.worker.Worker" in each.cmdline())
        for each in [*worker.children(recursive=True), worker]:
            each.kill()
