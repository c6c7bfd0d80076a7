"""Files on this machine's disks."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

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
        """Return the names of the tables of the provider's format, those in folders too.

        >>> import tempfile
        >>> lake = File(path=tempfile.mkdtemp(), format="csv")
        >>> for name in ("orders.csv", "notes.txt"):
        ...     _ = Path(lake.path, name).write_text("id")
        >>> lake.resources()
        ['orders']
        """
        self.check()
        return sorted(self._found())

    def _found(self) -> Iterator[str]:
        for folder, inner, files in os.walk(self.path):
            inner[:] = [name for name in inner if not name.startswith(".")]
            tables = [name for name in inner if os.path.isdir(os.path.join(folder, name, "_delta_log"))]
            inner[:] = [name for name in inner if name not in tables]
            ending = f".{self.format}"
            # A link to a folder is what a save with partition_by has laid out.
            files += [name for name in inner if os.path.islink(os.path.join(folder, name))]
            names = tables if self.format == "delta" else [n.removesuffix(ending) for n in files if n.endswith(ending)]
            yield from (Path(folder, name).relative_to(self.path).as_posix() for name in names)

    def check(self) -> None:
        """Refuse a folder that we may not read; one that is not there is made by the first save, if we may make it."""
        there = next(each for each in (Path(self.path), *Path(self.path).absolute().parents) if each.exists())
        if not there.is_dir():
            raise ResourceError(f"{there} is a file, where a folder is needed: correct the path.")
        if not os.access(there, os.R_OK | os.X_OK):
            raise ResourceError(f"The folder {there} may not be read by this user.")
        if there != Path(self.path) and not os.access(there, os.W_OK):
            raise ResourceError(f"There is no folder {self.path}, and this user may make none in {there}.")

    def opened(self, credentials: Mapping[str, Any] | None) -> Self:
        """Return the service itself: what credentials say is for datasets of Kedro's."""
        return self
