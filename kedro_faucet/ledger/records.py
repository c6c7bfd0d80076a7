"""What the records say: runs, and what their nodes did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kedro_faucet.ledger.folder import Folder

FINISHED = ("done", "unchanged")
"""What a node is that need not be done again."""


@dataclass(frozen=True)
class Step:
    """What a node did in a run.

    Args:
        node: its name.
        status: ``done``, ``unchanged`` or ``deferred`` (it was not run), ``failed``, ``pending``, ``skipped`` or
            ``not done``.
        at: when it ended.
        seconds: how long it took, from its first load to its last save.
        reason: why it ran, where ``--changed`` asked.
        error: what it failed of.
        inputs: the versions of what it loaded.
        outputs: by dataset, version, rows and bytes of what it saved.
    """

    node: str
    status: str
    at: str | None = None
    seconds: float | None = None
    reason: str | None = None
    error: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def total(self, what: str) -> int | None:
        """Return the rows or bytes of all that was saved, as far as they are known."""
        found = [each[what] for each in self.outputs.values() if each.get(what) is not None]
        return sum(found) if found else None


@dataclass(frozen=True)
class RunRecord:
    """A run, as its records tell it.

    Args:
        place: where they are.
        head: the first one.
        rest: the others.
        is_running: whether the run may still be on, where no record says its end.
    """

    place: str
    head: dict[str, Any]
    rest: list[dict[str, Any]]
    is_running: bool = False

    @property
    def name(self) -> str:
        """The name that ``kedro faucet runs`` takes."""
        return str(self.head["run"])

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """The meaning of each node of the run, by parts."""
        return self.head.get("nodes") or {}

    @property
    def status(self) -> str:
        """``done``, ``failed``, ``running``, or ``stopped`` where it was killed."""
        return str(self.end["status"]) if self.end else "running" if self.is_running else "stopped"

    @property
    def end(self) -> dict[str, Any]:
        """The last record, if the run came to one."""
        return next((each for each in reversed(self.rest) if each["kind"] == "end"), {})

    @cached_property
    def steps(self) -> dict[str, Step]:
        """What each node did that has come to an end."""
        reasons = {each["node"]: each.get("reason") for each in self.rest if each["kind"] == "reason"}
        found = {}
        for each in self.rest:
            if each["kind"] == "node":
                said = {name: each[name] for name in Step.__dataclass_fields__ if each.get(name) is not None}
                found[each["node"]] = Step(**{"reason": reasons.get(each["node"]), **said})
        return found

    def all_steps(self) -> list[Step]:
        """Return what each node did, or did not, in the order of the pipeline."""
        left = "pending" if self.status == "running" else "not done"
        if self.status == "done" and self.head.get("only_missing"):
            left = "skipped"  # its outputs were there
        return [self.steps.get(name) or Step(name, left) for name in self.nodes]

    def unfinished(self) -> list[str]:
        """Return the nodes that failed, were stopped, or were not reached."""
        return [each.node for each in self.all_steps() if each.status not in (*FINISHED, "skipped", "deferred")]


def read_runs(folder: Folder) -> Iterator[RunRecord]:
    """Yield the runs, the newest first."""
    for place in folder.places():
        with suppress(FileNotFoundError):  # somebody tidies up meanwhile
            if found := read_run(folder, place):
                yield found


def read_run(folder: Folder, place: str) -> RunRecord | None:
    """Return one run; nothing of one whose first record is of another version, or torn."""
    head, *rest = list(folder.records(place)) or [{}]
    if head.get("kind") != "run":
        return None
    is_over = any(each["kind"] == "end" for each in rest)
    return RunRecord(place, head, rest, not is_over and folder.is_running(place))
