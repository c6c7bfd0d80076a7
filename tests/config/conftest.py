"""A loader over the files that a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from projects import make_project

from kedro_faucet import FaucetConfigLoader


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., FaucetConfigLoader]:
    """Write a project's files and open its configuration, as Kedro's settings do by default."""

    def open_loader(files: dict[str, str] | None = None, env: str | None = None, **kwargs) -> FaucetConfigLoader:
        root = make_project(tmp_path / "shop", files)
        return FaucetConfigLoader(root / "conf", env, **{"base_env": "base", "default_run_env": "local", **kwargs})

    return open_loader
