"""Datasets of Kedro's on a provider that is a database: they get its address, and nothing shows the password."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import databases
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog

from kedro_faucet.config.providers import Setting, expand, read_providers

# SQLAlchemy reaches DuckDB's files by another package alone.
pytestmark = pytest.mark.parametrize("place", ["postgres", "mariadb", "sqlite"], indirect=True)


@pytest.fixture
def shop(place: databases.Place) -> tuple[DataCatalog, str, dict[str, Any]]:
    """A catalog with a table and a query of a database, the password, and the expanded entries."""
    if "path" in place.settings:
        Path(place.settings["path"]).parent.mkdir(parents=True, exist_ok=True)
    providers = read_providers({"shop": {**place.settings, "credentials": "shop_db"}})
    secrets = {"shop_db": dict(place.credentials)}
    setting = Setting(providers, {"type": "duckdb"}, None, "local", secrets)
    entries = {
        "shop/orders": {"type": "pandas.SQLTableDataset", "provider": "shop", "save_args": {"if_exists": "replace"}},
        "total": {"type": "pandas.SQLQueryDataset", "provider": "shop", "sql": "select sum(id) as n from orders"},
    }
    expanded = expand(entries, setting)
    return DataCatalog.from_config(expanded, secrets), place.credentials.get("password", "no password"), expanded


def test_a_table_and_a_query_of_kedro_s_work(shop):
    """`provider:` gives a table's name and the address in the provider's schema; a query keeps its own text."""
    catalog, _, _ = shop
    catalog.save("shop/orders", pd.DataFrame({"id": [1, 2]}))
    assert catalog.load("shop/orders")["id"].tolist() == [1, 2]
    assert catalog.load("total")["n"].tolist() == [3]


def test_the_password_shows_nowhere(shop, caplog):
    """Neither entries, YAML, datasets nor log lines hold the password."""
    catalog, password, expanded = shop
    with caplog.at_level(logging.DEBUG):
        catalog.save("shop/orders", pd.DataFrame({"id": [1]}))
        catalog.load("total")
    written = yaml.dump({name: entry for name, entry in expanded.items() if name in ("shop/orders", "total")})
    said = [written, repr(expanded), repr(catalog), repr(catalog["total"]), caplog.text, repr(catalog.to_config()[0])]
    assert not [text for text in said if password in text]
