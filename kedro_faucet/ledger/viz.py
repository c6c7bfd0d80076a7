"""What Kedro-Viz shows of runs: rows, columns and sizes of datasets, and what became of each node.

Kedro-Viz reads two files below ``.viz``. Its own hooks write them of pandas' frames, and of whole runs in one process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha1
from pathlib import Path
from typing import Any, TypeVar

from kedro_faucet.datasets.places import source_of
from kedro_faucet.ledger.lineage.graph import is_parameter, plain
from kedro_faucet.ledger.lineage.schemas import stored
from kedro_faucet.ledger.measures import holds
from kedro_faucet.ledger.records import RunRecord, Step
from kedro_faucet.ledger.versions import is_kept
from kedro_faucet.storage.atomic import write_atomic

Event = dict[str, Any]
STATS, EVENTS = "stats.json", "kedro_pipeline_events.json"
_KEPT = ("after_node_run", "on_node_error", "after_dataset_saved", "after_dataset_loaded")
T = TypeVar("T")


class VizFiles:
    """Keeps the files up to date, whichever runner a run has and whichever part of the pipeline it is of.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's.
        project: the project's folder.
    """

    def __init__(self, pipeline: Any, catalog: Any, project: str) -> None:
        """Know what there is."""
        self.pipeline, self.catalog = pipeline, catalog
        self.folder = Path(project, ".viz")
        self._stats: dict[str, Any] = {}
        self._events: list[Event] = []

    def begin(self, run: RunRecord) -> None:
        """Keep what was told of earlier runs: Kedro-Viz's hooks write over it."""
        self._stats, self._events = _read(self.folder / STATS, {}), _read(self.folder / EVENTS, [])

    def end(self, run: RunRecord) -> None:
        """Write what was told, with what this run did in the place of what it did again."""
        stats = {**self._stats, **_read(self.folder / STATS, {})}
        for name in self._names(run):
            stats[plain(name)] = {**stats.get(plain(name), {}), **self._holds(name, run)}
        _write(self.folder / STATS, stats)
        told = list(self._told(run, stats))
        _write(self.folder / EVENTS, [*_begun(run), *self._left(run, told), *told, *_ended(run)])

    def _names(self, run: RunRecord) -> list[str]:
        """Return the datasets that the nodes read and wrote which ran."""
        ran = [node for node in self.pipeline.nodes if _has_run(run.steps.get(node.name))]
        found = dict.fromkeys(name for node in ran for name in (*node.inputs, *node.outputs) if not is_parameter(name))
        return [name for name in found if is_kept(self.catalog.get(name))]

    def _holds(self, name: str, run: RunRecord) -> dict[str, int]:
        dataset = source_of(self.catalog.get(name))
        rows, size = holds(dataset) if type(dataset).__module__.startswith("kedro_faucet.") else (None, None)
        saved = next((step.outputs[name] for step in run.steps.values() if name in step.outputs), {})
        if rows is None and _is_whole(dataset):
            rows = saved.get("rows")
        types = stored(name, self.catalog)[0]
        found = {"rows": rows, "columns": len(types) if types else None, "file_size": size or saved.get("bytes")}
        return {key: value for key, value in found.items() if value is not None}

    def _left(self, run: RunRecord, told: list[Event]) -> list[Event]:
        """Return what earlier runs told of datasets and of nodes that are not of this one, or unchanged."""
        mine = {_id(str(node)) for node in self.pipeline.nodes if not _is_unchanged(run.steps.get(node.name))}
        again = mine | {each["node_id"] for each in told}
        return [each for each in self._events if each.get("event") in _KEPT and each.get("node_id") not in again]

    def _told(self, run: RunRecord, stats: Mapping[str, Any]) -> Iterator[Event]:
        """Yield what became of the nodes that ran, and of their datasets, each once."""
        seen = set[str]()
        for node in self.pipeline.nodes:
            step = run.steps.get(node.name)
            if step is None or not _has_run(step):
                continue
            yield _ran(node, step)
            for name in map(plain, (*node.inputs, *step.outputs)):
                if not is_parameter(name) and name not in seen:
                    seen.add(name)
                    yield _dataset(name, stats.get(name, {}))


def _ran(node: Any, step: Step) -> Event:
    """Return the event of a node; Kedro-Viz knows it by a hash of what Kedro writes of it."""
    about: Event = {"node": node.name, "node_id": _id(str(node))}
    if step.status == "failed":
        return {"event": "on_node_error", **about, "error": step.error or "", "timestamp": step.at, "traceback": ""}
    return {"event": "after_node_run", **about, "duration": step.seconds or 0.0, "status": "success"}


def _dataset(name: str, stats: Mapping[str, Any]) -> Event:
    about = {"dataset": name, "node_id": _id(name), "status": "Available"}
    return {"event": "after_dataset_saved", **about, "size": stats.get("file_size", 0)}


def _begun(run: RunRecord) -> Iterator[Event]:
    yield {"event": "before_pipeline_run", "timestamp": run.head["at"]}


def _ended(run: RunRecord) -> Iterator[Event]:
    if run.status == "failed":
        error = run.end.get("error", "")
        yield {"event": "on_pipeline_error", "error": error, "timestamp": run.end["at"], "traceback": ""}
    elif run.end:
        yield {"event": "after_pipeline_run", "timestamp": run.end["at"]}


def _id(text: str) -> str:
    return sha1(text.encode()).hexdigest()[:8]


def _has_run(step: Step | None) -> bool:
    return step is not None and step.status in ("done", "failed")


def _is_unchanged(step: Step | None) -> bool:
    return step is not None and step.status == "unchanged"


def _is_whole(dataset: Any) -> bool:
    """Tell whether a save is all that a dataset holds."""
    said = getattr(dataset, "_save_args", None)
    return isinstance(said, Mapping) and said.get("mode", "overwrite") == "overwrite"


def _read(path: Path, nothing: T) -> T:
    """Return what a file holds; nothing where there is none, or another's."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf8"))
        return found if isinstance(found, type(nothing)) else nothing
    return nothing


def _write(path: Path, what: Any) -> None:
    write_atomic(path, json.dumps(what, indent=2).encode())
