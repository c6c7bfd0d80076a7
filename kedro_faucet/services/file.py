"""Files on this machine's disks."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import Literal, Self

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.service import Service
from kedro_faucet.services.settings import Format


def below(path: str, root: Path | None) -> str:
    """Return a path below the project's folder, if it is relative; a URL stays as it is.

    >>> below("data/lake", Path("/project")), below("s3://lake", Path("/project"))
    ('/project/data/lake', 's3://lake')
    """
    if "://" in path:
        return path
    local = Path(path).expanduser()
    return (root / local if root else local).as_posix()


class Files(Service):
    """A service of files: each has a format."""

    path: str
    format: Format = "delta"


class File(Files):
    """Files on this machine's disks.

    ```yaml
    lake: {service: file, path: data/lake, format: delta}
    ```
    """

    service: Literal["file"] = "file"

    def below(self, root: Path | None) -> Self:
        """Return the service with its folder below the project's."""
        return self.model_copy(update={"path": below(self.path, root)})

    def locate(self, path: str) -> str:
        """Return the path of a file or folder.

        >>> File(path="data/lake").below(Path("/project")).locate("flights")
        '/project/data/lake/flights'
        """
        return posixpath.join(self.path, path)

    @property
    def place(self) -> str:
        """The folder."""
        return self.path

    def resources(self) -> list[str]:
        """Return the names of what lies in the folder."""
        if not os.path.isdir(self.path):
            raise ResourceError(f"There is no folder {self.path}.")
        return sorted(name for name in os.listdir(self.path) if not name.startswith("."))
