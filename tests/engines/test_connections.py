"""Connecting: settings, what is missing on the machine, and engines side by side."""

from __future__ import annotations

import ast
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sessions import SPARK, connect_spark

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import EngineError


def _run(code: str, **environment: str) -> str:
    env = {"HOME": os.environ["HOME"], **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize("kind", ["duckdb", "spark"])
def test_a_misspelt_setting_names_the_nearest(kind: str) -> None:
    """An unknown setting is refused before anything starts, with the ones that there are."""
    misspelt = {"duckdb": ("memory_limt", "memory_limit"), "spark": ("mastr", "master")}[kind]
    with pytest.raises(EngineError, match=rf"has no setting '{misspelt[0]}'.*Did you mean '{misspelt[1]}'\?"):
        engines.connect({"type": kind, misspelt[0]: "1"})


def test_an_unknown_type_names_the_nearest() -> None:
    """A misspelt type of engine is refused."""
    with pytest.raises(EngineError, match="Did you mean 'duckdb'"):
        engines.connect({"type": "duckdbb"})


@pytest.mark.spark
def test_spark_s_log_stays_off_the_terminal(
    spark: Engine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """What Spark refuses, and what stops it, is told by an error alone: nothing is logged, nothing is on stderr."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions

    table = spark.from_frame(pa.table({"n": [1]}))
    refused = [lambda: table.select("nosuch"), lambda: spark.session.sql("select nosuch")]
    stopped = functions.raise_error(functions.lit("no"))
    capfd.readouterr()  # of a session that starts here
    with caplog.at_level(logging.DEBUG):
        for each in [*refused, lambda: table.select(stopped).collect(), lambda: table.selectExpr("n / 0").collect()]:
            with pytest.raises(PySparkException):
                each()
    assert capfd.readouterr().err == ""
    assert [record for record in caplog.records if record.name.startswith(("SQL", "DataFrame"))] == []


def test_duckdb_says_which_setting_it_refuses() -> None:
    """A value or key that DuckDB itself refuses is an error about the engine's settings."""
    with pytest.raises(EngineError, match="refuses the settings below 'engine:'"):
        engines.connect({"type": "duckdb", "memory_limit": "much"})
    with pytest.raises(EngineError, match=r"there is no 'acces_mode'\. Did you mean 'access_mode'"):
        engines.connect({"type": "duckdb", "config": {"acces_mode": "1"}})


@pytest.mark.parametrize("settings", [{"memory_limit": "hunter2"}, {"config": {"threads": "hunter2"}}])
def test_duckdb_does_not_quote_a_value(settings: dict[str, Any]) -> None:
    """A value that DuckDB refuses is not shown, as it may be a secret in the wrong place: its key is."""
    key = next(iter(settings.get("config", settings)))
    with pytest.raises(EngineError, match=rf"a value of {key} is wrong") as error:
        engines.connect(settings)
    assert "hunter2" not in str(error.value)


_PASSWORD = "hun ter='2\\ #\u00e9\u2603"
_SPARK_SECRET = f"""
import subprocess
from kedro_faucet import engines
from kedro_faucet.exceptions import EngineError
def config(**settings):
    inner = {{key.replace("_", "."): value for key, value in settings.items()}}
    return {{"type": "spark", "master": "local[1]", "config": inner}}
engine = engines.connect(config(spark_hadoop_fs_s3a_secret_key={_PASSWORD!a}, spark_driver_memory="600m"))
engine.sql("select 1 as n")
context = engine.session.sparkContext
kept = context._jsc.hadoopConfiguration().get("fs.s3a.secret.key") == {_PASSWORD!a}
listed = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout
said = []
for other in (config(spark_hadoop_fs_s3a_secret_key="third"), config(spark_sql_shuffle_partitions="fourth")):
    try:
        engines.connect(other).sql("select 1 as n")
    except EngineError as error:
        said.append(str(error))
small = context._jvm.java.lang.Runtime.getRuntime().maxMemory() < 700 * 2**20
print([kept, "ter='2" in listed, "org.apache.spark.deploy.SparkSubmit" in listed, small, *said])
"""


@pytest.mark.spark
def test_sparks_settings_are_not_in_the_process_list(tmp_path: Path) -> None:
    """A secret reaches Spark, but neither the process list nor an error: that names the key alone."""
    connect_spark()
    script = tmp_path / "script.py"
    script.write_text(_SPARK_SECRET)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    said = ast.literal_eval(done.stdout.splitlines()[-1])
    assert said[:4] == [True, False, True, True]
    assert "another value of spark.hadoop.fs.s3a.secret.key" in said[4]
    assert "refuses the value of spark.sql.shuffle.partitions" in said[5]
    assert not [word for word in ("ter=", "third", "fourth") if word in str(said)]


def test_too_little_memory_names_the_setting() -> None:
    """A computation that does not fit, and may not spill, says which setting to raise."""
    engine = engines.connect({"type": "duckdb", "memory_limit": "20MB", "temp_directory": ""})
    numbers = engine.sql("select * from generate_series(1, 3000000) as t(x)", portable=False)
    with pytest.raises(EngineError, match=r"Give the engine more: memory_limit in engine\.yml"):
        engine.persist(numbers)


def test_settings_reach_duckdb() -> None:
    """Memory, threads and what stands below config: are in force."""
    engine = engines.connect({"type": "duckdb", "threads": 1, "config": {"default_null_order": "nulls_first"}})
    names = ("threads", "default_null_order", "TimeZone")
    text = "select " + ", ".join(f"current_setting('{name}')" for name in names)
    assert engine.rows(engine.sql(text, portable=False)) == [(1, "NULLS_FIRST", "UTC")]


def test_one_engine_a_configuration() -> None:
    """The same configuration gives the same engine, another one another, and a closed one a new one."""
    first = engines.connect({"type": "duckdb", "threads": 1})
    assert engines.connect({"threads": 1}) is first
    assert engines.connect() is not first
    first.close()
    again = engines.connect({"type": "duckdb", "threads": 1})
    assert again is not first
    assert again.rows(again.sql("select 1 as n")) == [(1,)]


def test_the_name_alone_is_shown() -> None:
    """What an engine shows of itself holds no setting: one may be a secret."""
    assert repr(engines.connect({"type": "duckdb", "threads": 1})) == "<engine duckdb>"


def test_importing_engines_is_light() -> None:
    """Neither engine nor SQLGlot is imported before it is needed."""
    heavy = ("duckdb", "pyarrow", "sqlglot", "deltalake", "pyspark", "pandas", "polars")
    code = f"import sys, kedro_faucet.engines; print([name for name in {heavy} if name in sys.modules])"
    assert _run(code) == "[]"


_CONNECT = (
    "from kedro_faucet import engines\nfrom kedro_faucet.exceptions import FaucetError\n"
    "try:\n    engines.connect({'type': 'spark'}).sql('select 1 as n')\n"
    "except FaucetError as error:\n    print(type(error).__name__, error)"
)


def test_without_java_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    """Where no Java is found, Spark is not even tried: the error names the package to install."""
    said = _run(_CONNECT, PATH=str(tmp_path))
    assert said.startswith("EngineError Spark needs a Java runtime and none was found: install Java 17")


def test_without_pyspark_the_pip_line_is_given(tmp_path: Path) -> None:
    """Where the extra is not installed, the error is its pip line."""
    blocked = "import sys\nsys.modules['pyspark'] = None\nsys.modules['pyspark.sql'] = None\n"
    assert _run(blocked + _CONNECT, PATH=os.environ["PATH"]).endswith("pip install 'kedro-faucet[spark]'")


@pytest.mark.spark
def test_sessions_of_different_settings_do_not_leak(spark: Engine) -> None:
    """A second engine with other SQL settings has them, and the first keeps its own."""
    other = engines.connect({**SPARK, "config": {"spark.sql.shuffle.partitions": 7}})
    settings = [engine.session.conf.get("spark.sql.shuffle.partitions") for engine in (other, spark)]  # type: ignore[attr-defined]
    assert settings == ["7", "2"]
    table = other.sql("select 1 as n")
    assert engines.engine_of(table) is other


@pytest.mark.spark
def test_what_spark_fixes_for_a_process_is_refused(spark: Engine) -> None:
    """A second engine with another master is refused, with the setting and what to do."""
    assert spark.rows(spark.sql("select 1 as n")) == [(1,)]
    with pytest.raises(EngineError, match=r"already runs in this process with another value of spark.master"):
        engines.connect({"type": "spark", "master": "local[1]"}).sql("select 1 as n")
