"""Files over SSH for fsspec: a server shows the key that it is known by, or is refused."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem  # type: ignore[import-untyped]

_BLOCK = 2 * 2**20
"""Bytes that are asked for before the first of them have come: a thread of paramiko's sends no more than these."""
_HASTY = {"timeout": 5, "banner_timeout": 6, "auth_timeout": 8, "channel_timeout": 8}
_SILENCE = 30
_KNOWN = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
# What goes wrong is raised; what paramiko logs beside that is for who debugs paramiko.
logging.getLogger(f"{__name__}.log").setLevel(logging.CRITICAL + 1)


class Unacceptable(paramiko.SSHException):  # type: ignore[misc]
    """A host key or a private key that is not to be used; the message says why, and what to do."""


class KnownHosts(SFTPFileSystem):  # type: ignore[misc]
    """Files over SSH, by a connection of its own.

    Args:
        host: the server.
        known_hosts: the file of the servers' keys; none: this user's and the machine's.
        login: ``port``, ``username``, ``password``, ``key_filename`` and ``passphrase``; with neither password nor key,
            what SSH's agent and the user's own folder have.
    """

    cachable = False

    def __init__(self, host: str, *, known_hosts: str | None = None, **login: Any) -> None:
        """Connect."""
        self.lock = threading.RLock()
        self._files = [str(Path(each).expanduser()) for each in ([known_hosts] if known_hosts else _KNOWN)]
        super().__init__(host, **login)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_log_channel(f"{__name__}.log")
        self.client.set_missing_host_key_policy(_Unknown(self._files[0]))
        for file in filter(os.path.exists, self._files):
            self._load(file)
        try:
            self.client.connect(self.host, **_HASTY, **_login(self.ssh_kwargs))
            self.client.get_transport().set_keepalive(_SILENCE)
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(_SILENCE)
        except paramiko.BadHostKeyException as error:
            raise self._other(error.key) from None
        finally:
            if not hasattr(self, "ftp"):
                self.client.close()

    def _load(self, file: str) -> None:
        try:
            self.client.load_system_host_keys(file)
        except paramiko.hostkeys.InvalidHostKey as error:
            raise Unacceptable(f"{file} has a line that is no host key: {str(error.line).strip()[:60]}") from None

    def _other(self, key: paramiko.PKey) -> Unacceptable:
        port = self.ssh_kwargs.get("port", 22)
        return Unacceptable(
            f"The SSH server {self.host}:{port} shows another host key ({_shown(key)}) than {self._files[0]} has: "
            "it was set up anew, or somebody stands between. Ask its owner; if the key is right, remove the old one "
            f"(ssh-keygen -R '[{self.host}]:{port}' -f {self._files[0]}) and add the new."
        )

    @property
    def alive(self) -> bool:
        """Whether the connection is there."""
        transport = self.client.get_transport()
        return bool(transport and transport.is_active())

    def found(self, path: str) -> Any:
        """Return what is known of a file or folder, or nothing where there is none."""
        with suppress(FileNotFoundError):
            return self.ftp.stat(path)
        return None

    def exists(self, path: str, **_: Any) -> bool:
        """Tell whether there is a file or folder; fsspec's own takes a broken connection for a missing file."""
        return self.found(self._strip_protocol(path)) is not None

    def makedirs(self, path: str, exist_ok: bool = False, mode: int = 511) -> None:
        """Make a folder and those above it, also while others do."""
        try:
            super().makedirs(path, exist_ok, mode)
        except OSError:
            if not exist_ok or not self.isdir(path):
                raise

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if "w" in mode:  # as on a disk or in a bucket, a folder is no matter of who saves
            self.makedirs(self._parent(path), exist_ok=True)
        return super()._open(path, mode, **options)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        """Return a file, or a range of it."""
        path = self._strip_protocol(path)
        return b"".join(self.blocks(path, start or 0, self.info(path)["size"] if end is None else end))

    def blocks(self, path: str, start: int, end: int) -> Iterator[bytes]:
        """Yield a range of a file."""
        with self.ftp.open(path) as file:
            for at in range(start, end, _BLOCK):
                yield from file.readv([(at, min(_BLOCK, end - at))])


class _Unknown(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Refuses a server whose key is not known, and says how to make it known."""

    def __init__(self, file: str) -> None:
        self._file = file

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> NoReturn:
        host, _, port = hostname.strip("[").partition("]:")
        raise Unacceptable(
            f"The SSH server {host}:{port or 22} is not known: its host key ({_shown(key)}) is not in {self._file}. "
            f"Compare it with what its owner says, then add it: ssh-keyscan -p {port or 22} {host} >> {self._file}"
        )


def _shown(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


def _login(said: dict[str, Any]) -> dict[str, Any]:
    """Return what paramiko is told: a key, opened, or what the user has where neither key nor password is given."""
    login = {name: value for name, value in said.items() if name not in ("key_filename", "passphrase")}
    if file := said.get("key_filename"):
        login["pkey"] = _opened(Path(file).expanduser(), said.get("passphrase"))
    own = not login.keys() & {"pkey", "password"}
    return {**login, "allow_agent": own, "look_for_keys": own}


def _opened(file: Path, passphrase: str | None) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(file, passphrase.encode() if passphrase else None)
    except FileNotFoundError:
        raise Unacceptable(f"There is no private key {file}: correct key_filename: in credentials.yml.") from None
    except PermissionError:
        raise Unacceptable(f"The private key {file} may not be read by this user: see to its rights.") from None
    except Exception:  # of its kind, each library below has its own
        lacks = "is no private key, or its passphrase: in credentials.yml is not right"
        told = (
            lacks if passphrase else "is no private key, or needs passphrase: beside key_filename: in credentials.yml"
        )
        raise Unacceptable(f"{file} {told}.") from None
