"""Versions: what tells what a dataset holds now from what it held before, without reading it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro_faucet.config.run import current_run
from kedro_faucet.datasets.places import location
from kedro_faucet.engines.delta_log import version_of
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.ledger.hashes import digest, hash_file, hash_path
from kedro_faucet.services.stores.addresses import is_address, parse
from kedro_faucet.storage.places import place_of
from kedro_faucet.storage.places.folders import files_of, laid_out
from kedro_faucet.storage.places.locations import find_files

NOTHING = ""
"""The version of what is not there."""


def version(dataset: Any) -> str | None:
    """Return the version of what a dataset holds; ``NOTHING`` of what is not there, None where there is no telling.

    >>> from kedro_faucet import ResourceDataset
    >>> version(ResourceDataset(filepath="/nowhere/numbers"))
    ''
    """
    kind = type(dataset)
    find = _OURS.get(kind.__name__, _none) if kind.__module__.startswith("kedro_faucet.") else _of_others
    try:
        return find(dataset)
    except (FaucetError, OSError):  # a store that does not answer, a file that may not be read
        return None


def _none(dataset: Any) -> None:
    return None


def _resource(dataset: Any) -> str | None:
    if dataset._database:
        return _table(dataset._service)
    if dataset._format == "delta":
        asked = "" if dataset._version is None else f"@{dataset._version}"
        return (found := version_of(dataset.location)) and found + asked
    return _files(dataset.location)


def _history(dataset: Any) -> str | None:
    """Return the version of a history, of which a run may load the state as of a time."""
    found, at = version_of(dataset.location), current_run().as_of
    return f"{found} as of {at}" if found and at else found


def _files(path: str) -> str | None:
    """Return the version of the files that a path or an address names."""
    if not is_address(path):
        if folder := laid_out(path):
            each = ((Path(file).parent.relative_to(folder), hash_file(file)) for file in files_of(folder))
            return digest("\n".join(sorted(f"{values} {told}" for values, told in each)))
        found = find_files(path)
        return digest("\n".join(f"{each.name} {hash_file(str(each))}" for each in found)) if found else NOTHING
    marks = [(parse(each).key, parse(each).mark) for each in place_of(path).pinned()]
    return digest(str(marks)) if all(mark for _, mark in marks) else None


def _table(service: Any) -> str | None:
    """Return the version of a database that is a file of this machine; a server tells none."""
    path = str(getattr(service, "path", "") or "")
    if service.service not in ("sqlite", "duckdb") or not os.path.isabs(path):
        return None
    return digest("".join(hash_path(f"{path}{ending}") for ending in ("", "-wal", ".wal")))


def _one_file(dataset: Any) -> str | None:
    path = location(dataset._service, dataset._filepath)
    return _files(path) if is_address(path) else hash_path(path)


def _mart(dataset: Any) -> str | None:
    if dataset._publication is None:
        return _one_file(dataset)
    return str(shown.version) if (shown := dataset._publication.shown()) else NOTHING


_OURS = {
    "ResourceDataset": _resource,
    "HistoryDataset": _history,
    "MartDataset": _mart,
    "ReportDataset": _one_file,
}


def _of_others(dataset: Any) -> str | None:
    """Return the version of a dataset of Kedro's or of a project's own, as far as it has a file."""
    inner = getattr(dataset, "_dataset", None)
    if type(dataset).__name__ == "CachedDataset" and inner is not None:
        return version(inner)
    path = getattr(dataset, "_filepath", None) or getattr(dataset, "_path", None)
    if path is None or getattr(dataset, "_protocol", "file") not in ("file", "", None) or "://" in str(path):
        return None
    if getattr(dataset, "_version", None) is not None:
        return _versioned(dataset)
    return hash_path(str(path))


def _versioned(dataset: Any) -> str | None:
    try:
        found = str(dataset.resolve_load_version())
        return f"{found}-{hash_path(str(dataset._get_load_path()))}"
    except Exception:  # Kedro says in many ways that there is no version yet
        return NOTHING


def is_kept(dataset: Any) -> bool:
    """Tell whether a dataset holds what is saved to it longer than the run."""
    return dataset is not None and not getattr(dataset, "_EPHEMERAL", False)


def appends(dataset: Any) -> bool:
    """Tell whether the same rows, saved again, would be there twice."""
    said: Mapping[str, Any] = getattr(dataset, "_save_args", None) or {}
    if type(dataset).__module__.startswith("kedro_faucet."):
        return said.get("mode") == "append" and not getattr(dataset, "_incremental", None)
    opened: Mapping[str, Any] = getattr(dataset, "_fs_open_args_save", None) or {}
    return any(str(each.get("mode", "")).startswith("a") for each in (said, opened))
