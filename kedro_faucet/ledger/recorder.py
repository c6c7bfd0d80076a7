"""Writes the ledger from the hooks of a run, in whichever process or thread its nodes are."""

from __future__ import annotations

import inspect
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from multiprocessing import parent_process
from typing import Any, TypeVar

from kedro_faucet.config import run as runs
from kedro_faucet.config.secrets import without_passwords
from kedro_faucet.datasets.places import source_of
from kedro_faucet.engines import written
from kedro_faucet.exceptions import shortened
from kedro_faucet.ledger.content import content
from kedro_faucet.ledger.dataset import ledger_of
from kedro_faucet.ledger.folder import Folder
from kedro_faucet.ledger.following import Followers
from kedro_faucet.ledger.head import head, meanings, now
from kedro_faucet.ledger.meaning import Meaning
from kedro_faucet.ledger.meaning.reach import Project
from kedro_faucet.ledger.meaning.values import hash_value
from kedro_faucet.ledger.measures import is_delta, measure
from kedro_faucet.ledger.records import RunRecord, read_run
from kedro_faucet.ledger.versions import appends, is_kept, version

_logger = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])


def quietly(method: F) -> F:
    """Let what a ledger cannot do stop no run: it is said once."""

    @wraps(method)
    def called(self: Recorder, *args: Any, **named: Any) -> Any:
        if self.is_silent:
            return None
        try:
            return method(self, *args, **named)
        except Exception as error:
            self.is_silent = True
            say = _logger.debug if parent_process() else _logger.warning  # the main process says it of its workers
            say("This run is not in the ledger from here on; it goes on. %s", _told(error))

    return called  # type: ignore[return-value]


@dataclass
class Going:
    """A node that is on."""

    began: float = field(default_factory=time.perf_counter)
    inputs: dict[str, str | None] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)


