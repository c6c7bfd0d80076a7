"""The meaning of a node, by parts."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kedro_faucet import __version__
from kedro_faucet.ledger.hashes import digest
from kedro_faucet.ledger.meaning.modules import Target, cell_of, take_apart
from kedro_faucet.ledger.meaning.reach import Parts, Project, reach
from kedro_faucet.ledger.meaning.statement import hash_sql, sketch
from kedro_faucet.ledger.meaning.values import UNKNOWN as UNKNOWN
from kedro_faucet.ledger.meaning.values import code_in, hash_value, target_of

_OURS = "kedro_faucet"
# What an entry says that changes no row.
_BESIDE = {"credentials", "metadata", "engine", "validator", "deferred"}


@dataclass(frozen=True)
class Meaning:
    """What a node is made of.

    Args:
        parts: a hash, or a version, by what it is of.
        texts: by SQL file, its text.
    """

    parts: Parts
    texts: dict[str, str] = field(default_factory=dict)

    def sketches(self) -> dict[str, str]:
        """Return what is kept of the SQL files, to tell later which line has changed."""
        return {file: sketch(text) for file, text in self.texts.items()}


def meaning(node: Any, catalog: Any, project: Project) -> Meaning:
    """Return the meaning of a node: its function and what that reaches, its settings, and its entries.

    Args:
        node: Kedro's.
        catalog: Kedro's, for the entries of the node's datasets.
        project: whose Python is followed.
    """
    function: Any = node.func
    parts: Parts = {}
    texts: dict[str, str] = {}
    while isinstance(function, partial):
        parts |= {"arguments": hash_value([function.args, function.keywords])}
        parts |= reach(code_in([function.args, function.keywords]), project)
        function = function.func
    owner = getattr(function, "__self__", None)
    if is_dataclass(owner) and type(owner).__module__.startswith(f"{_OURS}."):
        parts |= _brick(owner, project, texts)
    else:
        parts |= _function(function, owner, project)
    parts["inputs"] = hash_value([node._inputs, node._outputs])
    for name in dict.fromkeys([*node.inputs, *node.outputs]):
        if entry := _entry(name, catalog, project.folder):
            parts[f"entry of {name}"] = entry
    return Meaning(parts, texts)


def _function(function: Any, owner: Any, project: Project) -> Parts:
    inner = inspect.unwrap(function)
    held = [each.cell_contents for each in getattr(inner, "__closure__", None) or () if each != type(each)()]
    values = [*held, *([] if owner is None or inspect.ismodule(owner) else [owner])]
    parts = {"values": hash_value(values)} if values else {}
    return parts | reach([_target(function), _target(inner), *code_in(values)], project)


def _target(function: Any) -> Target:
    return target_of(function if hasattr(function, "__qualname__") else type(function))


def _brick(brick: Any, project: Project, texts: dict[str, str]) -> Parts:
    """Return the parts of a brick of ours: its settings, SQL by its words, notebooks by their cells."""
    name, parts = type(brick).__name__, {_OURS: __version__}
    given = {each.name: getattr(brick, each.name) for each in fields(brick)}
    if "text" in given and "file" in given:
        texts[given["file"]] = given.pop("text")
        parts[given["file"]] = hash_sql(texts[given["file"]])
    path = given.get("path")
    if isinstance(path, str) and path.endswith(".ipynb"):
        parts |= _notebook(Path(given.pop("path")), project)
    parts |= {f"{name}.{key}": hash_value(value) for key, value in given.items()}
    return parts | reach((each for each in code_in(given) if each[0].partition(".")[0] != _OURS), project)


def _notebook(path: Path, project: Project) -> Parts:
    """Return the cells of a notebook, with their tags, and what their imports reach."""
    cells = [each for each in json.loads(path.read_text(encoding="utf-8"))["cells"] if each["cell_type"] == "code"]
    parts: Parts = {}
    for number, cell in enumerate(cells, 1):
        tags = sorted((cell.get("metadata") or {}).get("tags") or [])
        tree = ast.parse(cell_of(cell))
        module = take_apart(tree, "")
        parts[f"{path.name} cell {number}"] = digest(f"{ast.dump(tree)} {tags}")
        imported = [target for found in module.imports.values() for target in found]
        parts |= reach([*imported, *((star, None) for star in module.stars)], project)
    return parts


def _entry(name: str, catalog: Any, folder: str) -> str | None:
    """Return a hash of what the catalog says of a dataset, wherever the project lies; nothing of what has no entry."""
    if name.startswith("params:") or name == "parameters":
        return None
    said = catalog.config_resolver.resolve_pattern(name)
    if said and str(said.get("type")).endswith("MemoryDataset"):
        return None  # the runner chooses which
    text = json.dumps(dict(_said(said)), sort_keys=True, default=str) if said else ""
    return digest(text.replace(folder, ".")) if said else None


def _said(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        if key not in _BESIDE:
            yield key, dict(_said(value)) if isinstance(value, Mapping) else value
