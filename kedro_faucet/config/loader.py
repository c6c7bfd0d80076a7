"""The loader of a project's configuration: profiles that inherit, providers that become resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]
from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.utils import find_kedro_project
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from omegaconf.resolvers import oc

from kedro_faucet.config import current, resolvers
from kedro_faucet.config.files import Files
from kedro_faucet.config.origin import Fault, find, keys_of
from kedro_faucet.config.profiles.deferral import deferred, deferred_to
from kedro_faucet.config.profiles.inheritance import Kind, merge
from kedro_faucet.config.profiles.layers import Layer, factory_files
from kedro_faucet.config.profiles.profiles import Profiles
from kedro_faucet.exceptions import ConfigError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.config.providers import Setting
    from kedro_faucet.services.service import Service

PATTERNS = {name: [f"{name}*", f"{name}*/**", f"**/{name}*"] for name in ("engine", "providers")}
STRATEGIES = {"engine": "soft", "providers": "soft", "parameters": "soft"}
KINDS = {"engine": Kind("type", "duckdb"), "providers": Kind("service", "file")}

_RUN = {"params:run_id": {"type": "kedro.io.MemoryDataset", "data": "no run", "copy_mode": "assign"}}
"""The run's name as a parameter, where there is none: Kedro-Viz has neither a run nor the hooks that name one."""


