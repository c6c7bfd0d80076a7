"""Files on this machine's disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.places.locations import find_files
from kedro_faucet.storage.places.saving import Saving
from kedro_faucet.storage.places.versions import Versions


@dataclass(frozen=True)
class Disk:
    """Files of this machine."""

    path: str

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return bool(find_files(self.path))

    def pinned(self, *, required: bool = False) -> list[str]:
        """Return the names under which the files' versions are kept."""
        return [str(Versions(file).pin()) for file in find_files(self.path, required=required)]

    @contextmanager
    def saving(self) -> Iterator[Saving]:
        """Let one save at a time pass."""
        if Path(self.path).is_dir():
            raise ResourceError(
                f"{self.path} is a folder, where a file is to be saved: name a file in it, or say format: delta."
            )
        versions = Versions(Path(self.path))
        with versions.locked():
            yield Saving([str(file) for file in find_files(self.path)], lambda write, _: versions.replace(write))
