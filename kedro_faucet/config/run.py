"""The run that is on, as worker processes know it too: its name, its project, and what it was asked to load again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kedro_faucet.exceptions import ConfigError, did_you_mean

_NAME = "KEDRO_FAUCET_RUN"
SHARES = ("max_deletes", "max_changes")
"""Limits of histories that a run may lift."""


@dataclass(frozen=True)
class Run:
    """What is known of a run.

    Args:
        id: its name, the one that ``params:run_id`` has.
        project: the project's folder.
        reload: the range of cursors to load again, as ``--params faucet.reload=2024-01`` says.
        deletes: whether merges delete what their sources have no more, as ``--params faucet.deletes=true`` says.
        max_deletes: the share of keys that a snapshot may delete in this run, whatever the entries say.
        max_changes: the share of keys of which a snapshot may change a guarded column in this run.
        as_of: the time that histories are loaded as of, as ``--params faucet.as_of=2013-06-30`` says.
        ledger: where the records of the run go, if it keeps some.
        compares: whether what is saved is compared with what was there, as ``--changed`` wants.
    """

    id: str | None = None
    project: str | None = None
    reload: str | None = None
    deletes: bool = False
    max_deletes: float | None = None
    max_changes: float | None = None
    as_of: str | None = None
    ledger: str | None = None
    compares: bool = False


def check_asked(given: Mapping[str, Any]) -> None:
    """Refuse what ``--params faucet.…`` asks for and no run does.

    >>> check_asked({"reload": "2024-01"})
    >>> check_asked({"relod": "2024-01"})
    Traceback (most recent call last):
    kedro_faucet.exceptions.ConfigError: --params faucet.relod: nothing is called so. Did you mean 'reload'? ...

    Raises:
        ConfigError: with the nearest name, or what a value may be.
    """
    known = ("reload", "deletes", "as_of", *SHARES)
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ConfigError(f"--params faucet.{name}: nothing is called so.{hint} There are: {', '.join(known)}.")
    if given.get("reload") is not None and given.get("deletes"):
        raise ConfigError("--params faucet.reload and faucet.deletes are two runs: a reloaded range has no deletes.")
    if not isinstance(given.get("deletes", False), bool):
        raise ConfigError(f"--params faucet.deletes={given['deletes']} is neither true nor false.")
    _check_time(given.get("as_of", "2013-06-30"))
    for name in SHARES:
        share = given.get(name, 0)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise ConfigError(f"--params faucet.{name}={share} is no share of the keys: give a number from 0 to 1.")


def _check_time(at: Any) -> None:
    try:
        datetime.fromisoformat(str(at))
    except ValueError:
        raise ConfigError(
            f"--params faucet.as_of={at} is no time: write 2013-06-30, or 2013-06-30T23:59:59; a time is of UTC."
        ) from None


def begin(run: Run) -> None:
    """Note the run that begins; the environment reaches workers however they are started.

    >>> begin(Run("2013-01-31"))
    >>> current_run().id
    '2013-01-31'
    >>> end()
    """
    os.environ[_NAME] = json.dumps(asdict(run))


def end() -> None:
    """Note that no run is on."""
    os.environ.pop(_NAME, None)


def current_run() -> Run:
    """Return the run that is on; outside of one nothing is known."""
    return Run(**json.loads(os.environ.get(_NAME, "{}")))
