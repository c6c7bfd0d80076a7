"""Each database in turn, as an empty place."""

from __future__ import annotations

import databases
import pytest

SERVERS = {"postgres": "postgres", "mariadb": "mariadb"}
"""The databases with a server, and the fixtures of it."""
FILES = {"sqlite": "tmp_path", "duckdb": "tmp_path"}
"""Those in a file, and the fixture of the folder."""


@pytest.fixture(params=SERVERS | FILES)
def place(request: pytest.FixtureRequest) -> databases.Place:
    """An empty schema of each database."""
    return getattr(databases, request.param)(request.getfixturevalue((SERVERS | FILES)[request.param]))


@pytest.fixture(params=SERVERS)
def served(request: pytest.FixtureRequest) -> databases.Place:
    """An empty schema of each database with a server."""
    return getattr(databases, request.param)(request.getfixturevalue(SERVERS[request.param]))
