"""The first record of a run: who runs what, on what, with which parameters, and what its nodes are made of."""

from __future__ import annotations

import getpass
import logging
import platform
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kedro_faucet.config.secrets import HIDDEN, is_secret, without_passwords
from kedro_faucet.ledger.meaning import UNKNOWN, Meaning, meaning
from kedro_faucet.ledger.meaning.reach import Project

_logger = logging.getLogger(__name__)
_ASKED = ("pipeline_names", "tags", "node_names", "from_nodes", "to_nodes", "from_inputs", "to_outputs", "namespaces")


def head(run: str, params: Mapping[str, Any], made: Mapping[str, Meaning], loader: Any, folder: str) -> dict[str, Any]:
    """Return the first record of a run.

    Args:
        run: its name.
        params: what Kedro tells of the run.
        made: the meaning of its nodes.
        loader: the loader of the configuration.
        folder: the project's.
    """
    return {
        "kind": "run",
        "run": run,
        "at": now(),
        "profile": loader.profile,
        "user": _user(),
        "host": platform.node(),
        "commit": commit(folder),
        "runner": _runner(params),
        "asked": {name: list(value) for name in _ASKED if (value := params.get(name))},
        "only_missing": bool(params.get("only_missing_outputs")),
        "versions": dict(params.get("load_versions") or {}),
        "given": masked(params.get("runtime_params") or {}),
        "parameters": masked(_parameters(loader)),
        "nodes": {name: each.parts for name, each in made.items()},
        "lines": {file: text for each in made.values() for file, text in each.sketches().items()},
    }


def now() -> str:
    """Return this moment, of UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def meanings(pipeline: Any, catalog: Any, project: Project) -> dict[str, Meaning]:
    """Return the meaning of each node of a pipeline."""
    return {node.name: meaning_of(node, catalog, project) for node in pipeline.nodes}


def meaning_of(node: Any, catalog: Any, project: Project) -> Meaning:
    """Return the meaning of a node; one that cannot be told is another one each time."""
    try:
        return meaning(node, catalog, project)
    except Exception as error:
        _logger.debug("No telling what '%s' is made of: %s", node.name, error)
        return Meaning({"function": UNKNOWN})


def masked(value: Any) -> Any:
    """Return parameters without what may be a secret.

    >>> masked({"day": "monday", "api": {"token": "abc"}, "db": "postgresql://ada:hunter2@db"})
    {'day': 'monday', 'api': {'token': '***'}, 'db': 'postgresql://ada:***@db'}
    """
    if isinstance(value, Mapping):
        return {key: HIDDEN if is_secret(str(key)) else masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]
    return without_passwords(value) if isinstance(value, str) else value


def commit(folder: str) -> str | None:
    """Return git's name of the state that a project is in, where it has one."""
    command = ["git", "-C", folder or ".", "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return None


def _parameters(loader: Any) -> Any:
    try:
        return loader["parameters"]
    except Exception:  # a project without parameters
        return {}


def _runner(params: Mapping[str, Any]) -> str:
    """Return the name of a runner's class.

    >>> _runner({"runner": "<kedro.runner.thread_runner.ThreadRunner object at 0x7f0>"}), _runner({"runner": "None"})
    ('kedro.runner.thread_runner.ThreadRunner', 'SequentialRunner')
    """
    found = re.search(r"<([\w.]+) object", str(params.get("runner")))
    return found[1] if found else "SequentialRunner"
