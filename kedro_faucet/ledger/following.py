"""Who is told what a run did, once the ledger has it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

from kedro_faucet.config.secrets import without_passwords
from kedro_faucet.exceptions import FaucetError, shortened
from kedro_faucet.ledger.records import RunRecord

_logger = logging.getLogger(__name__)
T = TypeVar("T")


class Follower(Protocol):
    """One who is told."""

    def begin(self, run: RunRecord) -> None:
        """Know that the run begins."""

    def end(self, run: RunRecord) -> None:
        """Know what it did."""


class Followers:
    """Those who follow a run of a project.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's.
        project: the project's folder.
        namespace: what others call the project in its profile.
    """

    def __init__(self, pipeline: Any, catalog: Any, project: str, namespace: str) -> None:
        """Find them; what none needs is not imported."""
        from kedro_faucet.ledger.lineage.emission import Emission, is_configured

        self._known: dict[str, Follower] = {}
        if is_configured(project):
            self._add("OpenLineage", lambda: Emission(pipeline, catalog, project, namespace))
        if find_spec("kedro_viz"):
            from kedro_faucet.ledger.viz import VizFiles

            self._add("Kedro-Viz", lambda: VizFiles(pipeline, catalog, project))

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._known)

    def begin(self, run: RunRecord) -> None:
        """Tell them that the run begins."""
        for name, follower in list(self._known.items()):
            self._heard(name, partial(follower.begin, run))

    def end(self, run: RunRecord) -> None:
        """Tell them what it did."""
        for name, follower in list(self._known.items()):
            self._heard(name, partial(follower.end, run))

    def _add(self, name: str, make: Callable[[], Follower]) -> None:
        if (found := self._heard(name, make)) is not None:
            self._known[name] = found

    def _heard(self, name: str, tell: Callable[[], T]) -> T | None:
        """Let what goes wrong stop no run: it is said, once."""
        try:
            return tell()
        except Exception as error:
            self._known.pop(name, None)
            said = error.message if isinstance(error, FaucetError) else f"{type(error).__name__}: {error}"
            text = without_passwords(said.partition("\n")[0])
            _logger.warning("%s is not told of this run, which goes on: %s", name, shortened(text, 300))
            return None
