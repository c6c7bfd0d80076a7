"""``--load-versions`` for resources, whose versions are not Kedro's timestamps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro_faucet.config.entries import OURS
from kedro_faucet.datasets.resource import ResourceDataset
from kedro_faucet.exceptions import ResourceError


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
