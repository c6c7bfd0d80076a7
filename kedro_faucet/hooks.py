"""What Kedro's run calls: names checked before anything runs, and errors of a user's making shown as one line."""

from __future__ import annotations

import builtins
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl
from kedro.io.core import generate_timestamp

from kedro_faucet.config import current
from kedro_faucet.config.run import SHARES, Run, begin, check_asked, end
from kedro_faucet.console.faults import find_fault, in_notebook, made, other_process, this_process
from kedro_faucet.console.view import ViewHooks
from kedro_faucet.engines.connections import begin_run, can_fork, end_run, find_engine
from kedro_faucet.exceptions import DataError, FaucetError

if TYPE_CHECKING:
    from kedro_faucet.ledger.recorder import Recorder

# Nodes of ours preview their SQL in Kedro-Viz; that the seam is new is nothing that a user could act upon.
warnings.filterwarnings("ignore", message="The 'preview_fn' feature is experimental")

_PROFILE = "KEDRO_FAUCET_PROFILE"


class FaucetHooks(ViewHooks):
    """The hooks of every run in a project that has kedro-faucet installed.

    >>> from kedro_faucet.hooks import hooks
    >>> isinstance(hooks, FaucetHooks)
    True
    """

    def __init__(self) -> None:
        """Know no configuration yet."""
        super().__init__()
        self._loader: Any = None
        self._catalog: Any = None
        self._saved: set[tuple[str, str]] = set()
        self._runs: list[tuple[int, weakref.ref[Any]]] = []

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Keep the loader: it knows the providers, the profile, and where each entry was written."""
        self._loader = context.config_loader
        # Workers of a parallel run have no context.
        os.environ[_PROFILE] = str(getattr(self._loader, "profile", context.env))
        if "kedro.ipython" in sys.modules:
            from kedro_faucet.notebooks.jupyter.nodes import install

            install()

    @hook_impl
    def after_catalog_created(
        self,
        catalog: Any,
        parameters: dict[str, Any],
        save_version: str | None,
        load_versions: dict[str, str] | None,
    ) -> None:
        """Give nodes the run's name as a parameter, unless the project has one of that name; choose versions.

        Notebooks have a catalog without a run: the name is the one that a run of now would have.

        Raises:
            ResourceError: if ``--load-versions`` names a resource of ours that has no such version.
        """
        if load_versions:
            from kedro_faucet.datasets.versions import choose

            choose(catalog, load_versions)
        if "params:run_id" not in parameters:
            name, known = save_version or generate_timestamp(), catalog.get("params:run_id")
            if known is None:
                catalog["params:run_id"] = name
            else:  # Kedro would say that it replaces one
                known.save(name)

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Refuse a dataset that looks like a resource and would be taken for another, and a notebook that cannot run.

        Raises:
            ConfigError: naming the node and what is near.
            NotebookError: naming notebook and cell.
        """
        from kedro_faucet.config.loader import FaucetConfigLoader

        if notebooks := [node for node in pipeline.nodes if "notebook" in node.tags]:
            from kedro_faucet.notebooks.brick import check_notebooks

            check_notebooks(notebooks)
        run = self._run(run_params)
        if isinstance(self._loader, FaucetConfigLoader):
            from kedro_faucet.config.names import check_names
            from kedro_faucet.config.profiles.deferral import deferred_to
            from kedro_faucet.config.profiles.targets import check_targets

            if run.as_of:
                check_targets(pipeline.nodes, catalog, self._loader)
            check_names(pipeline.nodes, catalog, self._loader)
            if deferred_to(self._loader):
                from kedro_faucet.ledger.changes.deferral import check_outputs

                check_outputs(pipeline.nodes, catalog, self._loader, str(run_params.get("project_path") or ""))
        begin_run()
        begin(run)
        if "ParallelRunner" in str(run_params.get("runner")) and not can_fork():
            os.environ.setdefault("KEDRO_MP_CONTEXT", "spawn")
        if isinstance(self._loader, FaucetConfigLoader):
            from kedro.framework.project import PACKAGE_NAME

            _ledger().begin(run_params, pipeline, catalog, self._loader, PACKAGE_NAME or "")
        self._runs.append((threading.get_ident(), weakref.ref(catalog)))

    def _run(self, params: dict[str, Any]) -> Run:
        """Return what is known of a run, also what ``--params faucet.reload=…`` asks for."""
        given = (params.get("runtime_params") or params.get("extra_params") or {}).get("faucet") or {}
        check_asked(given)
        again = given.get("reload")
        if again is not None:
            from kedro_faucet.storage.intake.reload import Range

            Range.of(str(again))
        project = params.get("project_path")
        name = params.get("run_id") or params.get("session_id")
        asked: dict[str, Any] = {key: str(given[key]) for key in ("reload", "as_of") if given.get(key) is not None}
        asked |= {share: given[share] for share in SHARES if share in given}
        return Run(name, str(project) if project else None, deletes=bool(given.get("deletes")), **asked)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_result: dict[str, Any]) -> None:
        """Let go of the tables that the run has persisted, unless it hands tables on, which may read them."""
        _ledger().end()
        values = (getattr(dataset, "_data", None) for dataset in run_result.values())
        self._end(keep=any(map(_holds_table, values)))

    def _end(self, *, keep: bool = False) -> None:
        """Let go of what was persisted, when no other run is on; one that was interrupted has no catalog any more."""
        here = [run for run in self._runs if run[0] == threading.get_ident()]
        self._runs = [run for run in self._runs if run not in here[-1:] and run[1]() is not None]
        if not self._runs:
            end_run(keep=keep)
            end()

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str, node: Any) -> None:
        """Note for the ledger that a node begins."""
        _ledger().loads(dataset_name, node)

    @hook_impl
    def before_node_run(self, node: Any, catalog: Any, inputs: dict[str, Any], run_id: str) -> None:
        """Tell a notebook its run, and a spawned worker the run's engine; keep the catalog, for what is saved."""
        self._catalog = catalog
        _ledger().begins(node, catalog, inputs)
        self._saved -= {(node.name, name) for name in node.outputs}
        if current.engine is None:
            # One of ours knows it; where the node has none, another of the run does.
            datasets = map(catalog.get, (*node.inputs, *node.outputs, *catalog.keys()))
            current.engine = next(filter(None, (getattr(each, "_engine_config", None) for each in datasets)), None)
        if sys.modules.get("pyspark"):
            from kedro_faucet.engines.session.master import describe_jobs

            describe_jobs(node.name)
        if "notebook" in node.tags:
            from kedro_faucet.notebooks.execute import running

            running.set({"node": node.name, "run_id": run_id, "profile": os.environ.get(_PROFILE)})

    @hook_impl
    def after_node_run(self, node: Any, outputs: dict[str, Any]) -> None:
        """Note for the ledger that a function is done."""
        _ledger().made(node, outputs)

    @hook_impl
    def on_node_error(self, error: Exception, node: Any) -> None:
        """Keep the node with an error of its function: of another process, the error alone comes back."""
        error.__dict__["kedro_node"] = node.name
        _ledger().fails(node, error)

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, data: Any, node: Any) -> None:
        """Refuse what a function without a return gives, and to add to a fact with lost keys; put parts together.

        Raises:
            DataError: naming node and dataset, or what rebuilds the fact.
        """
        if data is None:
            error = DataError(f"Node '{node.name}' gives None for '{dataset_name}': let its function return the table.")
            error.__dict__["kedro_node"] = node.name
            raise error
        dataset = self._catalog.get(dataset_name)
        if hasattr(dataset, "continues"):
            dataset.continues = (node.name, dataset_name) in self._saved
            self._saved.add((node.name, dataset_name))
        self._check_fact(dataset_name, node, ("append", "ignore"))
        _ledger().saves(dataset_name, node)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any, node: Any) -> None:
        """Refuse a fact that was merged, if rows with such keys are left; note for the ledger what was saved.

        Raises:
            DataError: naming what rebuilds it.
        """
        self._check_fact(dataset_name, node, ("merge",))
        _ledger().saved(dataset_name, node, data)

    def _check_fact(self, name: str, node: Any, modes: Sequence[str]) -> None:
        if "star" in node.tags:
            from kedro_faucet.pipelines.star_pipeline import check_kept

            check_kept(node, self._catalog, name, modes)

    @hook_impl(trylast=True)  # it raises: others, as Kedro-Viz, are told first
    def on_pipeline_error(self, error: Exception, pipeline: Any, catalog: Any) -> None:
        """Raise what a user can mend as one error that names node and resource, instead of Kedro's around it.

        Raises:
            FaucetError: if there is one in the chain; not in a notebook, which shows the chain.
        """
        where = other_process(error, pipeline, catalog) or this_process(error)
        found = find_fault(error)
        _ledger().end(found or error, where["node"])
        self._end()
        if found is None:
            error.__traceback__ = in_notebook(error.__traceback__)
        elif not hasattr(builtins, "get_ipython"):
            told = "\n".join([found.message, *getattr(found, "__notes__", ())])
            raise FaucetError(f"{self._written(error, found)}{self._where(where, told)}{told}") from found

    def _written(self, error: BaseException, found: FaucetError) -> str:
        """Say file and line of an entry that its dataset does not understand, or of an engine's settings."""
        from kedro_faucet.config.loader import FaucetConfigLoader

        key, name = ("engine", "engine") if "'engine:'" in found.message else ("catalog", made(error))
        known = name and isinstance(self._loader, FaucetConfigLoader)
        place = self._loader.origin(key, (name,)) if known else ""
        return f"{place}: " if place else ""

    def _where(self, known: Mapping[str, str | None], message: str) -> str:
        """Say node, resource and profile, as far as the message does not."""
        known = {**known, "profile": getattr(self._loader, "profile", None)}
        parts = [f"{word} '{name}'" for word, name in known.items() if name and f"'{name}'" not in message]
        text = ", ".join(parts)
        return f"{text[0].upper()}{text[1:]}: " if text else ""


def _ledger() -> Recorder:
    """Return what keeps the ledger; who only makes a catalog does not import it."""
    from kedro_faucet.ledger.recorder import recorder

    return recorder


def _holds_table(value: Any) -> bool:
    """Tell whether a value is a table of an engine, or holds some."""
    if isinstance(value, Mapping):
        return any(map(_holds_table, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_table, value))
    return value is not None and find_engine(value) is not None


hooks = FaucetHooks()
