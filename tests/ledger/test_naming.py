"""OpenLineage's names of datasets are those by which other programs know the same data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kedro_faucet import ResourceDataset
from kedro_faucet.datasets.mart import MartDataset
from kedro_faucet.ledger.lineage.naming import named

POSTGRES = {"service": "postgres", "host": "db", "database": "shop"}
MYSQL = {"service": "mysql", "host": "db", "database": "shop"}
S3 = {"service": "s3", "path": "company-lake/shop"}
ANY = {"service": "sqlalchemy", "url": "mssql+pyodbc://ada@db:1433/shop?driver=x"}


@pytest.mark.parametrize(
    ("service", "given", "expected"),
    [
        (None, {"filepath": "/data/lake/x"}, ("file", "/data/lake/x")),
        (None, {"filepath": "/data/raw/*.csv"}, ("file", "/data/raw/*.csv")),
        (POSTGRES, {"table": "orders"}, ("postgres://db:5432", "shop.public.orders")),
        (POSTGRES, {"table": "ops.orders"}, ("postgres://db:5432", "shop.ops.orders")),
        (MYSQL, {"table": "orders"}, ("mysql://db:3306", "shop.orders")),
        (S3, {"filepath": "s3://company-lake/shop/x"}, ("s3://company-lake", "shop/x")),
        (ANY, {"table": "orders"}, ("mssql+pyodbc://db:1433", "shop.orders")),
        ({"service": "sqlite", "path": "/data/app.db"}, {"table": "orders"}, ("file", "/data/app.db/orders")),
    ],
)
def test_a_resource_is_called_by_its_place(
    service: dict[str, Any] | None, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    """A path, an object's address or a database's table: with neither a login nor this process's own names."""
    dataset = ResourceDataset(**given, service=service)
    assert named("some/x", dataset, "shop.local") == expected


def test_other_datasets_are_called_by_their_place_too(tmp_path: Path) -> None:
    """A mart, datasets of Kedro's on a disk or in a store; what stays in memory has the namespace of the jobs."""
    from kedro.io import MemoryDataset
    from kedro_datasets.json import JSONDataset

    mart = MartDataset(filepath="/data/mart.duckdb")
    assert named("mart", mart, "shop.local") == ("file", "/data/mart.duckdb")
    assert named("out", JSONDataset(filepath=f"{tmp_path}/out.json"), "shop.local") == ("file", f"{tmp_path}/out.json")
    remote = JSONDataset(filepath="s3://bucket/out.json")
    assert named("out", remote, "shop.local") == ("s3://bucket", "out.json")
    assert named("kept", MemoryDataset(1), "shop.local") == ("shop.local", "kept")
