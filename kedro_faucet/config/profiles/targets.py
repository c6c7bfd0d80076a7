"""Where a run as of a time may write: never to where current tables lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io.catalog_config_resolver import CatalogConfigResolver

from kedro_faucet.config.entries import kind_of
from kedro_faucet.config.providers import expand
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.services.registry import find_service

if TYPE_CHECKING:
    from kedro_faucet.config.loader import FaucetConfigLoader

_PLACES = ("filepath", "path", "table", "table_name")


def check_targets(nodes: Iterable[Any], catalog: Any, loader: FaucetConfigLoader) -> None:
    """Refuse a run as of a time that would overwrite current tables with old ones, write a history, or read none.

    Args:
        nodes: the nodes about to run.
        catalog: Kedro's catalog.
        loader: the loader of the configuration.

    Raises:
        ConfigError: saying what to do.
    """
    nodes, profile = list(nodes), loader.profile
    if not loader.said(profile).as_of:
        raise ConfigError(
            f"--params faucet.as_of: what the profile '{profile}' writes is current. Make a profile whose targets lie "
            "elsewhere, and write into its profile.yml: as_of: true"
        )
    entries = catalog.config_resolver
    read = {name for node in nodes for name in node.inputs if _is_history(name, entries)}
    if not read:
        raise ConfigError(
            "--params faucet.as_of: no node of this run loads a history, so that all would be as it is now."
        )
    written = {name: node.name for node in nodes for name in node.outputs if not name.startswith("params:")}
    for name, node in written.items():
        if _is_history(name, entries):
            raise ConfigError(
                f"--params faucet.as_of: node '{node}' writes the history '{name}', and such a run writes none. "
                "Leave it out, as --tags, --from-nodes or --pipeline do."
            )
    for other in _others(loader):
        there = _entries(loader, other)
        for name, node in written.items():
            here = place_of(entries.resolve_pattern(name), loader.project)
            if here and here == place_of(there.resolve_pattern(name), loader.project):
                raise ConfigError(
                    f"--params faucet.as_of: node '{node}' writes '{name}' where the profile '{other}' has it too: "
                    f"give its provider another place in the profile '{profile}', or leave the node out."
                )


def _others(loader: FaucetConfigLoader) -> list[str]:
    """Return the profiles whose tables are current: those that it inherits from or reads, and a plain run's."""
    read = [name] if (name := loader.said(loader.profile).defer) else []
    found = [loader.base_env, *loader.lineage(loader.profile), *read, loader.default_run_env]
    return [name for name in dict.fromkeys(found) if name != loader.profile]


def _entries(loader: FaucetConfigLoader, profile: str) -> CatalogConfigResolver:
    """Return what another profile of the project says of its datasets."""
    other = loader.of(profile)
    return CatalogConfigResolver(expand(other.written("catalog"), other.setting()), other.written("credentials"))


def _is_history(name: str, entries: Any) -> bool:
    return kind_of(entries.resolve_pattern(name)) == "HistoryDataset"


def place_of(entry: Mapping[str, Any], project: Path | None) -> tuple[str, ...]:
    """Return where the dataset of a resolved entry lies, to compare it; nothing of one that stays in memory.

    What comes first may be shown, and is empty where no path is said; the rest may hold credentials.

    >>> place_of({"type": "pandas.CSVDataset", "filepath": "/data/x.csv"}, None)
    ('/data/x.csv', 'None')
    """
    if str(entry.get("type", "MemoryDataset")).endswith("MemoryDataset"):
        return ()
    at = [str(entry[key]) for key in _PLACES if key in entry]
    if "filepath" in entry and "://" not in at[0]:
        at[0] = os.path.realpath(os.path.join(project or "", at[0]))
    if service := entry.get("service"):
        return (*at, find_service(service["service"]).model_validate(dict(service)).place)
    # A dataset of another kind: what else it says, tells where it is.
    return (
        (*at, str(entry.get("credentials"))) if at else ("", str({k: v for k, v in entry.items() if k != "metadata"}))
    )
