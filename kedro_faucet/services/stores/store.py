"""What every object store can do: list, read a range, put a whole object, all told in one sentence where it refuses."""

from __future__ import annotations

import posixpath
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from pydantic import PrivateAttr

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.file import Files
from kedro_faucet.services.stores.addresses import Address, protocol_of


@dataclass(frozen=True)
class Object:
    """What is known of an object.

    Args:
        key: its path, as in ``lake/shop/orders.csv``.
        size: in bytes.
        mark: what tells this content from what is put in its place; empty where the store has no such thing.
        modified: when it was put.
        e_tag: the store's own word for the content.
    """

    key: str
    size: int
    mark: str
    modified: datetime
    e_tag: str | None = None


Over: TypeAlias = Object | Literal["any", "none"]
"""What an object may be put in the place of: this one, any, or none."""


class Store(Files):
    """A service of objects; a URL names each."""

    writable: ClassVar[bool] = True
    lists: ClassVar[bool] = True
    _spools: bool = PrivateAttr(True)
    """Whether this process may copy what it reads twice to its disk: one of several that share an object does not."""
    _known: dict[tuple[str, str], Object] = PrivateAttr(default_factory=dict)

    @property
    @abstractmethod
    def scheme(self) -> str:
        """The scheme of the URLs, as in ``s3``."""

    def locate(self, path: str) -> str:
        """Return the URL of an object or of a folder.

        Raises:
            ResourceError: if the path leads out of the provider's own, or has a part without a name.
        """
        if path and {"", ".", ".."} & set(path.rstrip("/").split("/")):
            raise ResourceError(
                f"'{path}' is no path below {self.place}: each part between two slashes has a name, as in 2013/a.csv."
            )
        return f"{self.scheme}://{posixpath.join(self.path.strip('/'), path)}".rstrip("/")

    @property
    def place(self) -> str:
        """The URL."""
        return self.locate("")

    @property
    def reached(self) -> str:
        """The place, and who answers there, for messages."""
        return self.place

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells one way to objects from another: place and credentials."""
        settings = self.model_dump_json(exclude={"format", "load_args", "credentials"})
        return self.service, settings, self._credentials.model_dump_json() if self._credentials else ""

    @property
    def protocol(self) -> str:
        """The scheme of addresses in this process."""
        return protocol_of(self)

    def address(self, url: str) -> str:
        """Return the address of a URL, by which this process reaches it with these credentials."""
        return str(Address(self, url.partition("://")[2]))

    def resources(self) -> list[str]:
        """Return the names of the tables of the provider's format, those in folders too."""
        below = self.locate("").partition("://")[2] + "/"
        ending = "/_delta_log/" if self.format == "delta" else f".{self.format}"
        keys = [each.key.removeprefix(below) for each in self.objects(below)]
        names = {key.partition(ending)[0] for key in keys if ending in key}
        return sorted(name for name in names if not any(part.startswith(".") for part in name.split("/")))

    @abstractmethod
    def check(self) -> None:
        """Refuse a place that does not answer within ten seconds, or not to us."""

    def answering(self) -> None:
        """Refuse, before the first request that may take long, a store that does not answer."""

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""
        return self.find(key) is not None

    @abstractmethod
    def find(self, key: str) -> Object | None:
        """Return what is known of an object, or nothing where there is none."""

    @abstractmethod
    def objects(self, prefix: str) -> Iterator[Object]:
        """Yield the objects whose keys begin so, also those in folders.

        Raises:
            ResourceError: if the store cannot list.
        """

    @abstractmethod
    def read(self, key: str, mark: str, start: int, end: int) -> bytes:
        """Return a range of an object's bytes.

        Raises:
            ResourceError: if the object is not the one of the mark.
        """

    @abstractmethod
    def put(self, key: str, content: Path | bytes, over: Over = "any") -> None:
        """Put a whole object in one step.

        Args:
            key: its path.
            content: a local file, or the bytes.
            over: what it may replace.

        Raises:
            ConflictError: if there is another one now.
        """

    @abstractmethod
    def remove(self, key: str) -> None:
        """Remove an object; one that is gone is no fault."""

    def delta_url(self, key: str) -> str:
        """Return what delta-rs calls the place of a table.

        Raises:
            ResourceError: if it would look for it elsewhere.
        """
        return f"{self.scheme}://{key}"

    def delta_options(self) -> dict[str, str]:
        """Return what delta-rs is told to reach the store."""
        return {}

    def noted(self, found: Object) -> Object:
        """Keep what is known of an object, so that to open it asks nothing."""
        self._known[found.key, found.mark] = found
        return found

    def known(self, key: str, mark: str) -> Object:
        """Return what is known of an object that was found before.

        Raises:
            ResourceError: if there is none.
        """
        found = self._known.get((key, mark)) or self.find(key)
        if found is None:
            raise ResourceError(f"{self.scheme}://{key} is there no more: load it again.")
        return found
