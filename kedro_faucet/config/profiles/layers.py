"""Where the layers of a profile lie: the folders of the package's factory and of the project, the lowest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = Path(__file__).parents[2]


class Layer(NamedTuple):
    """One folder of configuration: a profile's, from the factory or from the project."""

    profile: str
    folder: str
    factory: bool = False


def factory_folder() -> Path:
    """Return the folder of the factory's profiles: in the package as installed, beside it in a checkout."""
    shipped = PACKAGE / "conf"
    return shipped if shipped.is_dir() else PACKAGE.parent / "conf"


def factory_profiles() -> list[str]:
    """Return the profiles that the factory has."""
    return sorted(each.name for each in factory_folder().glob("*") if each.is_dir())


def stack(base: str, profiles: list[str], project: Callable[[str], str | None]) -> list[Layer]:
    """Return the layers of a lineage: the factory's base and profiles, then the project's.

    Args:
        base: the project's base profile.
        profiles: the lineage above it, the nearest last.
        project: gives the project's folder of a profile, if it has one.
    """
    factory, folder = factory_profiles(), factory_folder()
    layers = [Layer(each, str(folder / each), factory=True) for each in ["base", *profiles] if each in factory]
    own = [(each, project(each)) for each in [base, *profiles]]
    return layers + [Layer(each, found) for each, found in own if found]


def factory_files(layer: Layer, patterns: list[str]) -> list[Path]:
    """Return the files of a factory layer that one kind of configuration is read from."""
    found = {file for pattern in patterns for file in Path(layer.folder).glob(pattern)}
    return sorted(file for file in found if file.suffix in (".yml", ".yaml"))


class Said(NamedTuple):
    """What a ``profile.yml`` says: its parents, also by variables, whose data it reads, if its tables may be old."""

    inherits: list[str]
    defer: str | None = None
    as_of: bool = False
    when: dict[str, str] = {}  # noqa: RUF012  # a NamedTuple's default; nobody changes it


def said(document: Any) -> Said | None:
    """Return what a ``profile.yml`` says, or nothing if that cannot be.

    >>> said({"inherits": "acc", "defer": "prod"})
    Said(inherits=['acc'], defer='prod', as_of=False, when={})
    >>> said({"inherits": ["acc"], "as_of": True, "when": {"DB_HOST": "postgres"}})
    Said(inherits=['acc'], defer=None, as_of=True, when={'DB_HOST': 'postgres'})
    >>> said(None), said({"inherit": ["acc"]})
    (Said(inherits=[], defer=None, as_of=False, when={}), None)
    """
    if not document:
        return Said([])
    if not isinstance(document, dict) or not set(document) <= {*Said._fields}:
        return None
    named, when = document.get("inherits", []), document.get("when") or {}
    named = [named] if isinstance(named, str) else named
    found = Said(named, document.get("defer"), document.get("as_of", False), when)
    names = [*named, *when, *when.values()] if isinstance(named, list) and isinstance(when, dict) else [None]
    is_right = isinstance(found.defer, str | None) and isinstance(found.as_of, bool)
    return found if is_right and all(isinstance(each, str) for each in names) else None
