"""A project on a real cluster, in an object store and a database: the same results as on one machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import projects
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.spark]

FILES = {
    "conf/base/providers.yml": """
        providers:
          source: {path: data/raw, format: csv}
          lake: {path: "${env:LAKE_URL, data/lake}"}
          mart: {path: data}
    """,
    "conf/prod/profile.yml": "when: {DB_HOST: server}\n",
    "conf/prod/engine.yml": """
        engine:
          type: spark
          master: ${env:SPARK_MASTER, "local[2]"}
          config: {spark.sql.shuffle.partitions: 2, spark.executor.memory: 512m}
    """,
    "conf/server/providers.yml": """
        providers:
          mart:
            service: postgres
            host: ${env:DB_HOST}
            port: ${env:DB_PORT}
            database: ${env:DB_NAME}
            credentials: mart
    """,
    "conf/server/credentials.yml": 'mart: {username: "${env:DB_USER}", password: "${env:DB_PASSWORD}"}\n',
    "conf/base/catalog.yml": """
        lake/orders: {type: kedro_faucet.ResourceDataset, save_args: {mode: merge, key: order_id}}
        lake/customers: {type: kedro_faucet.HistoryDataset, key: customer_id}
        mart: {type: kedro_faucet.MartDataset, provider: mart}
    """,
    "src/shop/sql/cities.sql": """
        select city, count(*) as orders, sum(amount) as amount, max(ordered_at) as latest
        from orders join customers on orders.customer_id = customers.customer_id group by city
    """,
    "src/shop/pipeline_registry.py": """
        from kedro_faucet import pipelines


        def register_pipelines():
            tables = {"orders": "lake/orders", "customers": "lake/customers"}
            made = pipelines.copy("source", "lake", ["orders"])
            made += pipelines.history("source/customers", "lake/customers")
            made += pipelines.sql("sql/cities.sql", tables, "lake/cities")
            return {"__default__": made + pipelines.publish(["lake/orders", "lake/cities"], "mart")}
    """,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of thousands of orders."""
    root = projects.make_project(tmp_path, FILES)
    raw = root / "data/raw"
    raw.mkdir(parents=True)
    duckdb.sql("""
        select i as order_id, i % 100 as customer_id, cast(i * 0.37 as decimal(12, 2)) as amount,
          timestamp '2024-01-01' + i * interval 7 minute as ordered_at from range(20000) r(i)
    """).write_csv(str(raw / "orders.csv"))
    duckdb.sql("select i as customer_id, ['Ulm', 'Köln', 'Graz'][i % 3 + 1] as city from range(100) r(i)").write_csv(
        str(raw / "customers.csv")
    )
    return root


def test_a_run_on_a_cluster_that_loses_a_worker_is_right(shop: Path, cluster: Any, s3: Any, postgres: Any) -> None:
    """Tables in S3 and in PostgreSQL are those of the embedded engine, though a worker dies on the way.

    The workers have none of the driver's environment, so that all they need comes with their tasks.
    """
    bucket, database = s3.bucket(), "cluster"
    postgres.sql(f"create database {database}")
    environment = {
        "SPARK_MASTER": cluster.url, "LAKE_URL": f"s3://{bucket}/shop", "AWS_ENDPOINT_URL": s3.endpoint,
        "AWS_ACCESS_KEY_ID": s3.key, "AWS_SECRET_ACCESS_KEY": s3.secret,
        "DB_HOST": postgres.host, "DB_PORT": str(postgres.port), "DB_NAME": database,
        "DB_USER": postgres.username, "DB_PASSWORD": postgres.password,
    }  # fmt: skip
    embedded = projects.kedro(shop, "run")
    assert embedded.returncode == 0, embedded.stderr
    command = [sys.executable, "-m", "kedro", "run", "--env", "prod"]
    with subprocess.Popen(
        command, cwd=shop, env={**projects.ENVIRONMENT, **environment}, text=True, stderr=subprocess.PIPE
    ) as run:
        while run.poll() is None and not has_begun(s3, bucket):
            time.sleep(0.2)
        cluster.lose_a_worker()
        said = run.communicate()[1]
    assert run.returncode == 0, said
    assert cluster.workers() == 1
    with duckdb.connect(str(shop / "data/mart.duckdb"), read_only=True) as mart:
        for table, key in (("orders", "order_id"), ("cities", "city")):
            query = f"select * from lake.{table} order by {key}"
            with postgres.connect(dbname=database) as connection:
                assert connection.execute(query).fetchall() == mart.execute(query).fetchall()


def has_begun(s3: Any, bucket: str) -> bool:
    """Tell whether a first table is in the lake."""
    found = s3.client().list_objects_v2(Bucket=bucket).get("Contents", [])
    return any("_delta_log" in each["Key"] for each in found)
