"""Services: another package adds one, credentials are checked and never shown, files narrow as databases do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kedro.io import DatasetError

from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.exceptions import ConfigError, ResourceError
from kedro_faucet.services import find_service, open_service, services


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service in a package of its own, installed beside ours."""
    (tmp_path / "toy_shop.py").write_text(
        "from kedro_faucet.services.sqlite import SQLite\n\n\nclass Toy(SQLite):\n    service: str\n"
    )
    info = tmp_path / "toy_shop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-shop\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[kedro_faucet.services]\ntoy = toy_shop:Toy\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    services.cache_clear()
    yield
    services.cache_clear()


def test_another_package_adds_a_service(toy, tmp_path: Path):
    """A service that another package's entry point names is one like ours."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table orders as select 1 as id, 'Ulm' as city")
        connection.commit()
    orders = ResourceDataset(table="orders", service={"service": "toy", "path": str(path)})
    assert orders.load().columns == ["id", "city"]
    assert orders.exists()


def test_a_service_that_does_not_exist_is_refused_with_the_nearest():
    """The names that there are, and the nearest one, are said."""
    with pytest.raises(ConfigError, match=r"'sqlit' does not exist. Did you mean 'sqlite'\? There are: file"):
        find_service("sqlit")


def test_unknown_credentials_are_refused_without_their_values():
    """A misspelt key of the credentials gets the nearest name; no value is quoted."""
    with pytest.raises(ResourceError) as error:
        open_service({"service": "sqlite", "path": "x", "credentials": "vault"}, {"pasword": "hunter2"})
    assert "credentials.yml, vault: unknown key 'pasword'" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_files_narrow_as_databases_do(engine, tmp_path: Path):
    """`select` and `where` mean the same for a file: a profile may move a table."""
    path = str(tmp_path / "x.parquet")
    said = {"filepath": path, "engine": engine.config}
    ResourceDataset(**said).save(engine.sql("select * from (values (1, 'a'), (2, 'b')) t(n, s)"))
    narrow = ResourceDataset(**said, load_args={"select": "s", "where": "n > 1"}).load()
    assert engine.rows(narrow) == [("b",)]
    with pytest.raises(DatasetError, match="query: is SQL of a database"):
        ResourceDataset(**said, load_args={"query": "select 1"}).load()
