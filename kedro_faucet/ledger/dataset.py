"""The ledger as a resource: what the runs of a profile did, as tables that SQL can query on either engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from kedro.io import AbstractDataset

from kedro_faucet import engines
from kedro_faucet.datasets.places import file_service, location
from kedro_faucet.datasets.preview import TablePreview, preview
from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.ledger.folder import Folder, folder_at
from kedro_faucet.ledger.records import RunRecord, read_runs

if TYPE_CHECKING:
    import pyarrow as pa

    from kedro_faucet.engines import Table

Row = dict[str, Any]
_RUN = {"host": "host", "user_name": "user", "git_commit": "commit", "runner": "runner"}


class LedgerDataset(AbstractDataset[NoReturn, "Table"]):
    """What the runs of a profile did: a row a run, or a row a node of a run; every project has it.

    ```sql
    -- sql/slow.sql, with {"nodes": "ledger/nodes"}
    select node, max(seconds) as seconds from nodes group by node
    ```

    >>> import tempfile
    >>> runs = LedgerDataset(filepath=tempfile.mkdtemp())
    >>> runs.load().columns[:4]
    ['run', 'started_at', 'seconds', 'status']
    """

    def __init__(
        self,
        *,
        filepath: str,
        show: str = "runs",
        engine: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says.

        Args:
            filepath: the folder in which each profile has one for its records.
            show: ``runs`` or ``nodes``.
            engine: the profile's engine; default: the embedded one.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; it names the profile.
            service: the provider's settings, where it is no folder; ``filepath`` is then a URL.

        Raises:
            ResourceError: if there is no such table.
        """
        if show not in _TABLES:
            raise ResourceError(
                f"The ledger has no '{show}'; there are {', '.join(_TABLES)}.{did_you_mean(show, _TABLES)}"
            )
        self._filepath = str(filepath).removeprefix("file://")
        self._service = file_service(service, credentials, self._filepath, "The ledger")
        self._show, self._engine_config, self.metadata = show, dict(engine or {}), metadata

    @property
    def folder(self) -> Folder:
        """The records of the profile."""
        profile = ((self.metadata or {}).get("kedro_faucet") or {}).get("profile") or "local"
        return folder_at(location(self._service, f"{self._filepath}/{profile}"))

    def load(self) -> Table:
        """Return the rows as they are now, the newest run first."""
        rows, columns = _TABLES[self._show]
        found = [row for run in read_runs(self.folder) for row in rows(run)]
        return engines.connect(self._engine_config).from_frame(_table(found, columns))

    def save(self, data: Any) -> NoReturn:
        """Refuse to write what runs alone write.

        Raises:
            ResourceError: always.
        """
        raise ResourceError("The ledger is read only: runs write it.")

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the newest rows, for Kedro-Viz."""
        return preview(engines.connect(self._engine_config), self.load(), nrows)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "show": self._show}

    def _exists(self) -> bool:
        return bool(self.folder.places())


def ledger_of(catalog: Any, project: str, profile: str) -> Folder:
    """Return where the runs of a catalog are kept; where it has no ledger, in the project's own folder."""
    found = catalog.get("ledger/runs") if "ledger/runs" in catalog else None
    return found.folder if isinstance(found, LedgerDataset) else folder_at(f"{project}/data/ledger/{profile}")


def _run_rows(run: RunRecord) -> Iterator[Row]:
    steps = run.all_steps()
    counts = {name: sum(step.status == name for step in steps) for name in ("done", "unchanged", "failed")}
    yield {
        **_about(run),
        "started_at": moment(run.head.get("at")),
        "seconds": seconds(run),
        "status": run.status,
        "nodes": len(steps),
        **counts,
        "rows": total(run, "rows"),
        "bytes": total(run, "bytes"),
        "error": run.end.get("error"),
        **{name: run.head.get(key) for name, key in _RUN.items()},
        "parameters": json.dumps(run.head.get("parameters") or {}, default=str),
    }


def _node_rows(run: RunRecord) -> Iterator[Row]:
    for step in run.all_steps():
        yield {
            **_about(run),
            "node": step.node,
            "ended_at": moment(step.at),
            "seconds": step.seconds,
            "status": step.status,
            "reason": step.reason,
            "error": step.error,
            "rows": step.total("rows"),
            "bytes": step.total("bytes"),
            "inputs": json.dumps(step.inputs),
            "outputs": json.dumps(step.outputs),
            "meaning": json.dumps(run.nodes.get(step.node) or {}),
        }


def _about(run: RunRecord) -> Row:
    return {"run": run.name, "profile": run.head.get("profile")}


def moment(text: str | None) -> datetime | None:
    """Return a record's time.

    >>> moment("2013-01-31T12:00:00.000Z")
    datetime.datetime(2013, 1, 31, 12, 0)
    """
    return datetime.fromisoformat(text).replace(tzinfo=None) if text else None


def seconds(run: RunRecord) -> float | None:
    """Return how long a run took, until its end or its last record."""
    began, ended = moment(run.head.get("at")), moment(run.rest[-1].get("at")) if run.rest else None
    return round((ended - began).total_seconds(), 3) if began and ended else None


def total(run: RunRecord, what: str) -> int:
    """Return the rows or bytes that a run saved, as far as they are known."""
    return sum(step.total(what) or 0 for step in run.steps.values() if step.status == "done")


_Rows = Callable[[RunRecord], Iterator[Row]]
_TABLES: dict[str, tuple[_Rows, dict[str, str]]] = {
    "runs": (
        _run_rows,
        {
            "run": "string", "started_at": "time", "seconds": "double", "status": "string", "profile": "string",
            "nodes": "int", "done": "int", "unchanged": "int", "failed": "int", "rows": "int", "bytes": "int",
            "error": "string", "host": "string", "user_name": "string", "git_commit": "string", "runner": "string",
            "parameters": "string",
        },
    ),
    "nodes": (
        _node_rows,
        {
            "run": "string", "node": "string", "ended_at": "time", "seconds": "double", "status": "string",
            "profile": "string", "rows": "int", "bytes": "int", "reason": "string", "error": "string",
            "inputs": "string", "outputs": "string", "meaning": "string",
        },
    ),
}  # fmt: skip


def _table(rows: list[Row], columns: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa

    types = {"string": pa.string(), "time": pa.timestamp("us"), "double": pa.float64(), "int": pa.int64()}
    return pa.table({name: pa.array([row.get(name) for row in rows], types[kind]) for name, kind in columns.items()})
