"""What a name of a project's Python reaches: definitions in the project, packages outside of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from kedro_faucet.ledger.meaning.modules import Definition, Module, Target, file_of, find_module

Parts = dict[str, str]


class Project(NamedTuple):
    """Whose Python is followed.

    Args:
        package: the project's own package, wherever it is installed.
        folder: the project's folder; other packages in it are its own too.
    """

    package: str
    folder: str

    def has(self, module: str) -> bool:
        """Tell whether a module is the project's."""
        top = module.partition(".")[0]
        file = "" if top == self.package else file_of(top) or ""
        return top == self.package or (file.startswith(f"{self.folder}/") and "site-packages" not in file)


def reach(start: Iterable[Target], project: Project) -> Parts:
    """Return every definition of a project that names reach, by hash, and the versions of packages outside.

    >>> parts = reach([("kedro_faucet.ledger.meaning.reach", "_version")], Project("kedro_faucet", "/nowhere"))
    >>> list(parts)
    ['kedro_faucet.ledger.meaning.reach:Parts', 'kedro_faucet.ledger.meaning.reach:_version']

    Args:
        start: modules, and names in them.
        project: whose definitions are followed.
    """
    parts: Parts = {}
    todo, seen = list(start), set()
    while todo:
        target = todo.pop()
        if target in seen:
            continue
        seen.add(target)
        module, name = target
        if not project.has(module):
            parts |= _version(module.partition(".")[0])
        elif (found := find_module(module)) is not None:
            todo += _follow(found, module, name, parts)
    return dict(sorted(parts.items()))


def _follow(found: Module, module: str, name: str | None, parts: Parts) -> list[Target]:
    """Note what a name of a module is, and return what it needs."""
    if name is None:
        return [*((module, each) for each in [*found.defines, *found.imports]), *_does(found, module, parts)]
    needs = list(_does(found, module, parts))
    if name in found.defines:
        for number, each in enumerate(found.defines[name]):
            parts[f"{module}:{name}" + (f"#{number}" if number else "")] = each.hash
            needs += _used(found, module, each)
    needs += found.imports.get(name, [])
    if name not in found.defines and name not in found.imports:
        needs += [(each, name) for each in found.stars]
        needs.append((f"{module}.{name}", None))  # a module of a package
    return needs


def _does(found: Module, module: str, parts: Parts) -> list[Target]:
    needs: list[Target] = []
    for number, each in enumerate(found.does):
        parts[f"{module}:{number}"] = each.hash
        needs += _used(found, module, each)
    return needs


def _used(found: Module, module: str, each: Definition) -> list[Target]:
    known = {name for name in each.uses if name in found.defines or name in found.imports}
    unknown = [(star, name) for star in found.stars for name in each.uses - known]
    return [*((module, name) for name in known), *unknown]


@lru_cache
def _version(package: str) -> Parts:
    """Return the version of a package outside; nothing of Python's own and of what nobody installed."""
    if not package or package in sys.stdlib_module_names:
        return {}
    try:
        return {package: version(package.replace("_", "-"))}
    except PackageNotFoundError:
        return {}
