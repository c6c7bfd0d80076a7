"""The plan: which nodes must run, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kedro_faucet.datasets.places import source_of
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.ledger.changes.appends import is_appended
from kedro_faucet.ledger.changes.needs import Needs
from kedro_faucet.ledger.changes.past import Past
from kedro_faucet.ledger.changes.reasons import changed_part
from kedro_faucet.ledger.meaning import Meaning
from kedro_faucet.ledger.meaning.values import UNKNOWN, hash_value
from kedro_faucet.ledger.records import RunRecord, Step
from kedro_faucet.ledger.versions import NOTHING, appends, version

ALWAYS = "always"
"""The tag of a node that depends on what nobody can see: a clock, a network, an import by name."""


@dataclass
class Plan:
    """Decides which nodes must run.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's.
        past: what the ledger knows.
        meanings: what the nodes are made of now.
        held: the nodes that have changed, and are not run as they would add rows twice, with the reason.
        base: the plan of the profile that this one defers to.
        where: what messages call the profile.
    """

    pipeline: Any
    catalog: Any
    past: Past
    meanings: Mapping[str, Meaning]
    held: dict[str, str] = field(default_factory=dict)
    base: Plan | None = None
    where: str = "this profile"

    def __post_init__(self) -> None:
        """Find out who makes what."""
        self.needs = Needs(self.pipeline, self.catalog)
        self._versions: dict[str, str | None] = {}

    def why(self, node: Any) -> str | None:
        """Return why a node must run, or nothing.

        Raises:
            ResourceError: if it was stopped while it added rows, and there is no telling whether they are there.
        """
        if ALWAYS in node.tags:
            return f"it is tagged '{ALWAYS}'"
        if stopped := self.past.appending.get(node.name):
            there = is_appended(node, stopped, self.catalog)
            return None if there else f"run {stopped.name} was stopped before it was done"
        found = self.past.last.get(node.name)
        if found is None:
            return self._first(node)
        run, step = found
        chain = [node, *self.needs.before(node)]
        made = next(filter(None, (self._made(each, run) for each in chain)), None)
        read = next(filter(None, (self._read(each, run.steps.get(each.name)) for each in chain)), None)
        if not self.needs.appends(node):
            return made or read or self._written(node, step)
        reason = read or self._written(node, step)
        if made and not reason:
            self.held[node.name] = made
        return reason

    def _first(self, node: Any) -> str | None:
        """Return why a node must run that has not run here: nothing where the profile deferred to has what it makes."""
        if self.base is None:
            return f"it has not run in {self.where} yet"
        chain = [node, *self.needs.before(node)]
        if own := next((name for each in chain for name in self.inputs(each) if self._is_own(name)), None):
            return f"{own} is this profile's own"
        try:
            return self.base.why(node) or self.base.held.get(node.name)
        except ResourceError:  # of rows that were being added there
            return f"there is no telling what {self.base.where} has of it"

    def _is_own(self, name: str) -> bool:
        """Tell whether this profile has made a dataset, elsewhere than the one that it defers to."""
        if self.base is None or name.startswith("params:") or name == "parameters":
            return False
        mine, theirs = self.catalog.get(name), self.base.catalog.get(name)
        if mine is None or theirs is None:
            return False
        return str(mine._describe()) != str(theirs._describe()) and bool(mine.exists())

    def _made(self, node: Any, run: RunRecord) -> str | None:
        before, now = run.nodes.get(node.name), self.meanings[node.name]
        return (
            changed_part(before, now, run.head.get("lines") or {}) if before else f"'{node.name}' did not run with it"
        )

    def _read(self, node: Any, step: Step | None) -> str | None:
        if step is None:
            return f"'{node.name}' did not run with it"
        return next(filter(None, (self._input(name, step) for name in self.inputs(node))), None)

    def inputs(self, node: Any) -> Iterator[str]:
        """Yield the inputs of a node that tell whether it must run: none that is made in memory, or names the run."""
        for name in node.inputs:
            if name != "params:run_id" and (name not in self.needs.makers or self.needs.is_kept(name)):
                yield name

    def _input(self, name: str, step: Step) -> str | None:
        now = self.read(name)
        if now is None or now == UNKNOWN:
            return f"there is no telling whether {name} changed"
        if now == NOTHING:
            return f"{name} is missing"
        if self.past.are_same(name, now, step.inputs.get(name)):
            return None
        return f"{name} changed" if name.startswith("params:") else f"{name} has a new version"

    def _written(self, node: Any, step: Step) -> str | None:
        return next(filter(None, (self._output(name, step) for name in node.outputs if self.needs.is_kept(name))), None)

    def _output(self, name: str, step: Step) -> str | None:
        dataset, now = self.catalog.get(name), self.version(name)
        if now == NOTHING or (now is None and not dataset.exists()):
            return f"{name} is missing"
        # Of a database's file, all tables have one version; of what rows are added to, others may add some.
        if now is None or getattr(dataset, "_database", False) or appends(dataset):
            return None
        known = step.outputs.get(name, {}).get("version")
        return None if self.past.are_same(name, now, known) else f"{name} was changed by another"

    def version(self, name: str) -> str | None:
        """Return the version of a dataset, or of a parameter's value, as it is now."""
        if name not in self._versions:
            self._versions[name] = self._find(name)
        return self._versions[name]

    def read(self, name: str) -> str | None:
        """Return the version of what is read of a dataset, which may be another profile's."""
        source = source_of(dataset := self.catalog.get(name))
        return self.version(name) if source is dataset else version(source)

    def _find(self, name: str) -> str | None:
        dataset = self.catalog.get(name)
        if name.startswith("params:") or name == "parameters":
            held = getattr(dataset, "_data", None)  # to load it imports pandas
            return hash_value(dataset.load() if held is None else held)
        if not self.needs.is_kept(name):
            return None
        if getattr(dataset, "_version", None) is not None and hasattr(dataset, "resolve_load_version"):
            dataset.release()  # which forgets the version that was the newest before
        return version(dataset)

    def forget(self, node: Any, step: Step | None) -> None:
        """Note that a node has run: what it saves has other versions now."""
        for name in node.outputs:
            self._versions.pop(name, None)
        if step:
            self.past.note_same(step)

    def unchanged(self, node: Any) -> dict[str, Any]:
        """Return the record of a node that is not run: what it would read and write, as that is now."""
        inputs = {name: self.read(name) for name in self.inputs(node)}
        about = {"kind": "node", "node": node.name, "inputs": inputs}
        if self.base is not None and node.name not in self.past.last:
            return {**about, "status": "deferred", "outputs": {}}
        outputs = {name: {"version": self.version(name)} for name in node.outputs if self.needs.is_kept(name)}
        return {**about, "status": "unchanged", "outputs": outputs}


