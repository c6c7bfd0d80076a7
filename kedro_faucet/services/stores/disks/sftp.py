"""Files of an SFTP server, by paramiko: what is read is fetched whole, what is saved is renamed into its place."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, ClassVar, Literal, Self

from pydantic import Field, PositiveInt, field_validator

from kedro_faucet.exceptions import FaucetError, MissingExtraError, ResourceError
from kedro_faucet.services.file import below
from kedro_faucet.services.settings import Strict
from kedro_faucet.services.stores.disks import Disks
from kedro_faucet.services.stores.refusals import refusal
from kedro_faucet.services.stores.spool import copies

_FAILURE = "Failure"
"""What a server says that has no word for what went wrong."""


class SftpLogin(Strict):
    """A user, with a password or a private key; none of both: what SSH's agent and the user's own folder have."""

    username: str | None = None
    password: str | None = Field(None, repr=False)
    key_filename: str | None = None
    passphrase: str | None = Field(None, repr=False)


class Sftp(Disks):
    """Files of an SFTP server.

    ```yaml
    partner: {service: sftp, host: files.example.org, path: /exports, format: csv, credentials: partner}
    ```
    """

    service: Literal["sftp"]
    host: str
    port: PositiveInt = 22
    format: Literal["csv", "json", "parquet", "excel"] = "csv"
    known_hosts: str | None = None

    secrets: ClassVar[type[Strict]] = SftpLogin
    compared_by: ClassVar[str] = "another provider: (file, s3, azure, hdfs) with format: delta"

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not value.startswith("/"):
            raise ValueError("a path on an SFTP server begins with /, as in /home/ada/exports")
        return value

    def below(self, root: Path | None) -> Self:
        """Return the service with its file of known hosts below the project's folder."""
        file = self.known_hosts and below(self.known_hosts, root)
        return self.model_copy(update={"known_hosts": file})

    @property
    def scheme(self) -> str:
        """What every tool calls it."""
        return "sftp"

    def locate(self, path: str) -> str:
        """Return the URL of a file or folder."""
        return f"sftp://{self.host}:{self.port}/{self.path.strip('/')}/{path}".rstrip("/")

    def delta_url(self, key: str) -> str:
        """Refuse: nothing there commits so that no writer's rows are lost."""
        raise ResourceError(
            f"The Delta table sftp://{key} cannot be there, as SFTP compares nothing before it replaces: give "
            "the resource format: parquet (or csv, json), or another provider: (file, s3, azure, hdfs)."
        )

    def _login(self) -> dict[str, Any]:
        login = self._credentials.model_dump(exclude_none=True) if self._credentials else {}
        return {**self._address(), **login}

    def _open(self) -> Any:
        with self._explained(""):
            from kedro_faucet.services.stores.disks.ssh import KnownHosts

            return KnownHosts(**self._login())

    def _usable(self, system: Any) -> bool:
        return bool(system.alive)

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """Let one at a time use the connection; one that broke is not used again."""
        system = self._system
        with system.lock, self._explained(key, system.client.close):
            yield

    @contextmanager
    def _explained(self, key: str, broken: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Turn what the server or the way to it says into a sentence."""
        paramiko = _paramiko()
        try:
            yield
        except (FaucetError, FileNotFoundError, FileExistsError):
            raise
        except PermissionError:
            told = f"sftp://{key} may not be read or written by {self._who}: ask for the right to it, or correct path:."
            raise ResourceError(told) from None
        except (paramiko.SSHException, EOFError, OSError, ValueError) as error:
            if str(error) != _FAILURE:
                broken()
            raise ResourceError(self._reason(error, key)) from None

    @property
    def _who(self) -> str:
        return f"the entry {self.credentials} of credentials.yml" if self.credentials else "this user's own SSH keys"

    def _reason(self, error: Exception, key: str) -> str:
        from kedro_faucet.services.stores.disks.ssh import Unacceptable

        text, place = str(error), self.reached
        if isinstance(error, Unacceptable):
            return text
        if "uthentication" in text:
            return f"{place} does not accept {self._who}: correct username:, password: or key_filename: there."
        if "banner" in text:
            return f"{place} does not answer as an SSH server does: start it, or correct host: and port:."
        if text == _FAILURE:
            return f"{place} refuses sftp://{key} without a reason: its disk may be full, or a file be in the way."
        known = isinstance(error, OSError) and error.errno == errno.ENOSPC
        return refusal(text if known else "timed out", self, key)

    def read(self, key: str, mark: str, start: int, end: int) -> bytes:
        """Read a range of a file that is fetched once; of one that is too large, ask for the range."""
        if not self._spools or self.known(key, mark).size > copies.largest:
            return super().read(key, mark, start, end)
        return copies.read(f"{self.protocol}/{key}/{mark}", lambda file: self._copy(key, mark, file), start, end)

    def _copy(self, key: str, mark: str, file: IO[bytes]) -> None:
        with self._meant(key, mark):
            for block in self._system.blocks(self._path(key), 0, self.known(key, mark).size):
                file.write(block)

    def _rename(self, path: str, to: str, *, replace: bool) -> None:
        """Rename a file; as servers tell times in seconds, what replaces another is younger by one at least."""
        ftp, old = self._system.ftp, self._system.found(to)
        if old and not replace:
            raise FileExistsError(to)
        if old and ftp.stat(path).st_mtime <= old.st_mtime:
            ftp.utime(path, (old.st_mtime + 1, old.st_mtime + 1))
        try:
            self._renamed(ftp, path, to, replace=replace)
        except OSError as error:
            if str(error) != _FAILURE or not self._system.found(to):
                raise
            if not replace:  # another was quicker
                raise FileExistsError(to) from None
            raise ResourceError(
                f"{self.reached} cannot replace {to} in one step, as it lacks posix-rename@openssh.com: remove the "
                "file there first, or give the resource another path:."
            ) from None

    @staticmethod
    def _renamed(ftp: Any, path: str, to: str, *, replace: bool) -> None:
        if replace:
            with suppress(OSError):  # not every server has it
                return ftp.posix_rename(path, to)  # type: ignore[no-any-return]
        return ftp.rename(path, to)  # type: ignore[no-any-return]

    def _address(self) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "known_hosts": self.known_hosts}

    def fsspec(self) -> dict[str, Any]:
        """Return what fsspec is told, for datasets of others, which reach by it what has a known key alone."""
        import fsspec  # type: ignore[import-untyped]

        fsspec.register_implementation("sftp", "kedro_faucet.services.stores.disks.ssh.KnownHosts", clobber=True)
        return self._address()


def _paramiko() -> Any:
    try:
        return import_module("paramiko")
    except ImportError:
        raise MissingExtraError("paramiko", "sftp") from None
