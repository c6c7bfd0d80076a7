"""The Spark session that all tests share, on two cores of this machine."""

from __future__ import annotations

import shutil

from servers.absent import absent

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine

# Thousands of tests in one driver: what it keeps of tables, queries and texts that do not come again is let go.
_FORGETFUL = {
    "spark.driver.memory": "2g",
    "spark.databricks.delta.delta.log.cacheSize": "20",
    "spark.sql.ui.retainedExecutions": "20",
    "spark.ui.retainedJobs": "50",
    "spark.ui.retainedStages": "50",
    "spark.ui.retainedTasks": "200",
    "spark.sql.parser.manageParserCaches": "true",
    "spark.sql.parser.parserDfaCacheFlushThreshold": "20000",
}
SPARK = {"type": "spark", "master": "local[2]", "config": {"spark.sql.shuffle.partitions": 2, **_FORGETFUL}}


def connect_spark() -> Engine:
    """The one Spark engine of the test session, or a loud reason why there is none."""
    if not shutil.which("java"):
        absent("Spark", "install a Java runtime (Debian: apt-get install openjdk-17-jre-headless)")
    return engines.connect(SPARK)