class Recorder:
    """Keeps what the nodes of a run do."""

    def __init__(self) -> None:
        """Know of no run yet."""
        self.is_silent = False
        self._catalog: Any = None
        self.folder: Folder | None = None
        self.loader: Any = None
        self.meanings: dict[str, Meaning] = {}
        self.rows: dict[str, int | None] = {}
        """The rows that each node has saved which was done in this process, until somebody takes them."""
        self._going: dict[str, Going] = {}
        self._lock = threading.Lock()
        self._followers: Followers | None = None

    def begin(self, params: Mapping[str, Any], pipeline: Any, catalog: Any, loader: Any, package: str) -> None:
        """Begin the records of a run, with the meaning of its nodes."""
        self.is_silent, self._catalog, self._going, self.rows = False, catalog, {}, {}
        self.loader = loader
        self._begin(params, pipeline, catalog, loader, package)
        project, namespace = str(params.get("project_path") or ""), f"{package}.{loader.profile}"
        self._followers = Followers(pipeline, catalog, project, namespace)
        if self._followers and (run := self.run()):
            self._followers.begin(run)

    @quietly
    def _begin(self, params: Mapping[str, Any], pipeline: Any, catalog: Any, loader: Any, package: str) -> None:
        run = runs.current_run()
        folder = str(params.get("project_path") or "")
        self.meanings = meanings(pipeline, catalog, Project(package, folder))
        self.folder = ledger_of(catalog, folder, loader.profile)
        first = head(str(run.id), params, self.meanings, loader, folder)
        runs.begin(replace(run, ledger=self.folder.begin(first["run"], first)))

    def end(self, error: BaseException | None = None, node: str | None = None) -> None:
        """Write the end of a run; of one that failed, also the node that failed outside of its function."""
        self._end(error, node)
        if self._followers and (run := self.run()):
            self._followers.end(run)
        self._followers = None

    @quietly
    def _end(self, error: BaseException | None, node: str | None) -> None:
        place = runs.current_run().ledger
        if place is None or self.folder is None:
            return
        failed = node or (next(iter(self._going)) if len(self._going) == 1 else None)
        if error is not None and failed and (run := self.run()) and failed not in run.steps:
            self._failed(failed, error)
        self._add({"kind": "end", "status": "failed" if error else "done", **_error(error)})
        self.folder.end(place)
        if error is None and (run := self.run()) and (left := run.unfinished()):
            _logger.warning("The ledger lacks what these nodes did, as it could not be written: %s", ", ".join(left))

    @quietly
    def run(self) -> RunRecord | None:
        """Return what is in the ledger of the run that is on."""
        place = runs.current_run().ledger
        return read_run(self.folder, place) if place and self.folder else None

    @quietly
    def loads(self, name: str, node: Any) -> None:
        """Note that a node begins, with the first that it loads, and what there is to load."""
        going = self._going.setdefault(node.name, Going())
        if self._catalog is not None and not name.startswith("param"):
            going.inputs[name] = self._version(name, None)

    @quietly
    def begins(self, node: Any, catalog: Any, inputs: Mapping[str, Any]) -> None:
        """Note the versions of what a node has loaded; of another process's first node they are told only now."""
        self._catalog = catalog
        going = self._going.setdefault(node.name, Going())
        going.left = set(node.outputs)
        for name in node.inputs:
            if name != "params:run_id" and name not in going.inputs:
                going.inputs[name] = self._version(name, inputs.get(name))

    def _version(self, name: str, value: Any) -> str | None:
        if name.startswith("params:") or name == "parameters":
            return hash_value(value)
        dataset = self._catalog.get(name)
        return version(source_of(dataset)) if is_kept(dataset) else None

    @quietly
    def saves(self, name: str, node: Any) -> None:
        """Note what there is before a save; in the ledger, where to save twice would double it."""
        written.forget()
        dataset = self._catalog.get(name)
        if not is_kept(dataset):
            return
        going = self._going.setdefault(node.name, Going())
        first = name not in going.outputs
        before = version(dataset)
        kept = going.outputs.setdefault(name, {})
        kept["before"] = before
        if first and runs.current_run().compares:
            kept["content"], kept["was"] = content(dataset), before
        if first and appends(dataset):
            self._add({"kind": "appending", "node": node.name, "dataset": name, "version": before})

    @quietly
    def saved(self, name: str, node: Any, data: Any) -> None:
        """Note what was saved; with the last output of a function that gives no parts, the node is done."""
        going = self._going.setdefault(node.name, Going())
        dataset, kept = self._catalog.get(name), going.outputs.setdefault(name, {})
        if is_kept(dataset):
            after = version(dataset)
            rows, size = measure(dataset, data, is_new=after is None or after != kept.pop("before", None))
            # A file that parts are added to is as large as it is in the end; of a table, each commit adds its own.
            size = _sum(kept.get("bytes"), size) if is_delta(dataset) else size
            kept.update(version=after, rows=_sum(kept.get("rows"), rows), bytes=size)
        going.left.discard(name)
        if not going.left and not inspect.isgeneratorfunction(node.func):
            self.done(node)

    def _compared(self, going: Going) -> None:
        """Note of which outputs the content is what it was, though they have a new version."""
        for name, said in going.outputs.items():
            before, was = said.pop("content", None), said.pop("was", None)
            if before is not None and said.get("version") != was and content(self._catalog.get(name)) == before:
                said["same"] = was

    @quietly
    def made(self, node: Any, outputs: dict[str, Any]) -> None:
        """Note that a function is done: what gives parts is done with the last of them, which no hook tells."""
        if not node.outputs:
            self.done(node)
        elif inspect.isgeneratorfunction(node.func):
            for name, stream in outputs.items():
                outputs[name] = self._watched(stream, node)

    def _watched(self, stream: Iterator[Any], node: Any) -> Iterator[Any]:
        try:
            yield from stream
        except Exception as error:
            self.fails(node, error)
            raise
        self.done(node)  # of several outputs the first that has no more ends them all; the others are closed

    @quietly
    def done(self, node: Any) -> None:
        """Write what a node did."""
        self._node(node.name, "done")

    @quietly
    def fails(self, node: Any, error: BaseException) -> None:
        """Write that a node's function failed."""
        self._failed(node.name, error)

    def _failed(self, name: str, error: BaseException) -> None:
        self._node(name, "failed", **_error(error))

    def _node(self, name: str, status: str, **more: Any) -> None:
        with self._lock:
            going = self._going.pop(name, None)
        if going is None and status == "done":
            return
        going = going or Going()
        self._compared(going)
        outputs = {each: said for each, said in going.outputs.items() if said}
        counts = [said["rows"] for said in outputs.values() if said.get("rows") is not None]
        self.rows[name] = sum(counts) if counts else None
        seconds = round(time.perf_counter() - going.began, 4)
        said = {"seconds": seconds, "inputs": going.inputs, "outputs": outputs}
        self._add({"kind": "node", "node": name, "status": status, **said, **more})

    @quietly
    def note(self, record: Mapping[str, Any]) -> None:
        """Write a record of the run that is on."""
        self._add(record)

    def _add(self, record: Mapping[str, Any]) -> None:
        run = runs.current_run()
        if run.ledger is None:
            return
        if self.folder is None:  # in another process than the one that began
            self.folder = ledger_of(self._catalog, run.project or "", os.environ.get("KEDRO_FAUCET_PROFILE", "local"))
        self.folder.add(run.ledger, {**record, "at": now()})


def _error(error: BaseException | None) -> dict[str, str]:
    return {} if error is None else {"error": _told(error)}


def _told(error: BaseException) -> str:
    text = without_passwords(str(error)).strip() or type(error).__name__
    return shortened(text, 500)


def _sum(before: int | None, more: int | None) -> int | None:
    return more if before is None else before + (more or 0)


recorder = Recorder()
"""That of this process."""
