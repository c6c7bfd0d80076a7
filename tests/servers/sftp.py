"""Files over SSH: OpenSSH's own server, from Debian's package openssh-server.

Up in 0.2 s; 10 MB of memory. It runs as a user without rights, who logs in by a key: for a password it had to be root.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .absent import Absent
from .process import Server

SETTINGS = {
    "PidFile": "none",
    "UsePAM": "no",
    "StrictModes": "no",
    "PasswordAuthentication": "no",
    "ForceCommand": "internal-sftp",
    "MaxStartups": "100",
}


class Sftp(Server):
    """A server with one user (`username`), whose key (`key_filename`) has a passphrase (`passphrase`)."""

    name = "OpenSSH"
    user = "daemon"

    def __init__(self) -> None:
        self.programs = found()
        super().__init__()
        self.username = self.user if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.passphrase = f"p@ss {secrets.token_hex(8)}"
        self.key_filename, self.known_hosts = self.folder / "user", self.folder / "known_hosts"
        self.files = self.folder / "files"
        self.without: list[str] = []

    def prepare(self) -> None:
        """Make the keys of server and user, and the folder of the files."""
        self.folder.chmod(0o711)
        self.files.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.files, self.user, self.user)
        for key, passphrase in (("host", ""), ("user", self.passphrase), ("stranger", "")):
            self.make_key(key, passphrase)
        (self.folder / "authorized_keys").write_bytes((self.folder / "user.pub").read_bytes())
        host = (self.folder / "host.pub").read_text()
        self.known_hosts.write_text(f"[{self.host}]:{self.port} {host}")

    def make_key(self, name: str, passphrase: str = "") -> Path:
        """Make a pair of keys in the server's folder, and return the path of the private one."""
        path = self.folder / name
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(path)]
        subprocess.run(command, check=True)
        if name == "host" and os.getuid() == 0:
            shutil.chown(path, self.user, self.user)
        return path

    def command(self) -> list[str]:
        """Return the command of the server, in the foreground, with none of the machine's own settings."""
        denied = f" -P {','.join(self.without)}" if self.without else ""
        places = {
            "ListenAddress": f"{self.host}:{self.port}",
            "HostKey": self.folder / "host",
            "AuthorizedKeysFile": self.folder / "authorized_keys",
        }
        settings = {**SETTINGS, **places, "ForceCommand": f"internal-sftp{denied}", "Subsystem": "sftp internal-sftp"}
        options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        return [self.programs, "-D", "-e", "-f", "/dev/null", *options]

    def stop(self) -> None:
        """End the server and its sessions, which else go on without it."""
        self.kill9()

    def answers(self) -> bool:
        """List the folder."""
        with self.client() as client:
            client.open_sftp().listdir(str(self.files))
        return True

    def client(self, **changes: Any) -> Any:
        """Return a client of paramiko, connected; `changes` may say another login."""
        import paramiko

        client = paramiko.SSHClient()
        client.load_host_keys(str(self.known_hosts))
        login: Any = {"passphrase": self.passphrase, "key_filename": str(self.key_filename), **changes}
        client.connect(self.host, self.port, self.username, allow_agent=False, look_for_keys=False, **login)
        return client

    def directory(self) -> str:
        """Make a new, empty directory, and return its path."""
        folder = self.files / f"d-{secrets.token_hex(6)}"
        folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(folder, self.user, self.user)
        return str(folder)


def found() -> str:
    """Return the path of the server's program.

    Raises:
        Absent: if it or the client's key generator is not installed.
    """
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program or not shutil.which("ssh-keygen"):
        raise Absent("sshd or ssh-keygen was not found (Debian: apt-get install openssh-server openssh-client)")
    return program
