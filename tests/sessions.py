"""The Spark session that all tests share, on two cores of this machine."""

from __future__ import annotations

import shutil

from servers.absent import absent

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine

SPARK = {"type": "spark", "master": "local[2]", "config": {"spark.sql.shuffle.partitions": 2}}


def connect_spark() -> Engine:
    """The one Spark engine of the test session, or a loud reason why there is none."""
    if not shutil.which("java"):
        absent("Spark", "install a Java runtime (Debian: apt-get install openjdk-17-jre-headless)")
    return engines.connect(SPARK)
