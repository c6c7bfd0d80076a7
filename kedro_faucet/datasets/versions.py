"""Versions of resources, which are not Kedro's timestamps: one by ``--load-versions``, or all as snapshots."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kedro_faucet.config.entries import OURS
from kedro_faucet.datasets.resource import ResourceDataset
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.nodes.history import Snapshot
from kedro_faucet.nodes.history.types import refuse_nested

if TYPE_CHECKING:
    from kedro_faucet.engines import Engine, Table
    from kedro_faucet.storage.delta.versions import Version


def choose(catalog: Any, versions: Mapping[str, str]) -> None:
    """Let a catalog load resources at versions; datasets of others are Kedro's own business.

    Args:
        catalog: Kedro's.
        versions: the versions by the names of datasets.

    Raises:
        ResourceError: if a dataset of ours keeps no versions that could be chosen so.
    """
    for name, version in versions.items():
        dataset = catalog.get(name)
        if isinstance(dataset, ResourceDataset):
            catalog[name] = dataset.at_version(version)
        elif type(dataset).__module__.startswith(OURS):
            raise ResourceError(
                f"--load-versions {name}:{version}: a {type(dataset).__name__} has no version to choose; of a history, "
                "an entry with view: as_of and at: 2013-06-30 loads what was so at a time."
            )


def snapshots(name: str, uri: str, engine: Engine, read: Callable[[int], Table]) -> Iterator[Snapshot]:
    """Yield each version of a Delta table as a snapshot of the time of its commit, oldest first.

    A history that saves one tells which it has: those are left out, and their rows are not read.

    Args:
        name: the resource's, for what is said of it.
        uri: where the table lies.
        engine: the profile's.
        read: gives the rows of a version.
    """
    from kedro_faucet.storage.delta.versions import versions

    seen: dict[datetime, Any] = {}
    gone: list[Version] = []
    is_first = True
    for version in versions(uri):
        if _is_known(version, seen):
            continue
        if (files := version.files()) is None:
            gone.append(version)
        elif files or not is_first:  # a table begins without rows
            is_first = False
            yield _Version(version, engine, read, seen)
    if lost := [each for each in gone if not _is_known(each, seen)]:
        told = ", ".join(f"{each.number} ({each.at:%Y-%m-%d %H:%M})" for each in lost[:5])
        _LOG.warning(
            "%s: %s of its versions cannot be read any more, as files of theirs were removed, and no history has them: "
            "%s. Save them before the table is vacuumed.",
            name,
            len(lost),
            told + ("; …" if len(lost) > 5 else ""),
        )


_LOG = logging.getLogger(__name__)


def _is_known(version: Version, seen: Mapping[datetime, Any]) -> bool:
    return version.at in seen and version.mark in seen[version.at].checksums


class _Version(Snapshot):
    """A snapshot whose rows are read when somebody asks for them."""

    def __init__(self, version: Version, engine: Engine, read: Callable[[int], Table], seen: Any) -> None:
        vars(self).update(at=version.at, checksum=version.mark, seen=seen, number=version.number)
        vars(self).update(engine=engine, read=read)

    @cached_property
    def table(self) -> Table:
        """The rows."""
        told = vars(self)
        table = told["read"](told["number"])
        refuse_nested(told["engine"].schema(table))
        return table
