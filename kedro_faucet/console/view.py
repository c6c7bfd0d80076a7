"""What a run shows while it runs: a line a node when it ends, and a summary at the end."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import parent_process
from typing import Any

from kedro.framework.hooks import hook_impl

from kedro_faucet.console import interrupts, journal, records
from kedro_faucet.console.live import LINE
from kedro_faucet.console.logs import apply_form
from kedro_faucet.console.summary import counted, summary

_logger = logging.getLogger("kedro_faucet.run")


class ViewHooks:
    """The hooks that tell what nodes do, in whichever process or thread they are; silent where nobody reads the logger.

    >>> from kedro_faucet.hooks import hooks
    >>> isinstance(hooks, ViewHooks)
    True
    """

    def __init__(self) -> None:
        """Know of no run yet."""
        self._begun: dict[str, float] = {}
        self._rows: dict[str, dict[str, int | None]] = {}
        self._known: Any = None

    @hook_impl(specname="before_pipeline_run", trylast=True)
    def view_begins(self, pipeline: Any, catalog: Any) -> None:
        """Begin to show a run."""
        if _logger.isEnabledFor(logging.INFO):
            self._known = catalog
            journal.begin()
            LINE.begin(len(pipeline.nodes))

    @hook_impl(specname="before_dataset_loaded", tryfirst=True)
    def view_loads(self, dataset_name: str, node: Any) -> None:
        """Show that a node loads; with the first it begins."""
        self._view_begin(node)
        journal.note(node=node.name, doing=f"loads {dataset_name}")

    @hook_impl(specname="before_node_run", tryfirst=True)
    def view_runs(self, node: Any, catalog: Any) -> None:
        """Show that a function runs."""
        self._known = catalog
        self._view_begin(node)
        journal.note(node=node.name, doing="runs")

    def _view_begin(self, node: Any) -> None:
        records.node.set(node.name)
        if node.name not in self._begun:
            apply_form()
            if parent_process() is not None:
                interrupts.end()
            self._begun[node.name], self._rows[node.name] = time.perf_counter(), {}

    @hook_impl(specname="after_node_run", trylast=True)
    def view_ran(self, node: Any, outputs: dict[str, Any]) -> None:
        """Know a node without outputs to be done, and one that gives parts after the last of them."""
        if not node.outputs:
            self._view_done(node)
        elif inspect.isgeneratorfunction(node.func):
            left = set(outputs)
            for name, parts in outputs.items():
                outputs[name] = self._watched(name, parts, node, left)

    def _watched(self, name: str, parts: Iterator[Any], node: Any, left: set[str]) -> Iterator[Any]:
        yield from parts
        left.discard(name)
        if not left:
            self._view_done(node)

    @hook_impl(specname="before_dataset_saved")
    def view_saves(self, dataset_name: str, node: Any) -> None:
        """Show that a node saves."""
        journal.note(node=node.name, doing=f"saves {dataset_name}")

    @hook_impl(specname="after_dataset_saved", trylast=True)
    def view_saved(self, dataset_name: str, data: Any, node: Any) -> None:
        """Count what was saved, as far as metadata tell it; a node whose outputs are all saved is done."""
        if not _logger.isEnabledFor(logging.INFO):
            return
        rows = self._rows.setdefault(node.name, {})
        rows[dataset_name] = None
        with suppress(Exception):  # a figure less stops no run
            rows[dataset_name] = rows_of(self._known.get(dataset_name), data)
        if not inspect.isgeneratorfunction(node.func) and set(rows) >= set(node.outputs):
            self._view_done(node)

    def _view_done(self, node: Any) -> None:
        seconds = time.perf_counter() - self._begun.pop(node.name, time.perf_counter())
        found = [rows for rows in self._rows.pop(node.name, {}).values() if rows is not None]
        about = {"node": node.name, "rows": sum(found) if found else None, "seconds": round(seconds, 3)}
        journal.note(**about)
        _logger.info("%s", counted(**about), extra={"kedro_about": about})
        records.node.set(None)

    @hook_impl(specname="after_pipeline_run", tryfirst=True)
    def view_ends(self, pipeline: Any, catalog: Any) -> None:
        """Show the summary."""
        if _logger.isEnabledFor(logging.INFO):
            seconds, steps = LINE.end(), [said for said in journal.read() if "seconds" in said]
            said = "\n".join(summary(steps, seconds, pipeline, catalog))
            _logger.info("\n%s", said, extra={"kedro_about": {"nodes": len(steps), "seconds": round(seconds, 3)}})
        self._view_end()

    @hook_impl(specname="on_pipeline_error", tryfirst=True)
    def view_fails(self) -> None:
        """Take the live line away."""
        self._view_end()

    def _view_end(self) -> None:
        """Know of no run any more."""
        self._begun, self._rows = {}, {}
        records.node.set(None)
        over()


def rows_of(dataset: Any, data: Any) -> int | None:
    """Return the rows that a dataset has after a save, if it is a resource whose metadata tell it, or a frame does.

    >>> import pandas as pd
    >>> rows_of(None, pd.DataFrame({"n": [1, 2]}))
    2

    Args:
        dataset: what was saved to.
        data: what was saved.
    """
    from kedro_faucet.storage.counts import count

    found = None
    if type(dataset).__name__ == "ResourceDataset" and not dataset._database:
        found = count(dataset.location, dataset._format)
    is_frame = type(data).__name__ == "DataFrame" and hasattr(data, "shape")
    return len(data) if found is None and is_frame else found


def over() -> None:
    """End what shows a run, also of one that was interrupted."""
    LINE.end()
    journal.end()
