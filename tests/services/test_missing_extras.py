"""A service whose package is not installed says its pip line, whatever is asked of it first."""

from __future__ import annotations

import sys

import pytest
from kedro.io import DatasetError

from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.exceptions import MissingExtraError
from kedro_faucet.services import open_service

NEEDS = {
    "obstore": ("s3", {"service": "s3", "path": "lake/x", "endpoint": "http://127.0.0.1:9"}, "filepath"),
    "hdfs_native": ("hdfs", {"service": "hdfs", "path": "/lake", "host": "127.0.0.1", "port": 9}, "filepath"),
    "paramiko": ("sftp", {"service": "sftp", "path": "/x", "host": "127.0.0.1", "port": 9}, "filepath"),
    "psycopg": ("postgres", {"service": "postgres", "database": "x", "port": 9}, "table"),
    "adbc_driver_postgresql": ("postgres", {"service": "postgres", "database": "x", "port": 9}, "table"),
    "pymysql": ("mysql", {"service": "mysql", "database": "x", "port": 9}, "table"),
    "sqlalchemy": ("sqlalchemy", {"service": "sqlalchemy", "url": "sqlite:///x.db"}, "table"),
    "connectorx": ("mysql", {"service": "mysql", "database": "x", "port": 9}, "table"),
}


@pytest.mark.parametrize("package", NEEDS)
def test_a_missing_package_says_its_pip_line(package: str, monkeypatch: pytest.MonkeyPatch):
    """Asking whether it answers, loading and saving say which extra brings the package."""
    extra, settings, where = NEEDS[package]
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    service = open_service(settings)
    says = rf"pip install 'kedro-faucet\[{extra}\]'"
    with pytest.raises(MissingExtraError, match=says):
        service.check()
    for form in ("parquet",) if extra == "sftp" else ("parquet", "delta"):
        said = {"format": form} if where == "filepath" else {}
        dataset = ResourceDataset(**{where: service.locate("orders")}, service=settings, **said)
        with pytest.raises(DatasetError, match=says):
            dataset.load()
