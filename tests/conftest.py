"""Fixtures that every test may use: above all the engine, so that each claim is checked on both."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sessions import connect_spark

from kedro_faucet import engines
from kedro_faucet.config import current
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import FaucetError

pytest_plugins = ["faults", "servers.fixtures"]

# A busy machine is no fault of an example.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


# What belongs to an engine, or to what is between it and us: no user has written it, and none can act upon it.
_FOREIGN = re.compile(
    r"\b(Binder|Catalog|Parser|Conversion|Invalid Input|IO|Out of Range|Constraint|TransactionContext|INTERNAL) Error\b"
    r"|LINE \d+:|Candidate (bindings|functions)|Kernel error|Generic \w+ error|pyo3|thread '|stack backtrace"
    r"|org\.apache\.|\bjava\.\w+\.|[Pp]y4[Jj]|SQLSTATE|\[[A-Z]{3,}_[A-Z_.]+\]|Traceback \(most recent"
    r"|kf_in__|kf_rows|kf_file|kf_connection|Conversion failed for column"
)


@pytest.fixture(autouse=True)
def _own_words(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No refusal of ours, in whichever test, has an engine's own words, unless the test itself writes them."""
    foreign: list[str] = []
    init = FaucetError.__init__

    def kept(self: FaucetError, message: str) -> None:
        init(self, message)
        if (found := _FOREIGN.search(self.message)) and found[0] not in request.node.name:
            foreign.append(self.message)

    monkeypatch.setattr(FaucetError, "__init__", kept)
    yield
    assert not foreign, f"An error has words that are not ours:\n{foreign[0]}"


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
