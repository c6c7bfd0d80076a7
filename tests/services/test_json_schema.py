"""The JSON Schema that editors check `providers.yml` by."""

from __future__ import annotations

import jsonschema
import pytest

from kedro_faucet.services import services
from kedro_faucet.services.json_schema import json_schema


def faults(provider) -> list[str]:
    """What the schema has against a provider."""
    validator = jsonschema.Draft202012Validator(json_schema())
    return [each.message for each in validator.iter_errors({"providers": {"x": provider}})]


@pytest.mark.parametrize(
    "provider",
    [
        {"path": "data/lake"},
        {"service": "file", "path": "data/raw", "format": "csv", "load_args": {"nulls": ["NA"], "header": False}},
        {"service": "sqlite", "path": "${env:APP_DB}"},
    ],
)
def test_what_the_loader_takes_the_schema_takes(provider):
    """A provider that is right is right for an editor too, also where a value is filled in later."""
    assert not faults(provider)


@pytest.mark.parametrize(
    "provider",
    [{"path": 1}, {"service": "fiel", "path": "x"}, {"path": "x", "fromat": "csv"}, {"service": "sqlite", "pth": 1}],
)
def test_what_the_loader_refuses_the_schema_refuses(provider):
    """A misspelt key, a service that there is not, or a value of another type is marked."""
    assert faults(provider)


def test_every_service_has_its_keys_in_it():
    """Each service stands in the schema by its name."""
    kinds = json_schema()["properties"]["providers"]["additionalProperties"]["anyOf"]
    assert [each["properties"]["service"]["const"] for each in kinds] == list(services())
