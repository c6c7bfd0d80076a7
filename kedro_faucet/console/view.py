"""What a run shows while it runs: a line a node when it ends, and a summary at the end."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Iterator
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
        self._left: dict[str, set[str]] = {}

    @hook_impl(specname="before_pipeline_run", trylast=True)
    def view_begins(self, pipeline: Any, catalog: Any) -> None:
        """Begin to show a run."""
        if _logger.isEnabledFor(logging.INFO):
            journal.begin()
            LINE.begin(len(pipeline.nodes))

    @hook_impl(specname="before_dataset_loaded", tryfirst=True)
    def view_loads(self, dataset_name: str, node: Any) -> None:
        """Show that a node loads; with the first it begins."""
        self._view_begin(node)
        journal.note(node=node.name, doing=f"loads {dataset_name}")

    @hook_impl(specname="before_node_run", tryfirst=True)
    def view_runs(self, node: Any) -> None:
        """Show that a function runs."""
        self._view_begin(node)
        journal.note(node=node.name, doing="runs")

    def _view_begin(self, node: Any) -> None:
        records.node.set(node.name)
        if node.name not in self._begun:
            apply_form()
            if parent_process() is not None:
                interrupts.end()
            self._begun[node.name], self._left[node.name] = time.perf_counter(), set(node.outputs)

    @hook_impl(specname="after_node_run", trylast=True)
    def view_ran(self, node: Any, outputs: dict[str, Any]) -> None:
        """Know a node without outputs to be done, and one that gives parts after the last of them."""
        if not node.outputs:
            self._view_done(node)
        elif inspect.isgeneratorfunction(node.func):
            for name, parts in outputs.items():
                outputs[name] = self._watched(parts, node)

    def _watched(self, parts: Iterator[Any], node: Any) -> Iterator[Any]:
        """Give the parts of one output: where there are several, the first that has no more ends them all."""
        yield from parts
        self._view_done(node)

    @hook_impl(specname="before_dataset_saved")
    def view_saves(self, dataset_name: str, node: Any) -> None:
        """Show that a node saves."""
        journal.note(node=node.name, doing=f"saves {dataset_name}")

    @hook_impl(specname="after_dataset_saved", trylast=True)
    def view_saved(self, dataset_name: str, node: Any) -> None:
        """Know a node whose outputs are all saved to be done."""
        left = self._left.get(node.name, set())
        left.discard(dataset_name)
        if not left and not inspect.isgeneratorfunction(node.func):
            self._view_done(node)

    def _view_done(self, node: Any) -> None:
        if (begun := self._begun.pop(node.name, None)) is None or not _logger.isEnabledFor(logging.INFO):
            return
        from kedro_faucet.ledger.recorder import recorder

        seconds = round(time.perf_counter() - begun, 3)
        about = {"node": node.name, "rows": recorder.rows.pop(node.name, None), "seconds": seconds}
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
        self._begun, self._left = {}, {}
        records.node.set(None)
        over()


def over() -> None:
    """End what shows a run, also of one that was interrupted."""
    LINE.end()
    journal.end()
