"""Fixtures of the bricks' tests."""

from __future__ import annotations

import pytest
from sessions import connect_spark

from kedro_faucet.engines.base import Engine


@pytest.fixture(scope="session")
def spark() -> Engine:
    """The distributed engine alone, for what compares the two."""
    return connect_spark()
