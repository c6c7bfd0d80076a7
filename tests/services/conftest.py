"""Each database in turn, as an empty place; and where one is told apart from the others."""

from __future__ import annotations

from typing import Any

import databases
import pytest
from kedro.io import DatasetError
from service_differences import NEVER, NOT_YET

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError

_ON_SPARK = ("postgres", "mariadb", "sqlite")
"""One database of each way that Spark's rows take: by COPY or LOAD DATA of its tasks, or through one process."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take Spark to one database of each kind; expect of a place what the list of differences says."""
    dropped = [item for item in items if _is_the_same_way(_params(item))]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in set(dropped)]
    for item in items:
        params = _params(item)
        for name in {params.get("place"), params.get("served"), params.get("lake")}:
            for key in ((name, item.originalname), (name, item.originalname, params.get("form"))):
                if why := NEVER.get(key) or NOT_YET.get(key):
                    item.add_marker(pytest.mark.xfail(reason=why, raises=(DatasetError, FaucetError, AssertionError)))


def _params(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def _is_the_same_way(params: dict[str, Any]) -> bool:
    return params.get("engine") == "spark" and params.get("place") in set(databases.DATABASES) - set(_ON_SPARK)


def _place(request: pytest.FixtureRequest) -> databases.Place:
    words, fixture = databases.DATABASES[request.param]
    return words.place(request.getfixturevalue(fixture))


@pytest.fixture(params=databases.DATABASES)
def place(request: pytest.FixtureRequest) -> databases.Place:
    """An empty schema of each database."""
    return _place(request)


@pytest.fixture(params=databases.SERVED)
def served(request: pytest.FixtureRequest) -> databases.Place:
    """An empty schema of each database with a server."""
    return _place(request)


@pytest.fixture
def embedded() -> Engine:
    """DuckDB, where both engines go the same way."""
    return engines.connect()
