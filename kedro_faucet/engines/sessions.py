"""Starting Spark: one in a process, whose settings a second configuration may not silently change."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro_faucet.engines.jars import delta_settings
from kedro_faucet.exceptions import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Results do not depend on these, they are the ones that both engines share; the rest keeps a terminal quiet.
_DEFAULTS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.variable.substitute": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.cteRecursionLevelLimit": "-1",
    "spark.sql.cteRecursionRowLimit": "-1",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
}


def start(master: str, config: Mapping[str, Any]) -> SparkSession:
    """Return a session of its own with these settings.

    Raises:
        EngineError: if no Java runtime is found, Spark does not start, or runs already with other settings.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    _require_java()
    settings = {"spark.master": master, **_DEFAULTS, **{key: str(value) for key, value in config.items()}}
    running = SparkContext._active_spark_context and SparkSession.builder.getOrCreate()
    session = _another(running, settings) if running else _first(settings)
    # Spark logs each task that fails, and PySpark each query it refuses, with the whole Java stack.
    session.sparkContext.setLogLevel("FATAL")
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    return session


def _first(settings: Mapping[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("kedro-faucet")
    for key, value in {**delta_settings(), **settings}.items():
        builder = builder.config(key, value)
    if settings["spark.master"].startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        # Workers on this machine are of the same environment, whether or not it is the one that the shell finds first.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise EngineError(f"Spark did not start: {error}") from None


def _another(running: SparkSession, settings: Mapping[str, str]) -> SparkSession:
    """Spark would hand out the running session and change its settings: this makes one beside it."""
    fixed = {key: value for key, value in settings.items() if not running.conf.isModifiable(key)}
    for key, value in fixed.items():
        found = running.conf.get(key, None)
        if found != value and not (found is None and key.startswith(("spark.ui.", "spark.driver."))):
            raise EngineError(
                f"Spark already runs in this process with {key}={found}, and this engine asks for {value}. "
                "Give both the same setting, close the other engine first, or use a process of its own."
            )
    session = running.newSession()
    for key in settings.keys() - fixed.keys():
        session.conf.set(key, settings[key])
    return session


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java") and not (home and (Path(home) / "bin" / "java").exists()):
        raise EngineError(
            "Spark needs a Java runtime and none was found: install Java 17 "
            "(Debian and Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17) "
            "or set JAVA_HOME."
        )
