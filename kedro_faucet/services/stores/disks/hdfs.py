"""HDFS, Hadoop's file system, without Hadoop: by hdfs-native."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from pydantic import PositiveInt

from kedro_faucet.exceptions import MissingExtraError, ResourceError
from kedro_faucet.services.service import NoCredentials
from kedro_faucet.services.settings import Strict
from kedro_faucet.services.stores.disks import Disks


class Hdfs(Disks):
    """Files of a Hadoop cluster.

    ```yaml
    hdfs: {service: hdfs, path: /lake, host: namenode, port: 8020}
    ```
    """

    service: Literal["hdfs"]
    host: str
    port: PositiveInt = 8020

    secrets: ClassVar[type[Strict]] = NoCredentials

    @property
    def scheme(self) -> str:
        """What every tool calls it."""
        return "hdfs"

    def locate(self, path: str) -> str:
        """Return the URL of a file or folder."""
        return f"hdfs://{self.host}:{self.port}/{self.path.strip('/')}/{path}".rstrip("/")

    def delta_url(self, key: str) -> str:
        """Return what delta-rs calls the place of a table, which it writes and does not find where signs are in it."""
        if found := re.search(r"[^\w./:-]", key, re.ASCII):
            raise ResourceError(
                f"The Delta table hdfs://{key} cannot be there: name the folder without '{found[0]}', by letters a-z, "
                "digits, - and _."
            )
        return super().delta_url(key)

    def _open(self) -> Any:
        try:
            from hdfs_native.fsspec import HdfsFileSystem
        except ImportError:
            raise MissingExtraError("hdfs-native", "hdfs") from None
        system: Any = HdfsFileSystem(host=self.host, port=self.port, skip_instance_cache=True)
        system.info("/")
        return system

    def _rename(self, path: str, to: str, *, replace: bool) -> None:
        if not replace and self._system.exists(to):
            raise FileExistsError(to)
        self._system.mv(path, to, overwrite=replace)
