"""Azure: what goes wrong is told, and no writer's rows are lost."""

from __future__ import annotations

from typing import Any

import pytest
from kedro.io import DatasetError
from stores import Provider, azure_provider

from kedro_faucet import engines
from kedro_faucet.exceptions import ConflictError, ResourceError

DUCKDB = engines.connect({"type": "duckdb"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"path": "no-such/x"}, "There is no bucket 'no-such' at http"),
        ({"endpoint": "http://127.0.0.1:9/devstoreaccount1"}, "does not answer: start it, or correct endpoint:"),
    ],
    ids=["container", "refused"],
)
def test_what_goes_wrong_is_one_sentence(azure: Any, changes: dict[str, str], told: str) -> None:
    """A load, a save and a check say what is wrong, where, and what to do."""
    provider = azure_provider(azure, changes.pop("path", ""), **changes)
    for path in ("t", "t.csv"):
        resource = provider.resource(path, DUCKDB)
        for act in (resource.load, lambda resource=resource: resource.save(DUCKDB.sql("select 1 as n"))):
            with pytest.raises(DatasetError) as error:
                act()
            assert told in str(error.value.__cause__)
    with pytest.raises(ResourceError, match=told):
        provider.opened().check()


def test_a_wrong_key_is_told_and_shows_nowhere(azure: Any) -> None:
    """A key that is not the account's is told with the entry of credentials.yml, and is not repeated."""
    given = azure_provider(azure)
    wrong = Provider(given.settings, {"key": azure.key[:-8] + "AAAAAA=="})
    for act in (wrong.opened().check, wrong.resource("t", DUCKDB).load):
        with pytest.raises((ResourceError, DatasetError), match=r"the entry lake of credentials\.yml") as error:
            act()
        assert azure.key[:20] not in f"{error.value} {wrong.opened()!r}"


def test_a_put_compares_with_what_was_found(azure: Any) -> None:
    """An object that another has put meanwhile, also one that a list has found, is not replaced."""
    provider = azure_provider(azure)
    provider.put("x.csv", b"n\n1\n")
    store = provider.opened()
    [listed] = list(store.objects(store.locate("").partition("://")[2] + "/"))
    assert listed.mark == getattr(store.find(listed.key), "mark", None)
    store.put(listed.key, b"n\n2\n", over=listed)
    with pytest.raises(ConflictError, match="Another process wrote"):
        store.put(listed.key, b"n\n3\n", over=listed)
    with pytest.raises(ConflictError):
        store.put(listed.key, b"n\n3\n", over="none")
    assert DUCKDB.rows(provider.resource("x.csv", DUCKDB).load()) == [(2,)]
