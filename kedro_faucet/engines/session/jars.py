"""Delta Lake's jars for Spark, by exact version from Maven Central or the mirror that Maven is set up with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from kedro_faucet.exceptions import EngineError

DELTA_VERSION = "4.4.0"


def delta_artifacts() -> list[str]:
    """Return the coordinates of the jars that fit the installed Spark."""
    import pyspark

    spark = ".".join(pyspark.__version__.split(".")[:2])
    return [f"io.delta:delta-spark_{spark}_2.13:{DELTA_VERSION}", f"io.delta:delta-storage:{DELTA_VERSION}"]


def delta_settings() -> dict[str, str]:
    """Return the Spark setting that brings Delta Lake: files fetched by Maven where it is installed.

    Spark's own resolver knows no mirror, so Maven's client goes first; without it Spark fetches by itself.

    Raises:
        EngineError: if Maven is installed but cannot fetch a jar.
    """
    artifacts = delta_artifacts()
    cached = [_cached(artifact) for artifact in artifacts]
    if not all(path.exists() for path in cached):
        if not shutil.which("mvn"):
            return {"spark.jars.packages": artifacts[0]}
        for artifact in artifacts:
            _fetch(artifact)
    return {"spark.jars": ",".join(map(str, cached))}


def _cached(artifact: str) -> Path:
    group, name, version = artifact.split(":")
    folder = Path.home() / ".m2" / "repository" / Path(*group.split(".")) / name / version
    return folder / f"{name}-{version}.jar"


def _fetch(artifact: str) -> None:
    command = ["mvn", "-q", "-B", "dependency:get", f"-Dartifact={artifact}", "-Dtransitive=false"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        reason = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stderr).strip()
        raise EngineError(f"Maven could not fetch {artifact}, which Spark needs for Delta tables: {reason}")
