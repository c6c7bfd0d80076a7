"""What every service can do: say where a resource lies, what there is, and whether it answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import PrivateAttr, ValidationError

from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.services.settings import FileArgs, Strict


class NoCredentials(Strict):
    """The credentials of a service that takes none."""


class Service(Strict):
    """The settings of a provider, checked; with its credentials, the way to what lies there.

    A service of your own is a subclass in a package whose ``pyproject.toml`` names it::

        [project.entry-points."kedro_faucet.services"]
        dropbox = "my_package.dropbox:Dropbox"
    """

    service: str
    credentials: str | None = None
    load_args: FileArgs = FileArgs()

    holds: ClassVar[str] = "files"
    """``files`` or ``tables``."""
    secrets: ClassVar[type[Strict]] = NoCredentials
    """What the credentials may say."""
    _credentials: Strict | None = PrivateAttr(None)

    @classmethod
    def known_keys(cls) -> list[str]:
        """Return the keys as a file has them, those that every service has last."""
        common = ("credentials", "load_args")
        return [name for name in super().known_keys() if name not in common] + list(common)

    def below(self, root: Path | None) -> Self:
        """Return the service with its relative paths below the project's folder."""
        return self

    @abstractmethod
    def locate(self, path: str) -> str:
        """Return where a resource lies: a path, a URL or a table's name."""

    def fsspec(self) -> dict[str, Any]:
        """Return what fsspec's own file system is told beside the credentials, for datasets of others."""
        return {}

    @property
    @abstractmethod
    def place(self) -> str:
        """What a message calls the place: no secret."""

    @abstractmethod
    def resources(self) -> list[str]:
        """Return the names of what is there, to be read as resources.

        Raises:
            ResourceError: if the service does not answer, or refuses.
        """

    def check(self) -> None:
        """Refuse a place that does not answer within ten seconds, or not to us.

        Raises:
            ResourceError: saying what is wrong and what to do.
        """
        self.resources()

    def opened(self, credentials: Mapping[str, Any] | None) -> Self:
        """Return the service with its credentials, which show nowhere.

        Raises:
            ResourceError: if they say what the service does not understand.
        """
        copy = self.model_copy()
        copy._credentials = self._checked(credentials or {})
        return copy

    def _checked(self, credentials: Mapping[str, Any]) -> Strict:
        known = self.secrets.known_keys()
        for name in credentials:
            if name not in known:
                hint = did_you_mean(name, known)
                raise ResourceError(
                    f"credentials.yml, {self.credentials or 'credentials'}: unknown key '{name}'.{hint} "
                    f"A service '{self.service}' takes {', '.join(known) or 'no credentials'}."
                )
        try:
            return self.secrets.model_validate(dict(credentials))
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise ResourceError(f"credentials.yml, {self.credentials or 'credentials'}: {said}.") from None
