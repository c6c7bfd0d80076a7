"""Objects of a store."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kedro_faucet.engines.files.local.states import CHANGED
from kedro_faucet.exceptions import ConflictError, ResourceError
from kedro_faucet.services.stores.addresses import Address, url_of
from kedro_faucet.services.stores.store import Object
from kedro_faucet.storage.places.locations import is_pattern, near
from kedro_faucet.storage.places.saving import Saving, Write

_BLOCK = 2**23


@dataclass(frozen=True)
class Objects:
    """Objects of a store: there is no lock, a save is put only onto the object that it was compared with."""

    address: Address

    def exists(self) -> bool:
        """Tell whether there is an object."""
        store, key, _ = self.address
        if self._is_pattern:
            return bool(self._find())
        return store.exists(key) or store.exists(f"{key}.gz")

    @property
    def _is_pattern(self) -> bool:
        """Whether it names many: where nothing can be listed, `?` is a letter of a URL."""
        return is_pattern(self.address.key) and (self.address.store.lists or "*" in self.address.key)

    def pinned(self, *, required: bool = False) -> list[str]:
        """Return the addresses of the objects as they are now.

        Raises:
            ResourceError: if one is required and there is none.
        """
        found = self._find()
        if required and not found:
            raise ResourceError(self._missing())
        return [self._pin(each) for each in found]

    def _pin(self, found: Object) -> str:
        return str(Address(self.address.store, found.key, found.mark))

    def _find(self) -> list[Object]:
        store, key, _ = self.address
        if not self._is_pattern:
            found = store.find(key) or store.find(f"{key}.gz")
            return [found] if found else []
        matches = _matcher(key)
        listed = store.objects(re.split("[*?]", key, maxsplit=1)[0])
        return sorted((each for each in listed if matches(each.key)), key=lambda each: each.key)

    def _missing(self) -> str:
        store, key, _ = self.address
        if self._is_pattern:
            return f"No object matches {self.address}."
        folder, _, name = key.rpartition("/")
        found = [each.key[len(folder) + 1 :] for each in store.objects(f"{folder}/")] if store.lists else []
        if any(each.startswith(f"{name}/") for each in found):
            return f"{self.address} is a folder: name all its files by a pattern ({self.address}/*.csv)."
        return f"There is no object {self.address}.{near(name, sorted(each for each in found if '/' not in each))}"

    @contextmanager
    def saving(self, *, folders: bool = False) -> Iterator[Saving]:
        """Look what is there, so that nothing else is replaced."""
        store, key, _ = self.address
        if folders:
            raise ResourceError(
                f"{self.address}: partition_by makes many files, which stores replace one by one: leave it out, or say "
                "format: delta."
            )
        if not store.writable:
            raise ResourceError(f"{self.address} cannot be saved: the service {store.service} is to read only.")
        old = store.find(key)
        try:
            yield Saving(
                [self._pin(old)] if old else [], lambda write, anything: self.put(write, old, anything=anything)
            )
        except ResourceError as error:
            if f"{url_of(str(self.address))} {CHANGED}" not in str(error):
                raise
            raise ConflictError(str(error)) from None  # while it was compared with: compare again

    def put(self, write: Write, old: Object | None = None, *, anything: bool = True) -> None:
        """Put what a function writes into a local file, in the place of anything, or of what was there and that alone.

        Raises:
            ConflictError: if there is another object now.
        """
        store, key, _ = self.address
        with self._aside() as file:
            write(str(file))
            store.put(key, file, "any" if anything else old or "none")

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """Give a local copy of the object, and remove it at the end.

        Raises:
            ResourceError: if there is none.
        """
        store, key, _ = self.address
        if (found := store.find(key)) is None:
            raise ResourceError(self._missing())
        with self._aside() as file:
            with file.open("wb") as copy:
                for start in range(0, found.size, _BLOCK):
                    copy.write(store.read(key, found.mark, start, min(start + _BLOCK, found.size)))
            yield file

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="kedro-faucet-") as folder:
            yield Path(folder) / PurePosixPath(self.address.key).name


def _matcher(pattern: str) -> Callable[[str], object]:
    """Return a test whether a pattern finds a key, as the shell does; what begins with a dot is hidden.

    >>> matches = _matcher("lake/**/*.csv")
    >>> bool(matches("lake/x.csv")), bool(matches("lake/2013/01/x.csv")), bool(matches("lake/.faucet/x.csv"))
    (True, True, False)
    """
    parts = []
    for part in pattern.split("/"):
        text = "".join({"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)) for letter in part)
        parts.append(r"(?:[^./][^/]*/)*" if part == "**" else (r"(?!\.)" if part[:1] in "*?" else "") + text + "/")
    return re.compile("".join(parts).rstrip("/")).fullmatch
