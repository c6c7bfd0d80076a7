"""Google's storage, as far as it goes without a server: settings, addresses, and what is told where nobody answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DatasetError
from stores import Provider

from kedro_faucet import engines
from kedro_faucet.config.origin import Fault
from kedro_faucet.config.providers import Setting, expand, read_providers
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.store import Object

DUCKDB = engines.connect({"type": "duckdb"})


def provider(token: str | None = None, **changes: Any) -> Provider:
    """Return a provider that nobody answers."""
    settings = {"service": "gcs", "path": "company-lake/shop", "endpoint": "http://127.0.0.1:9", "credentials": "lake"}
    return Provider({**settings, **changes}, {"token": token} if token else {})


def account(folder: Path) -> str:
    """Return the path of a key file that asks nobody for a token."""
    file = folder / "key.json"
    file.write_text('{"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": true}')
    return str(file)


def test_a_resource_has_a_url_that_every_tool_knows() -> None:
    """A table's URL begins with gs://, for delta-rs and for datasets of Kedro's too, which get the endpoint."""
    store = provider("/keys/lake.json").opened()
    assert store.locate("orders") == store.delta_url("company-lake/shop/orders") == "gs://company-lake/shop/orders"
    options = store.delta_options()
    assert options["google_service_account"] == "/keys/lake.json"
    assert options["google_base_url"] == "http://127.0.0.1:9"
    setting = Setting(read_providers({"lake": provider().settings}), {"type": "duckdb"}, None, "base")
    entry = expand({"x": {"type": "pandas.ParquetDataset", "provider": "lake", "path": "x.parquet"}}, setting)["x"]
    assert entry["filepath"] == "gs://company-lake/shop/x.parquet"
    assert entry["fs_args"] == {"endpoint_url": "http://127.0.0.1:9"}


def test_a_put_names_the_version_that_it_replaces(tmp_path: Path) -> None:
    """Google compares versions of objects where others compare tags: a save names both."""
    from kedro_faucet.services.stores import buckets

    found = Object("company-lake/x", 1, f"v{b'1764'.hex()}", None, '"tag"')  # type: ignore[arg-type]
    assert buckets._put_over(found) == {"e_tag": '"tag"', "version": "1764"}
    assert buckets._put_over(Object("lake/x", 1, "e22", None, '"tag"')) == {"e_tag": '"tag"'}  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["t", "t.csv"])
def test_a_place_that_does_not_answer_is_told(tmp_path: Path, path: str) -> None:
    """A load, a save and a check say that nobody answers, where, and what to correct."""
    lake = provider(account(tmp_path))
    resource = lake.resource(path, DUCKDB)
    for act in (lake.opened().check, resource.load, lambda: resource.save(DUCKDB.sql("select 1 as n"))):
        with pytest.raises((DatasetError, ResourceError), match="does not answer: start it, or correct endpoint: in"):
            act()


def test_a_key_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A key file that is missing, or none, is told with the entry of credentials.yml."""
    (tmp_path / "no.json").write_text("no key")
    for file in ("nowhere.json", "no.json"):
        with pytest.raises(ResourceError, match=r"cannot be read, or is none: correct token: in the entry lake of"):
            provider(str(tmp_path / file)).opened().check()


def test_settings_that_cannot_be_are_refused() -> None:
    """An endpoint that is no URL is refused before anything is asked."""
    with pytest.raises(Fault, match="an endpoint is a URL"):
        read_providers({"lake": provider(endpoint="storage.googleapis.com").settings})
