"""Providers become dataset factories, and the resources of the catalog plain Kedro entries: dicts in, dict out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from kedro_faucet.config.entries import ENTRIES, check_entry, kind_of
from kedro_faucet.config.models import check_provider
from kedro_faucet.config.origin import Fault
from kedro_faucet.config.secrets import Secrets, Settings
from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.services.database import Database
from kedro_faucet.services.file import Files
from kedro_faucet.services.service import Service

Config = dict[str, Any]


class Resource(NamedTuple):
    """A dataset's name, taken apart."""

    provider: str | None
    path: str


class Setting(NamedTuple):
    """What entries are expanded with."""

    providers: dict[str, Service]
    engine: Config
    root: Path | None
    profile: str
    credentials: Config = {}  # noqa: RUF012  # a NamedTuple's default; nobody changes it


def read_providers(config: Mapping[str, Any]) -> dict[str, Service]:
    """Return the providers of a profile, checked.

    >>> read_providers({"lake": {"path": "data/lake"}})["lake"].service
    'file'

    Raises:
        Fault: if a name or what it stands for is wrong.
    """
    for name in config:
        if not re.fullmatch(r"[\w-]+", str(name)):
            text = f"a provider's name may hold letters, digits, _ and - only, not '{name}'."
            raise Fault("providers", [(("providers", name), text)])
    return {name: check_provider(name, each) for name, each in config.items()}


def split(name: str, providers: Mapping[str, Any]) -> Resource:
    """Take a dataset's name apart: its provider, if it names one, and its path there.

    >>> split("lake/flights", {"lake": ...})
    Resource(provider='lake', path='flights')
    >>> split("shop.lake/flights", {"lake": ...})  # below a namespace
    Resource(provider='lake', path='shop/flights')
    >>> split("mart", {"lake": ...})
    Resource(provider=None, path='mart')
    """
    head, _, rest = name.partition("/")
    namespace, _, provider = head.rpartition(".")
    if not rest or provider not in providers:
        return Resource(None, name)
    return Resource(provider, f"{namespace}/{rest}" if namespace else rest)


def expand(catalog: Mapping[str, Any], setting: Setting) -> Config:
    """Return the catalog as Kedro understands it: a pattern for each provider, and each entry with its file.

    >>> lake = {"lake": {"path": "data/lake", "format": "csv"}}
    >>> setting = Setting(read_providers(lake), {"type": "duckdb"}, None, "local")
    >>> expand({"lake/x": {"type": "pandas.CSVDataset", "provider": "lake", "path": "a/x.csv"}}, setting)["lake/x"]
    {'type': 'pandas.CSVDataset', 'filepath': 'data/lake/a/x.csv'}
    >>> expand({}, setting)["lake/{name}"]["filepath"]
    'data/lake/{name}.csv'

    Raises:
        Fault: if an entry names a provider that does not exist, or says what its type does not understand.
    """
    check_braces(setting)
    patterns = {
        f"{prefix}{provider}/{{name}}": {"type": "kedro_faucet.ResourceDataset", "provider": provider}
        for provider in setting.providers
        for prefix in ("", "{namespace}.")
    }
    given = {**patterns, **ledger(setting), **catalog}
    return {name: expand_entry(name, entry, setting) for name, entry in given.items()}


def ledger(setting: Setting) -> Config:
    """Return the pattern of the ledger's tables, unless the project has a provider of that name, or none."""
    if "ledger" in setting.providers or not setting.providers:
        return {}
    folder = ((setting.root or Path()) / "data" / "ledger").as_posix()
    return {"ledger/{show}": {"type": "kedro_faucet.LedgerDataset", "filepath": folder, "show": "{show}"}}


def expand_entry(name: str, entry: Any, setting: Setting) -> Any:
    """Return one entry as Kedro understands it; what is not about providers stays as it is."""
    if not isinstance(entry, dict):
        return entry
    inner = entry.get("dataset")  # as a CachedDataset has one
    if isinstance(inner, dict) and {"provider", "filepath"} & inner.keys():
        entry = {**entry, "dataset": expand_entry(name, inner, setting)}
    kind, resource = kind_of(entry), split(name, setting.providers)
    if kind:
        check_entry(name, entry)
    if kind == "SecretDataset" or (not kind and "provider" not in entry):
        return entry
    provider = find_provider(name, entry, resource, setting.providers)
    try:
        expanded = place(resource, entry, provider, setting) if provider else dict(entry)
    except ResourceError as error:
        at = (name, "path") if "path" in entry else (name,)
        raise Fault("catalog", [(at, str(error))]) from None
    return finish(name, expanded, entry.get("provider") or resource.provider, setting) if kind else expanded


