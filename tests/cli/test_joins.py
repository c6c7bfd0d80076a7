"""`kedro faucet joins` in a real project."""

from __future__ import annotations

import json

import pytest
from projects import kedro, make_project

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {service: file, path: data/raw, format: csv}\n",
    "conf/base/catalog.yml": """
        raw/orders: {type: kedro_faucet.ResourceDataset, provider: raw}
        raw/customers: {type: kedro_faucet.ResourceDataset, provider: raw}
        raw/gone: {type: kedro_faucet.ResourceDataset, provider: raw}
    """,
    "data/raw/orders.csv": "id,customer_id\n1,7\n2,7\n3,9\n",
    "data/raw/customers.csv": "id,name\n7,Ada\n8,Bob\n",
}


@pytest.mark.slow
def test_joins_are_listed_as_text_json_and_code(tmp_path) -> None:
    """A wrong name gets the nearest, and a file that is not there a sentence."""
    root = make_project(tmp_path, FILES)
    named = ("raw/orders", "raw/customers")
    text = kedro(root, "faucet", "joins", *named).stdout
    assert "raw/orders → raw/customers  customer_id = id  66.7 %   3  many-to-one   9" in text
    [join] = map(json.loads, kedro(root, "faucet", "joins", *named, "--json").stdout.splitlines()[-1:])
    assert (join["joined"], join["code"]) == (3, "Lookup({'customer_id': 'id'}, unmatched='keep')")
    assert (
        'Dimension("customer", source="raw/customers", key="id")'
        in kedro(root, "faucet", "joins", *named, "--code").stdout
    )
    wrong = kedro(root, "faucet", "joins", "raw/order")
    assert "There is no resource and no provider 'raw/order'. Did you mean 'raw/orders'?" in wrong.stderr
    missing = kedro(root, "faucet", "joins", "raw")
    assert missing.returncode == 1
    assert "Error: 'raw/gone': " in missing.stderr
    assert "Traceback" not in missing.stderr
