"""``defer: prod`` in a ``profile.yml``: what a profile has not made itself it reads where another profile has it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kedro_faucet.exceptions import ConfigError

if TYPE_CHECKING:
    from kedro_faucet.config.loader import FaucetConfigLoader
    from kedro_faucet.config.providers import Setting
    from kedro_faucet.services import Service

Config = dict[str, Any]
DEFERRING = ("ResourceDataset", "HistoryDataset", "MartDataset")


def deferred_to(loader: FaucetConfigLoader) -> str | None:
    """Return the profile that the loader's profile defers to: what it says itself, or what it inherits says.

    Raises:
        ConfigError: if there is none of that name, it is the profile itself, or it defers to another one.
    """
    found = _said(loader, loader.profile)
    if found is None:
        return None
    by, other = found
    loader.check_named(by, "defer", other)
    if other == loader.profile:
        raise ConfigError(f"The profile '{other}' defers to itself: take 'defer' out of conf/{by}/profile.yml.")
    if further := _said(loader, other):
        chain = f"{loader.profile} -> {other} -> {further[1]}"
        raise ConfigError(
            f"The profile '{loader.profile}' defers to '{other}', which defers itself ({chain}): a profile defers to "
            f"one that has its own data. Take 'defer' out of conf/{further[0]}/profile.yml, or name another profile."
        )
    return other


def _said(loader: FaucetConfigLoader, profile: str) -> tuple[str, str] | None:
    """Return the nearest profile of a lineage that defers, and to which."""
    each = ((name, loader.said(name).defer) for name in [*reversed(loader.lineage(profile)), loader.base_env])
    return next(((name, other) for name, other in each if other), None)


def deferred(catalog: Mapping[str, Any], setting: Setting, other: FaucetConfigLoader) -> Config:
    """Return the expanded catalog of a profile, each of its tables with where another profile has it.

    Args:
        catalog: what the catalog's files say.
        setting: what the profile's entries are expanded with.
        other: the loader of the other profile.
    """
    from kedro_faucet.config.providers import expand, expand_entry, split

    theirs, known = other.setting(), other.written("catalog")
    # What has an entry there alone, and is a provider's pattern here, has another place.
    here = {
        name: {"type": "kedro_faucet.ResourceDataset", **_named(entry, theirs, name)}
        for name, entry in known.items()
        if name not in catalog and isinstance(entry, dict) and split(name, setting.providers).provider
    }
    expanded = expand({**here, **catalog}, setting)
    roots = list(_roots(setting, theirs))
    for name, entry in expanded.items():
        kind = str(entry.get("type", "")) if isinstance(entry, dict) else ""
        if kind.rpartition(".")[2] not in DEFERRING or not kind.startswith("kedro_faucet."):
            continue
        if found := _theirs(name, kind, known, theirs, expand_entry):
            entry["deferred"] = {"profile": theirs.profile, "roots": roots, "dataset": _with_credentials(found, theirs)}
    return expanded


def _named(entry: Config, theirs: Setting, name: str) -> Config:
    """Return what another profile's entry says of how a table is written and read, without where it lies."""
    ours = str(entry.get("type", "")) in ("kedro_faucet.ResourceDataset",)
    return {key: entry[key] for key in ("load_args", "save_args", "incremental", "format") if key in entry and ours}


def _theirs(name: str, kind: str, known: Mapping[str, Any], setting: Setting, expand_entry: Any) -> Config | None:
    """Return the entry that another profile has for a name; nothing if it is of another type, or on no provider."""
    from kedro_faucet.config.providers import split

    said = known.get(name)
    if said is None:
        provider = split(name, setting.providers).provider
        said = {"type": "kedro_faucet.ResourceDataset"} if provider else {}
    if not isinstance(said, dict) or said.get("type") != kind:
        return None
    found: Config = expand_entry(name, said, setting)
    return found


def _with_credentials(entry: Config, setting: Setting) -> Config:
    """Return an entry with the other profile's credentials themselves: a name would mean this profile's."""
    from kedro_faucet.config.secrets import Secrets

    asked = entry.get("credentials")
    kept = {key: value for key, value in entry.items() if key not in ("metadata", "engine")}
    return {**kept, "credentials": Secrets(setting.credentials[asked])} if isinstance(asked, str) else kept


def _roots(setting: Setting, theirs: Setting) -> Iterator[str]:
    """Yield the other profile's folders, in which this one may write nothing; not one in which it has its own folder.

    Of files alone: tables of one database are told apart by their names.
    """
    own = list(_folders(setting))
    for root in _folders(theirs):
        if not any(each.startswith(f"{root}/") for each in own):
            yield root


def _folders(setting: Setting) -> Iterator[str]:
    for provider in setting.providers.values():
        if provider.holds == "files":
            service = provider.below(setting.root).opened(setting.credentials.get(provider.credentials or ""))
            yield real_place(service, service.place)


def real_place(service: Service | None, path: str) -> str:
    """Return a file's or folder's place, so that two of one place are known: links followed, and who answers for a URL.

    >>> real_place(None, "/tmp/../tmp/x")
    '/tmp/x'
    """
    if "://" not in path:
        return os.path.realpath(path)
    who = str(getattr(service, "reached", "")).removeprefix(service.place if service else "")
    return f"{who} {path}".strip().rstrip("/")