def find_provider(name: str, entry: Config, resource: Resource, providers: Mapping[str, Service]) -> Service | None:
    """Return the provider that an entry names, or whose name its own begins with; none if it has its own file."""
    if "filepath" in entry:
        if "provider" in entry:
            raise Fault("catalog", [((name, "filepath"), "give 'path', below the provider's, instead of 'filepath'.")])
        return None
    asked = entry.get("provider") or resource.provider or name.partition("/")[0].rpartition(".")[2]
    if asked in providers:
        return providers[asked]
    at = (name, "provider") if "provider" in entry else (name,)
    known = f" Providers: {', '.join(providers)}." if providers else " There is no providers.yml."
    text = f"'{name}' is on no provider: there is no '{asked}'.{did_you_mean(asked, providers)}{known}"
    raise Fault("catalog", [(at, text)])


def place(resource: Resource, entry: Config, provider: Service, setting: Setting) -> Config:
    """Return an entry with its place, and what its provider says, instead of ``provider`` and ``path``."""
    kind, service = kind_of(entry), provider.below(setting.root)
    path = service.locate(str(entry.get("path") or resource.path))
    expanded = {key: value for key, value in entry.items() if key not in ("provider", "path")}
    if kind == "ResourceDataset":
        general = provider.load_args.model_dump(exclude_unset=True)
        expanded["load_args"] = {**general, **(entry.get("load_args") or {})}
        if isinstance(service, Files):  # a table of a database has no format: a profile may move it there
            expanded["format"] = entry.get("format") or service.format
            path = with_suffix(path, expanded["format"])
    if kind == "MartDataset" and isinstance(service, Files):  # a profile may move it into a database, where it has none
        path = with_suffix(path, "duckdb")
    fields = ENTRIES[kind].model_fields if kind else {}
    if not kind and (options := service.fsspec()):
        expanded["fs_args"] = {**options, **(entry.get("fs_args") or {})}
    if kind and service.service != "file":
        expanded["service"] = Settings(service.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    if not kind and isinstance(service, Database):
        return expanded | _table_of_another(service, path, expanded, setting)
    if provider.credentials and (not kind or "credentials" in fields):
        expanded.setdefault("credentials", provider.credentials)
    # Kedro makes a `filepath` absolute.
    where = "filepath" if isinstance(service, Files) or not kind else "table"
    return {"type": expanded.pop("type", None), where: path, **expanded}


def _table_of_another(service: Database, path: str, entry: Config, setting: Setting) -> Config:
    """Return what a dataset of Kedro's takes for a table of a database, or for a query that its entry has."""
    opened = service.opened(setting.credentials.get(service.credentials or ""))
    query = {"sql", "filepath", "table_name"} & entry.keys()
    return {**({} if query else {"table_name": path}), "credentials": Secrets({"con": opened.url})}


def with_suffix(path: str, form: str) -> str:
    """Return a file's path with the suffix of its format, unless it has one; a Delta table is a folder.

    >>> with_suffix("data/flights", "csv"), with_suffix("data/2013-*.csv.gz", "csv"), with_suffix("lake/x", "delta")
    ('data/flights.csv', 'data/2013-*.csv.gz', 'lake/x')
    >>> with_suffix("https://example.org/export?table=orders", "csv")
    'https://example.org/export?table=orders'
    """
    is_query = path.startswith(("http://", "https://")) and "?" in path
    if form == "delta" or is_query or PurePosixPath(path).suffix:
        return path
    return f"{path}.{'xlsx' if form == 'excel' else form}"


ARGUMENTS = {"version": "at_version", "from": "start", "to": "end"}
"""Keys of entries that Kedro, or Python, keeps for itself."""


def finish(name: str, entry: Config, provider: str | None, setting: Setting) -> Config:
    """Return an entry of ours with its engine, its layer in Kedro-Viz, and what its errors say it is."""
    about = {"resource": name, "provider": provider, "profile": setting.profile}
    layer = {"kedro-viz": {"layer": provider}} if provider else {}
    metadata = {**layer, **(entry.get("metadata") or {}), "kedro_faucet": about}
    renamed = {ARGUMENTS.get(key, key): value for key, value in entry.items()}
    return {**renamed, "engine": Settings(setting.engine), "metadata": metadata}


def check_braces(setting: Setting) -> None:
    """Refuse braces in what goes into a pattern: Kedro takes them for placeholders."""
    for name, provider in setting.providers.items():
        if re.search("[{}]", provider.locate("")):
            raise Fault("providers", [(("providers", name, "path"), "a path may hold no braces; did you mean '${…}'?")])
    for key, value in setting.engine.items():
        if "}" in str(list(value.items()) if isinstance(value, dict) else value):
            raise Fault("engine", [(("engine", key), "an engine's settings may hold no braces.")])