@dataclass(frozen=True)
class Planned:
    """A node, as ``kedro faucet plan`` tells it.

    Args:
        node: its name.
        reason: why it would run; nothing if it would not.
        held: what has changed of a node that is not run, as it would add its rows again.
    """

    node: str
    reason: str | None
    held: str | None = None


def foresee(plan: Plan) -> list[Planned]:
    """Return what a run would do, as far as it can be known before; a content may turn out to be what it was."""
    would: dict[str, str] = {}
    for node in plan.pipeline.nodes:
        if not plan.needs.passes_on(node) and (reason := _foreseen(plan, node, would)):
            for each in plan.needs.complete([node]):
                would.setdefault(each.name, reason if each is node else f"'{node.name}' needs what it makes")
    return [Planned(node.name, would.get(node.name), plan.held.get(node.name)) for node in plan.pipeline.nodes]


def _foreseen(plan: Plan, node: Any, would: Mapping[str, str]) -> str | None:
    try:
        reason = plan.why(node)
    except ResourceError as error:
        reason = f"cannot: {error}"
    if reason:
        return reason
    makers = {name: plan.needs.makers[name].name for name in node.inputs if name in plan.needs.makers}
    return next((f"{name} may change, as '{maker}' runs" for name, maker in makers.items() if maker in would), None)
