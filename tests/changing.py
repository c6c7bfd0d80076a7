"""A small lake whose code, settings and sources can be edited, run in this process: all of it, or what has changed."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.runner import AbstractRunner, SequentialRunner

from kedro_faucet.config.providers import Setting, expand, read_providers
from kedro_faucet.config.run import Run, begin, end
from kedro_faucet.engines import Engine
from kedro_faucet.engines.connections import begin_run, end_run
from kedro_faucet.hooks import hooks
from kedro_faucet.ledger.changes.runners import ChangedSequentialRunner
from kedro_faucet.ledger.folder import Disk
from kedro_faucet.ledger.recorder import recorder
from kedro_faucet.ledger.records import RunRecord, read_runs
from kedro_faucet.nodes.copy import Copy
from kedro_faucet.nodes.sql import SqlQuery

HELPERS = "FACTOR = 2\n\n\ndef unused():\n    return 1\n"
NODES = """
from kedro_faucet import sql
from changing_helpers import FACTOR


def times(table, offset):
    return sql(f"select n * {FACTOR} + {offset} as n from t", t=table)


def plus(table):
    return sql("select n + 1 as n from t", t=table)
"""
SQL = "select n from x where n > 1"
SOURCE = "n\n1\n2\n3\n"


class Lake:
    """The project: raw/x is copied, filtered by SQL, handed on in memory, multiplied; and added to a log.

    Args:
        root: its folder.
        engine: the settings of the engine.
    """

    def __init__(self, root: Path, engine: Mapping[str, Any]) -> None:
        self.root, self.engine = root, dict(engine)
        self.sql, self.offset, self.entries, self.tags = SQL, 0, {}, []
        self.more: list[Any] = []
        for name, text in (("data/raw/x.csv", SOURCE), ("changing_helpers.py", HELPERS), ("changing_nodes.py", NODES)):
            self.write(name, text)
        self.ran = 0

    def write(self, name: str, text: str) -> None:
        """Write a file, which no cache takes for the one before."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def pipeline(self) -> Pipeline:
        """The pipeline as the code is now."""
        made = self._modules()
        query = SqlQuery(self.sql, ("x",), "sql/some.sql")
        return Pipeline(
            [
                node(Copy("raw/x").build, ["raw/x"], "lake/x", name="copy"),
                node(query.build, ["lake/x"], "out/some", name="some", tags=self.tags),
                node(made.plus, "out/some", "handed", name="plus"),
                node(made.times, ["handed", "params:offset"], "lake/times", name="times"),
                node(Copy("lake/x").build, ["lake/x"], "lake/log", name="log"),
                node(Copy("lake/times").build, ["lake/times"], "out/last", name="last"),
                *self.more,
            ]
        )

    def _modules(self) -> Any:
        if str(self.root) not in sys.path:
            sys.path[:] = [each for each in sys.path if "/changing-" not in each]
            sys.path.insert(0, str(self.root))
        for name in ("changing_nodes", "changing_helpers"):
            sys.modules.pop(name, None)
        shutil.rmtree(self.root / "__pycache__", ignore_errors=True)
        importlib.invalidate_caches()
        return importlib.import_module("changing_nodes")

    def catalog(self, root: Path | None = None) -> DataCatalog:
        """The catalog as the entries are now; of the same lake in another folder, for a comparison."""
        data = (root or self.root) / "data"
        providers = {
            "raw": {"path": f"{self.root}/data/raw", "format": "csv"},
            "lake": {"path": f"{data}/lake"},
            "out": {"path": f"{data}/out", "format": "parquet"},
        }
        log = {"lake/log": {"type": "kedro_faucet.ResourceDataset", "save_args": {"mode": "append"}}}
        setting = Setting(read_providers(providers), self.engine, root or self.root, "local")
        catalog = DataCatalog.from_config(expand({**log, **self.entries}, setting))
        catalog["params:offset"] = MemoryDataset(self.offset)
        return catalog

    def run(self, runner: AbstractRunner | None = None) -> RunRecord:
        """Run what has changed; return what the ledger says of it."""
        with self._run() as (catalog, pipeline, manager, name):
            (runner or ChangedSequentialRunner()).run(pipeline, catalog, manager, name)
        return next(read_runs(Disk(self.root / "data/ledger/local")))

    @contextmanager
    def _run(self) -> Iterator[tuple[Any, ...]]:
        self.ran += 1
        name = f"run-{self.ran:03}"
        catalog, pipeline, manager = self.catalog(), self.pipeline(), _create_hook_manager()
        manager.register(hooks)
        begin_run()
        begin(Run(name, str(self.root)))
        about = {"project_path": str(self.root), "runner": "None"}
        recorder.begin(about, pipeline, catalog, SimpleNamespace(profile="local"), "changing")
        try:
            yield catalog, pipeline, manager, name
        except Exception as error:
            recorder.end(error)
            raise
        else:
            recorder.end()
        finally:
            hooks._view_end()
            end_run()
            end()

    def full(self) -> dict[str, list[Any]]:
        """What a run of everything makes from an empty lake."""
        other = self.root / "other"
        shutil.rmtree(other, ignore_errors=True)
        SequentialRunner().run(self.pipeline(), self.catalog(other), _create_hook_manager())
        return self.rows(self.catalog(other))

    def rows(self, catalog: DataCatalog | None = None) -> dict[str, list[Any]]:
        """What there is."""
        catalog = catalog or self.catalog()
        names = ("lake/x", "out/some", "lake/times", "out/last", "lake/log")
        return {name: sorted(rows_of(catalog.load(name))) for name in names}


def rows_of(table: Any) -> list[Any]:
    """The rows of a table."""
    from kedro_faucet.engines import engine_of

    engine: Engine = engine_of(table)
    return engine.rows(table)


def ran(run: RunRecord) -> list[str]:
    """The nodes that ran, by name."""
    return sorted(step.node for step in run.steps.values() if step.status == "done")


def reasons(run: RunRecord) -> dict[str, str | None]:
    """Why each node ran."""
    return {step.node: step.reason for step in run.steps.values() if step.status == "done"}
