"""What a profile need not run, as the one that it defers to has it: the plan of that profile."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kedro.framework.context.context import _convert_paths_to_absolute_posix as absolute
from kedro.framework.project import PACKAGE_NAME, settings

from kedro_faucet.config.loader import FaucetConfigLoader
from kedro_faucet.config.profiles.deferral import deferred_to
from kedro_faucet.config.profiles.targets import place_of
from kedro_faucet.config.providers import expand
from kedro_faucet.datasets.places import refuse_theirs
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.ledger.changes.past import read_past
from kedro_faucet.ledger.changes.plan import Plan
from kedro_faucet.ledger.dataset import ledger_of
from kedro_faucet.ledger.head import meanings
from kedro_faucet.ledger.meaning.reach import Project


def base_plan(pipeline: Any, catalog: Any, loader: Any, project: str) -> Plan | None:
    """Return the plan of the profile that a loader's profile defers to, if it defers.

    The parameters are those of the profile itself: a node whose parameter differs must run.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's, of the profile itself.
        loader: the loader of the profile itself.
        project: the project's folder.
    """
    other = deferred_to(loader) if isinstance(loader, FaucetConfigLoader) else None
    if other is None:
        return None
    theirs = catalog_of(loader, other, project)
    for name in catalog:
        if name.startswith("params:") or name == "parameters":
            theirs[name] = catalog.get(name)
    made = meanings(pipeline, theirs, Project(PACKAGE_NAME or "", project))
    return Plan(pipeline, theirs, read_past(ledger_of(theirs, project, other), made), made, where=f"profile '{other}'")


def catalog_of(loader: FaucetConfigLoader, profile: str, project: str) -> Any:
    """Return the catalog of another profile of a loader's project, without a session of its own."""
    other = loader.of(profile)
    config = expand(other.written("catalog"), other.setting())
    return settings.DATA_CATALOG_CLASS.from_config(absolute(Path(project), config), other.written("credentials"))


def check_outputs(nodes: Iterable[Any], catalog: Any, loader: FaucetConfigLoader, project: str) -> None:
    """Refuse, before anything runs, nodes that would write where the profile deferred to has its data.

    Args:
        nodes: those that are to run.
        catalog: Kedro's, of the profile itself.
        loader: its loader.
        project: the project's folder.

    Raises:
        ResourceError: naming the first of our datasets.
        ConfigError: naming the first of another's.
    """
    other = deferred_to(loader)
    if other is None:
        return
    theirs = catalog_of(loader, other, project).config_resolver
    for name in (name for node in nodes for name in node.outputs if name in catalog):
        dataset = catalog.get(name)
        refuse_theirs(dataset, name)
        here = place_of(catalog.config_resolver.resolve_pattern(name), loader.project)
        if (
            not hasattr(dataset, "_deferred")
            and here
            and here == place_of(theirs.resolve_pattern(name), loader.project)
        ):
            shown = f" ({here[0]})" if here[0] else ""
            raise ConfigError(
                f"'{name}' lies where profile '{other}' has it{shown}, and a profile that defers to '{other}' "
                "never writes there. Give it a place of its own in this profile's catalog.yml."
            )
