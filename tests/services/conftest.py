"""Each database in turn, as an empty place."""

from __future__ import annotations

import databases
import pytest


@pytest.fixture(params=["postgres"])
def place(request: pytest.FixtureRequest) -> databases.Place:
    """An empty schema of each database."""
    return getattr(databases, request.param)(request.getfixturevalue(request.param))
