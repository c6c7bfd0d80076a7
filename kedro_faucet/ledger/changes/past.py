"""What the ledger tells of the nodes of a pipeline: when each was done last, and what was left half done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kedro_faucet.ledger.folder import Folder
from kedro_faucet.ledger.records import FINISHED, RunRecord, Step, read_runs


@dataclass
class Past:
    """What is known of nodes.

    Args:
        last: the run in which each was done last, and what it did there.
        same: by dataset and version, the earlier version that has the same content.
        appending: the run that was stopped while a node added rows, since it was done last.
    """

    last: dict[str, tuple[RunRecord, Step]] = field(default_factory=dict)
    same: dict[tuple[str, str], str] = field(default_factory=dict)
    appending: dict[str, RunRecord] = field(default_factory=dict)

    def add(self, run: RunRecord, names: Iterable[str]) -> None:
        """Take in an earlier run than those before."""
        for node in _appending(run):
            if node not in self.last:
                self.appending.setdefault(node, run)
        for step in run.steps.values():
            self.note_same(step)
            if step.node in names and step.status in FINISHED:
                self.last.setdefault(step.node, (run, step))

    def note_same(self, step: Step) -> None:
        """Take in of which outputs a node left the content as it was."""
        for name, said in step.outputs.items():
            if said.get("same") and said.get("version"):
                self.same.setdefault((name, said["version"]), said["same"])

    def are_same(self, name: str, one: str | None, other: str | None) -> bool:
        """Tell whether two versions of a dataset have the same content, as far as the ledger knows."""
        return one is not None and other is not None and self._first(name, one) == self._first(name, other)

    def _first(self, name: str, version: str) -> str:
        seen = {version}
        while (earlier := self.same.get((name, version))) and earlier not in seen:
            seen.add(earlier)
            version = earlier
        return version


def read_past(folder: Folder, names: Iterable[str], *, but: str | None = None) -> Past:
    """Return what is known of nodes, reading no more runs than needed.

    Args:
        folder: the records.
        names: the nodes.
        but: a run that is left out, as the one that is on.
    """
    past, wanted = Past(), set(names)
    for run in read_runs(folder):
        if run.place != but:
            past.add(run, wanted)
        if wanted <= past.last.keys():
            break
    return past


def _appending(run: RunRecord) -> set[str]:
    """Return the nodes that were adding rows when they were stopped."""
    done = {name for name, step in run.steps.items() if step.status in FINISHED}
    return {each["node"] for each in run.rest if each["kind"] == "appending"} - done


def appended_from(run: RunRecord, node: str) -> Mapping[str, Any]:
    """Return by dataset the version that a node began to add rows to."""
    return {
        each["dataset"]: each["version"] for each in run.rest if each["kind"] == "appending" and each["node"] == node
    }
