"""The project that a notebook belongs to: found wherever Jupyter was started, and read again for another profile."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kedro.utils import find_kedro_project

from kedro_faucet.config.loader import FaucetConfigLoader
from kedro_faucet.engines import Engine, connect
from kedro_faucet.exceptions import ConfigError, did_you_mean


def find_project(variables: Mapping[str, Any]) -> Path | None:
    """Return the project above the notebook's folder, or else above the working directory.

    Args:
        variables: those of the notebook; VS Code tells there where the notebook is.
    """
    for folder in _folders(variables):
        if project := find_kedro_project(folder):
            return Path(project)
    return None


def _folders(variables: Mapping[str, Any]) -> Iterator[Path]:
    # Jupyter Server tells a kernel where its notebook is by this variable.
    for notebook in (variables.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if notebook and os.path.isabs(notebook):
            yield Path(notebook).parent
    yield Path.cwd()


def open_project(variables: Mapping[str, Any], project: Path, profile: str | None = None) -> Any:
    """Set ``catalog``, ``context``, ``session``, ``pipelines`` as Kedro does, and ``engine``; return the engine.

    Raises:
        ConfigError: if there is no such profile, or a file says what cannot be.
    """
    from kedro.ipython import reload_kedro

    check_profile(variables, profile)
    reload_kedro(str(project), env=profile)
    return engine_of_project(variables)


def loader_of(variables: Mapping[str, Any]) -> FaucetConfigLoader | None:
    """Return the loader of the project that the notebook has opened, if it is ours."""
    loader = getattr(variables.get("context"), "config_loader", None)
    return loader if isinstance(loader, FaucetConfigLoader) else None


def engine_of_project(variables: Mapping[str, Any]) -> Engine | None:
    """Return the engine of the project that the notebook has opened, if it has opened one."""
    loader = loader_of(variables)
    if loader is not None:
        return connect(loader["engine"])
    return connect() if hasattr(variables.get("context"), "config_loader") else None


def check_profile(variables: Mapping[str, Any], profile: str | None) -> None:
    """Refuse a profile that the opened project does not have, before anything is read again.

    Raises:
        ConfigError: with the nearest name.
    """
    loader = loader_of(variables)
    if loader is not None and profile and profile not in (loader.default_run_env, *loader.profiles()):
        listed = ", ".join(loader.profiles())
        raise ConfigError(f"No profile '{profile}'; there are {listed}.{did_you_mean(profile, loader.profiles())}")
