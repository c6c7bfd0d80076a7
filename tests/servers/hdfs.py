"""HDFS: Hadoop's own small cluster of a name node and a data node, in one Java process beside PySpark's jars.

A start takes 6.7 s of CPU, 6 s by the clock; 270 MB of memory. Maven brings two jars (56 MB) once.
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import Any, Self

from kedro_faucet.engines.session.jars import _cached, _fetch
from kedro_faucet.exceptions import EngineError

from .absent import Absent
from .process import Server

MAIN = "org.apache.hadoop.test.MiniDFSClusterManager"
JUNIT = "org.junit.jupiter:junit-jupiter-api:5.13.4"  # the cluster checks its folder with it


class Hdfs(Server):
    """A cluster that keeps its files over a restart; it asks for no password, as a cluster without Kerberos does."""

    name = "HDFS"
    patience = 120.0

    def __init__(self) -> None:
        if not shutil.which("java"):
            raise Absent("there is no Java runtime (Debian: apt-get install openjdk-17-jre-headless)")
        self.classpath = ":".join(map(str, jars()))
        super().__init__()
        self.formatted = False

    @property
    def url(self) -> str:
        """The address of the file system."""
        return f"hdfs://{self.host}:{self.port}"

    def start(self) -> Self:
        """Start the cluster, and wait for both nodes."""
        (self.folder / "up.json").unlink(missing_ok=True)
        return super().start()

    def command(self) -> list[str]:
        """Return the command of the cluster; its first start makes the file system."""
        java = [
            "java",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            f"-Dtest.build.data={self.folder}/data",
            "-cp",
            self.classpath,
            MAIN,
        ]
        settings = {"dfs.replication": 1, "dfs.permissions.enabled": "false"}
        options = [part for name, value in settings.items() for part in ("-D", f"{name}={value}")]
        first = [] if self.formatted else ["-format"]
        return [*java, "-datanodes", "1", "-nnport", str(self.port), "-writeDetails", "up.json", *first, *options]

    def answers(self) -> bool:
        """Store a small file, once both nodes are up: a client that comes earlier waits long before it tries again."""
        if not (self.folder / "up.json").exists():
            return False
        self.filesystem().pipe("/ready", b"ready")
        self.formatted = True
        return True

    def filesystem(self) -> Any:
        """Return an fsspec file system of the cluster."""
        from hdfs_native.fsspec import HdfsFileSystem

        return HdfsFileSystem(host=self.host, port=self.port, skip_instance_cache=True)

    def directory(self) -> str:
        """Make a new, empty directory, and return its path."""
        path = f"/d-{secrets.token_hex(6)}"
        self.filesystem().mkdir(path)
        return path


def jars() -> list[Path]:
    """Return PySpark's jars, and the cluster's of the same version, fetched by Maven where they are not there yet.

    Raises:
        Absent: if PySpark or Maven is not installed, or Maven cannot fetch them.
    """
    try:
        import pyspark
    except ImportError:
        raise Absent("it needs PySpark's jars (pip install pyspark)") from None
    folder = Path(pyspark.__file__).parent / "jars"
    client = next(folder.glob("hadoop-client-api-*.jar"))
    version = client.stem.removeprefix("hadoop-client-api-")
    artifacts = [f"org.apache.hadoop:hadoop-client-minicluster:{version}", JUNIT]
    for artifact in artifacts:
        if not _cached(artifact).exists():
            fetch(artifact)
    return [*map(_cached, artifacts), folder / "*"]


def fetch(artifact: str) -> None:
    """Let Maven fetch a jar."""
    if not shutil.which("mvn"):
        raise Absent(f"Maven, which fetches {artifact}, is not installed (Debian: apt-get install maven)")
    try:
        _fetch(artifact)
    except EngineError as error:
        raise Absent(error) from error
