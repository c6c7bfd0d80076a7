"""The files of a configuration: their text, what they say, and their names as a user knows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from omegaconf import OmegaConf

from kedro_faucet.exceptions import ConfigError

_UNQUOTED = ' Between { and } a value with ${…} needs quotes: {path: "${env:FOLDER}"}.'
SUFFIXES = (".yml", ".yaml", ".json")


class Files(NamedTuple):
    """A file system (fsspec's) with configuration in it, and the project that it belongs to."""

    system: Any
    project: Path | None

    def text(self, file: str) -> str:
        """Return what is written in a file."""
        with self.system.open(file) as opened:
            return str(opened.read().decode("utf-8"))

    def document(self, file: str) -> Any:
        """Return what a file says, with its interpolations as they are written.

        Raises:
            ConfigError: if it is no YAML; it names the line.
        """
        try:
            return OmegaConf.to_container(OmegaConf.create(self.text(file)), resolve=False)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            written = "".join(self.text(file).splitlines()[line - 1 : line])
            hint = _UNQUOTED if re.search(r"[{,].*: *\$\{", written) else ""
            raise ConfigError(f"{self.shown(file)}:{line}: this is no YAML: {error.problem}.{hint}") from None

    def check(self, folder: str) -> None:
        """Refuse the first file in a folder that is no YAML.

        Raises:
            ConfigError: if there is one.
        """
        for file in self.system.find(folder):
            if file.endswith(SUFFIXES):
                self.document(file)

    def shown(self, file: str) -> str:
        """Return a file's name below its project."""
        root, path = self.project or Path.cwd(), Path(file)
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else file
