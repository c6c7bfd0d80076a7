"""Starting Spark: one in a process, whose settings a second configuration may not silently change."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro_faucet.config.secrets import without_values
from kedro_faucet.engines.dialect.errors import reason
from kedro_faucet.engines.session.jars import delta_settings
from kedro_faucet.engines.session.master import await_executor, check_master, java_said
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
    "spark.sql.legacy.decimal.retainFractionDigitsOnTruncate": "true",
    "spark.sql.cteRecursionLevelLimit": "-1",
    "spark.sql.cteRecursionRowLimit": "-1",
    # One puts a value in the place of an aggregate whose filter is false, which is no function of a window any more.
    # The other moves an anti join of a recursive query with itself into one half of it: "the plan became unresolved".
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.EliminateAggregateFilter,"
    "org.apache.spark.sql.catalyst.optimizer.PushDownLeftSemiAntiJoin",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
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
    check_master(master)
    # The pages of a cluster are looked at; those of this machine would be a port more that is open.
    pages = {"spark.ui.enabled": str(not master.startswith("local")).lower()}
    settings = {"spark.master": master, **_DEFAULTS, **pages, **{key: str(value) for key, value in config.items()}}
    running = SparkContext._active_spark_context and SparkSession.builder.getOrCreate()
    session = _another(running, settings) if running else _first(settings)
    # Spark logs each task that fails, and PySpark each query it refuses, with the whole Java stack.
    session.sparkContext.setLogLevel("FATAL")
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return session


def _first(settings: Mapping[str, str]) -> SparkSession:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    settings = {**delta_settings(), **settings}
    builder = SparkSession.builder.appName("kedro-faucet")
    for key, value in settings.items():
        builder = builder.config(key, value)
    if settings["spark.master"].startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        # Workers on this machine are of the same environment, whether or not it is the one that the shell finds first.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with _submitted(settings):
            SparkContext._ensure_initialized()
        session = builder.getOrCreate()
    except Exception as error:
        said = java_said() if "JAVA_GATEWAY_EXITED" in str(error) else reason(str(error))
        raise EngineError(f"Spark did not start: {without_values(said, settings)}") from None
    if settings["spark.master"].startswith("spark://"):
        await_executor(session)
    return session


@contextmanager
def _submitted(settings: Mapping[str, str]) -> Iterator[None]:
    """Hand the settings to the JVM that starts in a file: a command line is read by everybody on the machine."""
    known = os.environ.get("PYSPARK_SUBMIT_ARGS")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spark.properties"
        file.touch(0o600)
        file.write_text("".join(f"{_escaped(key)}={_escaped(value)}\n" for key, value in settings.items()))
        arguments = f"--properties-file {shlex.quote(str(file))} --load-spark-defaults {known or 'pyspark-shell'}"
        os.environ["PYSPARK_SUBMIT_ARGS"] = arguments
        try:
            yield
        finally:
            os.environ.pop("PYSPARK_SUBMIT_ARGS")
            os.environ.update({"PYSPARK_SUBMIT_ARGS": known} if known is not None else {})


def _escaped(text: str) -> str:
    """Return a text as a property file of Java's has it, whatever signs are in it.

    >>> _escaped("a=")
    '\\\\u0061\\\\u003d'
    """
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _another(running: SparkSession, settings: Mapping[str, str]) -> SparkSession:
    """Spark would hand out the running session and change its settings: this makes one beside it."""
    fixed = {key: value for key, value in settings.items() if not running.conf.isModifiable(key)}
    for key, value in fixed.items():
        found = running.conf.get(key, None)
        if found != value and not (found is None and key.startswith(("spark.ui.", "spark.driver."))):
            raise EngineError(
                f"Spark already runs in this process with another value of {key} than this engine asks for. "
                "Give both the same setting, close the other engine first, or use a process of its own."
            )
    session = running.newSession()
    for key in settings.keys() - fixed.keys():
        _set(session, key, settings[key])
    return session


def _set(session: SparkSession, key: str, value: str) -> None:
    try:
        session.conf.set(key, value)
    except Exception:  # it quotes the value, which may be a secret
        raise EngineError(f"Spark refuses the value of {key}, below config: of 'engine:'.") from None


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java") and not (home and (Path(home) / "bin" / "java").exists()):
        raise EngineError(
            "Spark needs a Java runtime and none was found: install Java 17 "
            "(Debian and Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17) "
            "or set JAVA_HOME."
        )
