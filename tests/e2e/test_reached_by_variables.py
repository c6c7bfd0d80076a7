"""Production by environment variables alone: the lake in an object store, the mart in PostgreSQL."""

from __future__ import annotations

import projects
import pytest

pytestmark = pytest.mark.slow


def test_variables_reach_production(fresh, s3, postgres):
    """LAKE_URL and DB_HOST, with their keys, are all that a run needs to put its tables there; it says no secret."""
    bucket, database = s3.bucket(), "production"
    postgres.sql(f"create database {database}")
    # On the embedded engine and a quarter of the data: the engine is a variable of its own.
    small = {"profile": "inherits: [prod]", "engine": "engine: {type: duckdb}", "globals": 'months: "2013-1?"'}
    projects.write_files(fresh, {f"conf/small/{name}.yml": f"{text}\n" for name, text in small.items()})
    environment = {
        "LAKE_URL": f"s3://{bucket}/flights", "AWS_ENDPOINT_URL": s3.endpoint, "AWS_REGION": s3.region,
        "AWS_ACCESS_KEY_ID": s3.key, "AWS_SECRET_ACCESS_KEY": s3.secret,
        "DB_HOST": postgres.host, "DB_PORT": str(postgres.port), "DB_NAME": database,
        "DB_USER": postgres.username, "DB_PASSWORD": postgres.password,
    }  # fmt: skip
    done = projects.kedro(fresh, "run", "--env", "small", env=environment)
    assert done.returncode == 0, done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in (s3.key, s3.secret, postgres.password))
    keys = {each["Key"] for each in s3.client().list_objects_v2(Bucket=bucket)["Contents"]}
    assert {"flights/lake/flights/_delta_log/00000000000000000000.json", "flights/report/punctuality.html"} <= keys
    assert not any(".duckdb" in key for key in keys)
    with postgres.connect(dbname=database) as connection:
        assert connection.execute("select count(*) from star.fact_flight").fetchone()[0] > 80_000
    assert {path.name for path in (fresh / "data").iterdir()} == {"01_raw", "ledger", "notebooks"}
