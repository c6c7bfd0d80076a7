"""Fixtures that every test may use: above all the engine, so that each claim is checked on both."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from sessions import connect_spark

from kedro_faucet import engines
from kedro_faucet.config import current
from kedro_faucet.engines.base import Engine

# A busy machine is no fault of an example.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the project that another has opened."""
    monkeypatch.setattr(current, "engine", None)


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn; sessions are shared, so tables are told apart by their paths."""
    return engines.connect({"type": "duckdb"}) if request.param == "duckdb" else connect_spark()


@pytest.fixture
def spark() -> Engine:
    """The one Spark engine of the test session."""
    return connect_spark()
