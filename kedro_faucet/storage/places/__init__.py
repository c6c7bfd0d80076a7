"""Where files lie: on this machine's disk or in an object store, found, pinned and replaced in the same words."""

from __future__ import annotations

from kedro_faucet.services.stores.addresses import is_address, parse
from kedro_faucet.storage.places.disk import Disk
from kedro_faucet.storage.places.objects import Objects
from kedro_faucet.storage.places.saving import Saving as Saving


def place_of(path: str) -> Disk | Objects:
    """Return the place that a path or an address means."""
    return Objects(parse(path)) if is_address(path) else Disk(path)
