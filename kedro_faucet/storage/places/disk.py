"""Files on this machine's disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.places.folders import Folders, files_of, laid_out
from kedro_faucet.storage.places.locations import find_files
from kedro_faucet.storage.places.saving import Saving
from kedro_faucet.storage.places.versions import Versions, hold


@dataclass(frozen=True)
class Disk:
    """Files of this machine."""

    path: str

    def exists(self) -> bool:
        """Tell whether there is a file, or a folder that a save has laid out."""
        return bool(laid_out(self.path) or find_files(self.path))

    def pinned(self, *, required: bool = False) -> list[str]:
        """Return the names under which the files' versions are kept."""
        if folder := laid_out(self.path):
            return files_of(hold(folder))
        return [str(Versions(file).pin()) for file in find_files(self.path, required=required)]

    @contextmanager
    def saving(self, *, folders: bool = False) -> Iterator[Saving]:
        """Let one save at a time pass, of a file, or of a folder of folders."""
        self._require(folders)
        versions = (Folders if folders else Versions)(Path(self.path))
        with versions.locked():
            own = laid_out(self.path)
            files = files_of(own) if own else [str(file) for file in find_files(self.path)]
            yield Saving(files, lambda write, _: versions.replace(write))

    def _require(self, folders: bool) -> None:
        """Refuse a folder that is in the way."""
        own = laid_out(self.path)
        if own and not folders:
            raise ResourceError(
                f"{self.path} was saved with partition_by, as a folder: say partition_by again, or remove it first."
            )
        if not own and Path(self.path).is_dir():
            what = (
                "which no save has laid out: name another one"
                if folders
                else "where a file is to be saved: name a file in it"
            )
            raise ResourceError(f"{self.path} is a folder, {what}, or say format: delta.")
