"""What an entry may say is what its dataset understands."""

from __future__ import annotations

import inspect

import pytest

import kedro_faucet
from kedro_faucet.config.entries import ENTRIES, ResourceEntry
from kedro_faucet.config.models import ENGINES

CALLED = {"version": "at_version", "from_": "start", "to": "end"}
OF_THE_CATALOG = {"type", "provider", "path", "validator"}


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_an_entry_says_what_its_dataset_takes(name):
    """The keys of each entry are the arguments of its dataset, but for what the loader gives.

    Kedro keeps the word `version` for itself, and Python `from`.
    """
    taken = set(inspect.signature(getattr(kedro_faucet, name)).parameters)
    said = {CALLED.get(key, key) for key in ENTRIES[name].model_fields}
    assert said - OF_THE_CATALOG == taken - {"engine", "service", "table", "deferred"}


@pytest.mark.parametrize("part", ["load_args", "save_args", "incremental"])
def test_what_an_entry_accepts_the_dataset_accepts(part):
    """The nested keys of a resource are those that the dataset knows."""
    from kedro_faucet.datasets import options

    model = ResourceEntry.model_fields[part].annotation.__args__[0]
    assert set(model.known_keys()) == set(getattr(options, part.upper()))


def test_the_engines_are_those_that_can_be_connected():
    """Every type of engine that engine.yml may name exists, and no other."""
    from kedro_faucet.engines import connections

    assert set(ENGINES) == set(connections._KINDS)
