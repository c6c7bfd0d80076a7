"""Azure's blob storage: Azurite, from the npm package of this name.

A start takes 1.5 s; it is fetched once, by npm, into a cache of the user's.
"""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import shutil
import subprocess
import urllib.request
from pathlib import Path

from .absent import Absent
from .process import Server

VERSION = "3.37.0"
CACHE = Path.home() / ".cache" / "kedro-faucet" / f"azurite-{VERSION}"
# Azurite's own, which its documentation publishes.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azurite(Server):
    """A store with one account (`account`, `key`)."""

    name = "Azurite"
    is_required = False
    account, key = ACCOUNT, KEY

    def __init__(self) -> None:
        self.program = found()
        super().__init__()

    @property
    def endpoint(self) -> str:
        """The address of the account."""
        return f"http://{self.host}:{self.port}/{self.account}"

    def command(self) -> list[str]:
        """Return the command that runs the store."""
        place = ["--location", str(self.folder), "--blobHost", self.host, "--blobPort", str(self.port)]
        return [str(self.program), "--silent", "--skipApiVersionCheck", "--disableTelemetry", *place]

    def answers(self) -> bool:
        """Make a container."""
        self.container("ready")
        return True

    def container(self, name: str) -> str:
        """Make a container, unless there is one, and return its name."""
        date = email.utils.formatdate(usegmt=True)
        said = f"x-ms-date:{date}\nx-ms-version:2023-11-03\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        digest = hmac.new(base64.b64decode(KEY), ("PUT" + "\n" * 12 + said).encode(), hashlib.sha256).digest()
        signed = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        headers = {"x-ms-date": date, "x-ms-version": "2023-11-03", "Authorization": signed, "Content-Length": "0"}
        url = f"{self.endpoint}/{name}?restype=container"
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
        return name


def found() -> Path:
    """Return the path of the server's program, fetched by npm where it is not there yet.

    Raises:
        Absent: if npm is not installed, or cannot fetch it.
    """
    program = CACHE / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        if not shutil.which("npm"):
            raise Absent("npm, which fetches it, is not installed (Debian: apt-get install npm)")
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(CACHE), f"azurite@{VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise Absent(f"npm cannot fetch it: {done.stderr[-200:]}")
    return program
