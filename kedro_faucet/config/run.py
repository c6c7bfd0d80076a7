"""The run that is on, as worker processes know it too: its name, its project, and what it was asked to load again."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

_NAME = "KEDRO_FAUCET_RUN"


@dataclass(frozen=True)
class Run:
    """What is known of a run.

    Args:
        id: its name, the one that ``params:run_id`` has.
        project: the project's folder.
        reload: the range of cursors to load again, as ``--params faucet.reload=2024-01`` says.
    """

    id: str | None = None
    project: str | None = None
    reload: str | None = None


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
