"""Where Spark computes: the address is checked before Java starts, an executor is waited for, jobs have names."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from kedro_faucet.exceptions import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_HOST = r"[^\s/,:]+:\d+"
_FORMS = re.compile(rf"local(\[(\d+|\*)(,\s*\d+)?\]|-cluster\[.+\])?|yarn|k8s://\S+|spark://{_HOST}(,{_HOST})*")
_PATIENCE = 4.0
"""Seconds for each address of a master."""
_logger = logging.getLogger(__name__)


def check_master(master: str) -> None:
    """Refuse a master that Spark does not know, or that does not answer.

    >>> check_master("local[*]")

    Raises:
        EngineError: with what to write, to set or to start.
    """
    if not _FORMS.fullmatch(master):
        raise EngineError(
            f"'{master}' is no master of Spark: write local[*], spark://host:7077, yarn or k8s://host:443."
        )
    if master == "yarn" and not {"HADOOP_CONF_DIR", "YARN_CONF_DIR"} & os.environ.keys():
        raise EngineError("The master yarn needs HADOOP_CONF_DIR: set it to the folder of the cluster's configuration.")
    addresses = re.findall(_HOST, master) if master.startswith("spark://") else []
    if addresses and not any(map(_answers, addresses)):
        raise EngineError(f"The Spark master {master} does not answer: start it, or correct master: of 'engine:'.")


def _answers(address: str) -> bool:
    host, _, port = address.partition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=_PATIENCE):
        return True
    return False


def await_executor(session: SparkSession, seconds: float = 15) -> None:
    """Wait for a cluster's first executor; say why nothing happens where none comes: Spark would wait without a word.

    Args:
        session: of a cluster whose master gives executors to one application after the other.
        seconds: how long none may come before it is said.
    """
    conf, found = session.sparkContext.getConf(), session.sparkContext._jsc.sc()
    if conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        return
    end = time.monotonic() + seconds
    while found.getExecutorMemoryStatus().size() < 2:  # the driver is one of them
        if time.monotonic() > end:
            memory = conf.get("spark.executor.memory", "1g")
            _logger.warning(
                "The Spark master %s has given no executor for %s seconds, and the run waits for one: start workers "
                "with %s of memory, end other applications, or lower spark.executor.memory below config: of 'engine:'.",
                *(conf.get("spark.master"), seconds, memory),
            )  # fmt: skip
            return
        time.sleep(0.1)


def describe_jobs(node: str) -> None:
    """Give the jobs that this thread starts from now on the name of a node, on Spark's own pages; start no Spark."""
    from pyspark import SparkContext

    if context := SparkContext._active_spark_context:
        context.setJobDescription(node)


def java_said() -> str:
    """Return what is to do where Java ended at once: most often it is too old."""
    home = os.environ.get("JAVA_HOME")
    command = os.path.join(home, "bin", "java") if home else "java"
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run([command, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
        version = re.search(r'version "(?:1\.)?(\d+)', told)
        if version and int(version[1]) < 17:
            return f"Java is of version {version[1]}, and Spark needs 17 or newer: install it, or set JAVA_HOME to one."
    return "Java ended at once; its own words stand above."