class FaucetConfigLoader(Profiles, OmegaConfigLoader):
    """Kedro's own loader, with profiles that inherit and with providers.

    In a project's ``settings.py``::

        from kedro_faucet import FaucetConfigLoader

        CONFIG_LOADER_CLASS = FaucetConfigLoader

    Args:
        conf_source: the folder (or archive) of the profiles.
        env: the profile; default: ``local``.
        runtime_params: what ``--params`` says.
        config_patterns: as Kedro's; those of ``engine`` and ``providers`` are given.
        base_env: the lowest profile of the project.
        default_run_env: the profile when none is asked for.
        merge_strategy: as Kedro's; ``soft`` for engine, providers and parameters unless told otherwise.
        **kwargs: as Kedro's.

    Raises:
        ConfigError: if the profile does not exist, or inherits from what does not exist or from itself.
    """

    def __init__(
        self,
        conf_source: str | Path,
        env: str | None = None,
        runtime_params: dict[str, Any] | None = None,
        *,
        config_patterns: dict[str, list[str]] | None = None,
        base_env: str | None = None,
        default_run_env: str | None = None,
        merge_strategy: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """Find the project, read its ``.env``, and know the layers of the profile."""
        self.project = find_kedro_project(Path(conf_source).absolute()) or find_kedro_project(Path.cwd())
        resolvers.load_dotenv((self.project or Path.cwd()) / ".env")
        self._now = resolvers.clock(datetime.now(UTC))
        self._arguments: dict[str, Any] = {
            "config_patterns": config_patterns,
            "base_env": base_env,
            "default_run_env": default_run_env,
            "merge_strategy": merge_strategy,
            **kwargs,
        }
        self._files: dict[str, list[tuple[Layer, str]]] = {}
        self._merged: dict[str, Any] = {}
        super().__init__(
            conf_source,
            env,
            runtime_params,
            config_patterns={**PATTERNS, **(config_patterns or {})},
            base_env=base_env or "base",
            default_run_env=default_run_env or "local",
            merge_strategy={**STRATEGIES, **(merge_strategy or {})},
            **kwargs,
        )

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return one kind of configuration, merged over all layers, interpolated and checked.

        Raises:
            ConfigError: if a file says what cannot be; it names file, line and what is near.
        """
        if key in self:
            return super().__getitem__(key)
        with self._explained(key):
            return self._get(key)

    def _get(self, key: str) -> dict[str, Any]:
        if key == "catalog":
            return self._catalog()
        if key in PATTERNS:
            return self._section(key)
        return super().__getitem__(key)

    def written(self, key: str) -> dict[str, Any]:
        """Return what the files of all layers say, merged and interpolated, but neither checked nor expanded."""
        try:
            with self._explained(key):
                return super().__getitem__(key)
        except MissingConfigException:
            return {}

    def _section(self, key: str) -> dict[str, Any]:
        """Return the engine, or the providers: what their files say below that one key."""
        from kedro_faucet.config.models import check_engine
        from kedro_faucet.config.providers import read_providers

        document = self.written(key)
        for name in document:
            if name != key:
                raise Fault(key, [((name,), f"unknown key '{name}'.{did_you_mean(name, [key])} Allowed: {key}.")])
        section = document.get(key) or {}
        if not isinstance(section, dict):
            raise Fault(key, [((key,), f"'{key}' must hold names and values.")])
        check_engine(section) if key == "engine" else read_providers(section)
        return section

    def _catalog(self) -> dict[str, Any]:
        """Return the catalog with its providers expanded; without a provider it is Kedro's own."""
        from kedro_faucet.config.providers import expand

        other = deferred_to(self)
        theirs = self.of(other) if other else None
        setting = self.setting()
        catalog = self.written("catalog") if setting.providers else super().__getitem__("catalog")
        # Whatever works with a project's data has its catalog: a run, Kedro-Viz, IPython, notebooks, tests.
        current.engine = setting.engine
        expanded = expand(catalog, setting) if theirs is None else deferred(catalog, setting, theirs)
        is_given = not setting.providers or "run_id" in self.written("parameters")
        return expanded if is_given else {**_RUN, **expanded}

    def setting(self) -> Setting:
        """Return what the entries of the catalog are expanded with."""
        from kedro_faucet.config.providers import Setting, read_providers

        with self._explained("providers"):
            providers = read_providers(self["providers"])
            self._check_credentials(providers)
        return Setting(providers, self["engine"], self.project, self.profile, self.written("credentials"))

    def of(self, profile: str) -> FaucetConfigLoader:
        """Return the loader of another profile of the same project."""
        return type(self)(self.conf_source, profile, self.runtime_params, **self._arguments)

    def _check_credentials(self, providers: dict[str, Service]) -> None:
        """Refuse a provider whose credentials no file holds."""
        for name, provider in providers.items():
            asked = provider.credentials
            if asked and asked not in (known := self.written("credentials")):
                text = f"no credentials '{asked}' in credentials.yml.{did_you_mean(asked, known)}"
                raise Fault("providers", [(("providers", name, "credentials"), text)])

    # Kedro's seams: reading raw layers, registering resolvers. New in 1.7.0 and private, hence the pin on Kedro.

    def _read_raw_config(self, key: str) -> Any:
        """Return all layers merged as they were written, so that Kedro interpolates once, over the whole."""
        read: set[Path] = set()
        layers = self.layers()
        documents = [self._read_layer(layer, key, read) for layer in layers]
        merged = OmegaConf.create(merge(documents, self.merge_strategy.get(key, "destructive"), KINDS.get(key)))
        self._merged[key] = OmegaConf.to_container(merged, resolve=False)
        if key == "credentials":
            self._resolve_environment_variables(merged)
        project = [layer.folder for layer in layers if not layer.factory] or [str(self.conf_source)]
        return {Path(key): merged}, {}, project[0], project[-1], read

    def _read_layer(self, layer: Layer, key: str, read: set[Path]) -> dict[str, Any]:
        configs: dict[Path, Any]
        if layer.factory:
            configs = {file: OmegaConf.load(file) for file in factory_files(layer, self.config_patterns[key])}
            read.update(configs)
        else:
            configs = self._read_project(layer, key, read)
        kept = [each for each in self._files.get(key, []) if each[0] != layer]
        self._files[key] = kept + [(layer, file.as_posix()) for file in configs]
        return OmegaConf.to_container(OmegaConf.unsafe_merge({}, *configs.values()), resolve=False)  # type: ignore[return-value]

    def _read_project(self, layer: Layer, key: str, read: set[Path]) -> dict[Path, DictConfig]:
        try:
            return self._read_dir_configs(layer.folder, self.config_patterns[key], key, read)  # type: ignore[no-any-return]
        except yaml.YAMLError:  # Kedro says neither the file nor the right line
            self._source.check(layer.folder)
            raise

    def _register_globals_resolver(self) -> None:
        resolvers.register("globals", self._get_globals_value)

    def _register_runtime_params_resolver(self) -> None:
        self._register_globals_resolver()  # of two loaders, that of the one which reads
        resolvers.register("runtime_params", self._get_runtime_value)
        for name, resolver in {"env": self._get_env, "now": self._now}.items():
            if name not in (self._custom_resolvers or {}):
                resolvers.register(name, resolver)

    _get_env = staticmethod(resolvers.env)

    @staticmethod
    def _register_new_resolvers(custom: dict[str, Callable[..., Any]]) -> None:
        for name, resolver in custom.items():
            resolvers.register(name, resolver)

    @staticmethod
    def _resolve_environment_variables(config: DictConfig) -> None:
        resolvers.register("oc.env", oc.env)
        OmegaConf.resolve(config)
        OmegaConf.clear_resolver("oc.env")

    # Origins.

    def origin(self, key: str, path: tuple[Any, ...]) -> str:
        """Return the file and line that a value comes from: the highest layer that says it.

        Args:
            key: the kind of configuration, such as ``engine``.
            path: the keys that lead to the value.
        """
        best, place = 0, ""
        for layer, file in reversed(self._files.get(key, [])):
            files = Files(LocalFileSystem(), self.project) if layer.factory else self._source
            found = find(files.text(file), path)
            if found.depth > best:
                best, place = found.depth, f"{files.shown(file)}:{found.line}"
        return place

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        """Turn what goes wrong with a user's files into one error with file and line."""
        try:
            yield
        except Fault as fault:
            lines = [f"{self.origin(fault.key, path)}: {text}" for path, text in fault.faults]
            raise ConfigError("\n".join(lines)) from None
        except OmegaConfBaseException as error:
            raise ConfigError(self._interpolation(key, error)) from None
        except ValueError as error:  # a key in two files of one layer
            raise ConfigError(str(error)) from None

    def _interpolation(self, key: str, error: OmegaConfBaseException) -> str:
        text = str(error).partition("\n")[0].removeprefix("ConfigError raised while resolving interpolation: ")
        path = keys_of(self._merged.get(key), error.full_key or "")
        return f"{self.origin(key, path) or key}: {text}"

    def __repr__(self) -> str:
        """Say which profile of which folder; parameters may hold secrets."""
        return f"FaucetConfigLoader(conf_source={self.conf_source}, profile={self.profile})"
