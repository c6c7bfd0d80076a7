"""The profiles of a project: which there are, what each inherits from, and the layers that they are made of."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from kedro_faucet.config.files import Files
from kedro_faucet.config.origin import find
from kedro_faucet.config.profiles.inheritance import lineage
from kedro_faucet.config.profiles.layers import Layer, Said, factory_folder, factory_profiles, said, stack
from kedro_faucet.exceptions import ConfigError, did_you_mean

if TYPE_CHECKING:
    from kedro.config import OmegaConfigLoader as Loader
else:
    Loader = object

_VERBS = {"inherits": "inherits from", "defer": "defers to", "when": "inherits, by a variable, from"}


class Profiles(Loader):
    """Makes of Kedro's loader one that knows the profiles of its project, each a folder of its configuration."""

    project: Path | None

    @property
    def profile(self) -> str:
        """The profile in force."""
        return self.env or self.default_run_env

    def layers(self) -> list[Layer]:
        """Return the layers of the profile, the lowest first."""
        return stack(self.base_env, self.lineage(self.profile), self._folder)

    def lineage(self, profile: str) -> list[str]:
        """Return the profiles that a profile inherits from, and itself last; the base is not named.

        Raises:
            ConfigError: if one does not exist, or inherits from itself.
        """
        if profile not in (self.default_run_env, *self.profiles()):
            raise ConfigError(f"No profile '{profile}'.{did_you_mean(profile, self.profiles())}\n{self._searched()}")
        return [each for each in lineage(profile, self.inherits) if each != self.base_env]

    def profiles(self) -> list[str]:
        """Return the profiles that there are, of the project and of the factory."""
        root = self._get_conf_env_path("")
        found = self._fs.ls(root, detail=False) if self._fs.isdir(root) else []
        folders = [each.rstrip("/") for each in found if self._fs.isdir(each)]
        names = {*map(posixpath.basename, folders), *factory_profiles()}
        return sorted(name for name in names if not name.startswith((".", "_")))

    def inherits(self, profile: str) -> list[str]:
        """Return the profiles that a profile's ``profile.yml`` names, by a variable where it is set and not empty.

        Raises:
            ConfigError: if the file says something else, or one does not exist.
        """
        said = self.said(profile)
        for word, names in (("inherits", said.inherits), ("when", said.when.values())):
            for name in names:
                self.check_named(profile, word, name)
        return [*said.inherits, *(name for variable, name in said.when.items() if os.environ.get(variable))]

    def said(self, profile: str) -> Said:
        """Return what a profile's ``profile.yml`` says.

        Raises:
            ConfigError: if it says something else.
        """
        file = f"{self._folder(profile)}/profile.yml"
        found = said(self._source.document(file)) if self._fs.isfile(file) else Said([])
        if found is None:
            words = "'inherits: [name, …]', 'when: {VARIABLE: name}', 'defer: name' or 'as_of: true'"
            raise ConfigError(f"{self._source.shown(file)}:1: a profile says {words} and nothing else.")
        return found

    def check_named(self, profile: str, word: str, name: str) -> None:
        """Refuse a profile that another one's ``profile.yml`` names, and that does not exist."""
        if name in self.profiles():
            return
        file = f"{self._folder(profile)}/profile.yml"
        line = find(self._source.text(file), (word,)).line
        text = f"'{profile}' {_VERBS[word]} '{name}', which does not exist ({profile} -> {name})."
        hint = did_you_mean(name, self.profiles())
        raise ConfigError(f"{self._source.shown(file)}:{line}: {text}{hint}\n{self._searched()}")

    def _folder(self, profile: str) -> str | None:
        folder = Path(self._get_conf_env_path(profile)).as_posix()
        return folder if self._fs.isdir(folder) else None

    def _searched(self) -> str:
        factory = f"{factory_folder()} ({', '.join(factory_profiles())})"
        return f"Searched: {self._source.shown(str(self.conf_source))} ({', '.join(self.profiles())}), then {factory}."

    @property
    def _source(self) -> Files:
        return Files(self._fs, self.project)
