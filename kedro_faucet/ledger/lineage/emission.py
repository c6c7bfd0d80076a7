"""Sends the events of a run to where OpenLineage's client is configured to, beside the run: nobody waits for long."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import yaml

from kedro_faucet.config.secrets import without_passwords
from kedro_faucet.exceptions import MissingExtraError, shortened
from kedro_faucet.ledger.records import RunRecord

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import RunEvent

_logger = logging.getLogger(__name__)
_THREAD = "kedro-faucet-openlineage"
PATIENCE, MOST = 3.0, 30.0
"""How many seconds the end of a run waits for the answer to one event, and for all of them."""


def is_configured(project: str) -> bool:
    """Tell whether OpenLineage's client would find its configuration: nothing of ours switches it on.

    >>> is_configured("/nowhere")
    False
    """
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    says = any(name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG") or _is_transport(name) for name in os.environ)
    files = (Path(project), Path.cwd(), Path.home() / ".openlineage")
    return says or any((folder / "openlineage.yml").is_file() for folder in files)


def _is_transport(name: str) -> bool:
    return name.startswith("OPENLINEAGE__TRANSPORT")


class Emission:
    """Tells OpenLineage of a run.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's.
        project: the project's folder.
        namespace: of its jobs, where the environment says no other.

    Raises:
        MissingExtraError: if the client is not installed.
    """

    def __init__(self, pipeline: Any, catalog: Any, project: str, namespace: str) -> None:
        """Keep what the run is of."""
        try:
            from kedro_faucet.ledger.lineage.events import Events
        except ImportError as error:
            if (error.name or "").partition(".")[0] != "openlineage":
                raise
            raise MissingExtraError("openlineage-python", "openlineage") from None
        self._events = Events(pipeline, catalog, os.environ.get("OPENLINEAGE_NAMESPACE") or namespace, parent())
        self._sender = Sender(_client(project))

    def begin(self, run: RunRecord) -> None:
        """Send that the run begins; of one whose nodes are in processes that are forked, when it ends."""
        self._sender.put([self._events.begin(run)])
        if "ParallelRunner" not in str(run.head.get("runner")):
            self._sender.start()

    def end(self, run: RunRecord) -> None:
        """Send what the run did."""
        try:
            self._sender.put(self._events.end(run))
        finally:
            self._sender.finish()


class Sender:
    """Sends events in a thread of its own, until one fails; says once what became of them.

    Args:
        client: OpenLineage's.
    """

    def __init__(self, client: OpenLineageClient) -> None:
        """Have nothing to send yet."""
        self._client = client
        self._waiting: SimpleQueue[RunEvent | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._send, name=_THREAD, daemon=True)
        self._put = self._sent = 0
        self._error: Exception | None = None

    def put(self, events: Iterable[RunEvent]) -> None:
        """Have events sent, in their order."""
        for event in events:
            if self._error is not None:
                return
            self._put += 1
            self._waiting.put(event)

    def start(self) -> None:
        """Begin to send."""
        if self._thread.ident is None:
            self._thread.start()

    def finish(self) -> None:
        """Wait until all is sent, as long as there are answers; say what is not."""
        self.start()
        self._waiting.put(None)
        until = time.monotonic() + MOST
        while self._thread.is_alive():
            sent = self._sent
            self._thread.join(max(0.0, min(PATIENCE, until - time.monotonic())))
            if self._thread.is_alive() and (sent == self._sent or time.monotonic() >= until):
                break
        if self._sent < self._put:
            text = "OpenLineage got %d events of this run and no more; the run goes on. Why: %s."
            _logger.warning(text, self._sent, _told(self._error, self._client))

    def _send(self) -> None:
        """Send one event after another."""
        with _quiet():
            while (event := self._waiting.get()) is not None:
                try:
                    self._client.emit(event)
                except Exception as error:  # whatever a transport raises
                    self._error = error
                    return
                self._sent += 1
        self._client.close(PATIENCE)


def _client(project: str) -> OpenLineageClient:
    """Return the client, as it configures itself; the project's own file counts from any folder.

    Where it is to tell git's address of the code, that is without the login which a checkout of a CI has there.
    """
    from openlineage.client import OpenLineageClient
    from openlineage.client.git import get_git_repo_url

    file = Path(project, "openlineage.yml")
    is_elsewhere = Path.cwd() != file.parent and file.is_file() and "OPENLINEAGE_CONFIG" not in os.environ
    client = OpenLineageClient(config=yaml.safe_load(file.read_text()) if is_elsewhere else None)
    code = client.config.facets.source_code_location
    if not code.disabled:
        code.repo_url = re.sub("//[^/@]*@", "//", code.repo_url or get_git_repo_url() or "") or None
    return client


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the client's library not tell each time that it tries again in this thread."""
    name, logger = threading.current_thread().name, logging.getLogger("urllib3.connectionpool")

    def is_other(record: logging.LogRecord) -> bool:
        return record.threadName != name

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)


def _told(error: Exception | None, client: OpenLineageClient) -> str:
    """Say why the events are not sent."""
    import requests

    at = without_passwords(str(getattr(client.transport, "url", "") or "the transport"))
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{at} answers {error.response.status_code} {error.response.reason}"
    if error is None or isinstance(error, requests.ConnectionError | requests.Timeout):
        return f"no answer from {at}"
    return shortened(without_passwords(f"{type(error).__name__}: {error}".partition("\n")[0]), 300)


def parent(environment: Mapping[str, str] = os.environ) -> tuple[str, str, str] | None:
    """Return the namespace, job and run that began this one, as Airflow and others hand them on.

    >>> parent({"OPENLINEAGE_PARENT_ID": "airflow/daily.kedro/01981e6c-62cc-7000-8000-000000000000"})
    ('airflow', 'daily.kedro', '01981e6c-62cc-7000-8000-000000000000')
    """
    said = environment.get("OPENLINEAGE_PARENT_ID", "").rsplit("/", 2)
    return (said[0], said[1], said[2]) if len(said) == 3 and all(said) else None
