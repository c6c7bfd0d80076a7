"""Where a run as of a time may write: never to where current tables lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from kedro.io.catalog_config_resolver import CatalogConfigResolver

from kedro_faucet.config import current
from kedro_faucet.config.entries import kind_of
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.services.registry import find_service

_PLACES = ("filepath", "path", "table", "table_name")


def check_targets(nodes: Iterable[Any], catalog: Any, loader: Any) -> None:
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
            if (place := _place(name, entries, loader)) and place == _place(name, there, loader):
                raise ConfigError(
                    f"--params faucet.as_of: node '{node}' writes '{name}' where the profile '{other}' has it too: "
                    f"give its provider another place in the profile '{profile}', or leave the node out."
                )


def _others(loader: Any) -> list[str]:
    """Return the profiles whose tables are current: those that it inherits from or reads, and a plain run's."""
    read = [name] if (name := loader.said(loader.profile).defer) else []
    found = [loader.base_env, *loader.lineage(loader.profile), *read, loader.default_run_env]
    return [name for name in dict.fromkeys(found) if name != loader.profile]


def _entries(loader: Any, profile: str) -> CatalogConfigResolver:
    """Return what another profile of the project says of its datasets."""
    from kedro.framework.project import settings

    other = type(loader)(str(loader.conf_source), profile, loader.runtime_params, **settings.CONFIG_LOADER_ARGS)
    engine = current.engine
    try:
        return CatalogConfigResolver(
            other["catalog"], other.written("credentials"), {"{default}": {"type": "MemoryDataset"}}
        )
    finally:
        current.engine = engine


def _is_history(name: str, entries: Any) -> bool:
    return kind_of(entries.resolve_pattern(name)) == "HistoryDataset"


def _place(name: str, entries: Any, loader: Any) -> tuple[str, ...]:
    """Return where a dataset lies; nothing of one that stays in memory."""
    entry: Mapping[str, Any] = entries.resolve_pattern(name)
    if str(entry["type"]).endswith("MemoryDataset"):
        return ()
    at = [str(entry[key]) for key in _PLACES if key in entry]
    if "filepath" in entry and "://" not in at[0]:
        at[0] = os.path.realpath(os.path.join(loader.project or "", at[0]))
    if service := entry.get("service"):
        return (*at, find_service(service["service"]).model_validate(dict(service)).place)
    # A dataset of another kind: what else it says, tells where it is.
    return (*at, str(entry.get("credentials"))) if at else (str({k: v for k, v in entry.items() if k != "metadata"}),)
