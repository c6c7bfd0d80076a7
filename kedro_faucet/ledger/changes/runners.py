"""Kedro's runners, which run only what must run."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kedro.pipeline import Pipeline
from kedro.runner import ParallelRunner, SequentialRunner, ThreadRunner

from kedro_faucet.config import run as runs
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.ledger.changes.deferral import base_plan
from kedro_faucet.ledger.changes.past import Past, read_past
from kedro_faucet.ledger.changes.plan import Plan
from kedro_faucet.ledger.recorder import recorder

if TYPE_CHECKING:
    from kedro.runner import AbstractRunner as Runner
else:
    Runner = object

_logger = logging.getLogger("kedro_faucet.run")


class Changed(Runner):
    """Makes of a runner one that runs a pipeline group by group, of each the nodes that must run."""

    @property
    def _logger(self) -> logging.Logger:
        """Say what Kedro's runners say where theirs do, not by the name of this module, which is heard."""
        return logging.getLogger("kedro.runner")

    def run(
        self,
        pipeline: Pipeline,
        catalog: Any,
        hook_manager: Any = None,
        run_id: str | None = None,
        only_missing_outputs: bool = False,
    ) -> dict[str, Any]:
        """Run what must run.

        Raises:
            ConfigError: if the run has no ledger, or is to run what is missing too.
        """
        if only_missing_outputs:
            raise ConfigError("--changed runs what is missing too: leave out --only-missing-outputs.")
        plan, ran = _plan(pipeline, catalog), set[str]()
        runs.begin(replace(runs.current_run(), compares=True))
        for group in pipeline.grouped_nodes:
            reasons = {node.name: plan.why(node) for node in group if not plan.needs.passes_on(node)}
            chosen = [node for node in group if reasons.get(node.name)]
            for layer in Pipeline(plan.needs.complete(chosen, ran)).grouped_nodes:
                _say(layer, reasons)
                # A group of nodes that need nothing of one another: Kedro keeps what each hands on.
                super().run(Pipeline(layer), catalog, hook_manager, run_id)
                _note(plan, layer)
                ran |= {node.name for node in layer}
        _end(plan, ran)
        return {name: catalog[name] for name in pipeline.outputs() if name in catalog}


class ChangedSequentialRunner(Changed, SequentialRunner):
    """One node after another."""

    def __str__(self) -> str:
        """Say what it is, by which Kedro-Viz knows that it can show the run."""
        return f"<{__name__}.ChangedSequentialRunner, a kedro.runner.sequential_runner.SequentialRunner object>"


class ChangedThreadRunner(Changed, ThreadRunner):
    """In threads."""


class ChangedParallelRunner(Changed, ParallelRunner):
    """In processes."""

    def run(self, pipeline: Pipeline, catalog: Any, *about: Any, **more: Any) -> dict[str, Any]:
        """Run what must run; what nodes hand on stays in the memory that the processes share, from group to group."""
        for name in pipeline.datasets():
            catalog.get(name, fallback_to_runtime_pattern=True)
        ParallelRunner.run(self, Pipeline([]), catalog)  # gives each of them a place in that memory
        catalog.set_manager_datasets = _keep
        try:
            return super().run(pipeline, catalog, *about, **more)
        finally:
            del catalog.set_manager_datasets


def _keep(manager: Any) -> None:
    """Leave the places in shared memory as they are."""


def _plan(pipeline: Pipeline, catalog: Any) -> Plan:
    if recorder.folder is None:
        raise ConfigError(
            "--changed needs the ledger, and with it the loader of kedro-faucet: write into settings.py\n"
            "from kedro_faucet import FaucetConfigLoader\nCONFIG_LOADER_CLASS = FaucetConfigLoader"
        )
    names = [node.name for node in pipeline.nodes]
    past = read_past(recorder.folder, names, but=runs.current_run().ledger) if names else Past()
    base = base_plan(pipeline, catalog, recorder.loader, runs.current_run().project or "")
    return Plan(pipeline, catalog, past, recorder.meanings, base=base)


def _say(nodes: Iterable[Any], reasons: dict[str, str | None]) -> None:
    for node in nodes:
        reason = reasons.get(node.name) or "another node needs what it hands on"
        recorder.note({"kind": "reason", "node": node.name, "reason": reason})
        _logger.info("%s runs: %s", node.name, reason)


def _note(plan: Plan, nodes: Iterable[Any]) -> None:
    run = recorder.run()
    for node in nodes:
        plan.forget(node, run.steps.get(node.name) if run else None)


def _end(plan: Plan, ran: set[str]) -> None:
    left = [node for node in plan.pipeline.nodes if node.name not in ran]
    for node in left:
        recorder.note(plan.unchanged(node))
    for name, reason in plan.held.items():
        if name not in ran:
            text = "%s is not run, though %s: it would add the rows of the same inputs again. To do so: kedro run -n %s"
            _logger.warning(text, name, reason, name)
    _logger.info("%d of %d nodes ran, %d had not changed", len(ran), len(plan.pipeline.nodes), len(left))
