"""Each database in turn, as an empty place; and where one is told apart from the others."""

from __future__ import annotations

import databases
import pytest
from kedro.io import DatasetError
from service_differences import NEVER, NOT_YET

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect of a place what the list of differences says: that it refuses what the others do."""
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        for name in {params.get("place"), params.get("served"), params.get("lake")}:
            for key in ((name, item.originalname), (name, item.originalname, params.get("form"))):
                if why := NEVER.get(key) or NOT_YET.get(key):
                    item.add_marker(pytest.mark.xfail(reason=why, raises=(DatasetError, FaucetError, AssertionError)))


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
