"""``kedro faucet retry``: what a run left undone, done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.pipeline import Pipeline
from kedro.utils import load_obj

from kedro_faucet.cli.catalog import open_context
from kedro_faucet.cli.ledger.runs import find_run
from kedro_faucet.config.secrets import HIDDEN
from kedro_faucet.exceptions import ConfigError, ResourceError, listed
from kedro_faucet.ledger.changes.appends import is_appended
from kedro_faucet.ledger.changes.needs import Needs
from kedro_faucet.ledger.changes.past import appended_from
from kedro_faucet.ledger.dataset import ledger_of
from kedro_faucet.ledger.records import RunRecord


@click.command()
@click.argument("run", default="last")
@click.option("--runner", help="The runner; default: that of the run.")
@env_option
@click.pass_obj
def retry(metadata: ProjectMetadata, run: str, runner: str | None, env: str | None) -> None:
    """Run what a RUN left undone, with its parameters: what failed, was stopped, or was not reached.

    \b
    kedro faucet retry                    # of the newest run
    kedro faucet retry 2026-11-27T17
    """
    context = open_context(metadata, env)
    folder = ledger_of(context.catalog, str(metadata.project_path), context.config_loader.profile)
    found = find_run(folder, run)
    if found.status == "running":
        raise ResourceError(f"Run {found.name} is still on: wait for it, or stop it first.")
    left = undone(found, context.catalog)
    if not left:
        return click.echo(f"Run {found.name} left nothing undone.")
    click.echo(f"Of run {found.name}, {len(left)} of {len(found.nodes)} nodes are run: {listed(left)}")
    kind = load_obj(runner or found.head["runner"].replace("ledger.changes.runners.Changed", "runner."), "kedro.runner")
    session: Any
    with KedroSession.create(metadata.project_path, env=env, runtime_params=given(found)) as session:
        asked = {"pipeline_names": names_of(found), "only_missing_outputs": bool(found.head.get("only_missing"))}
        session.run(**asked, node_names=left, runner=kind(), load_versions=found.head["versions"] or None)
    return None


def names_of(run: RunRecord) -> list[str]:
    """Return the pipelines of a run."""
    return list(run.head["asked"].get("pipeline_names") or ["__default__"])


def undone(run: RunRecord, catalog: Any) -> list[str]:
    """Return the nodes of a run that are to be run: what it left undone, and what that needs out of memory.

    Raises:
        ResourceError: if there is no telling whether rows were added, or a node is there no more.
    """
    pipeline: Pipeline = sum((pipelines[name] for name in names_of(run)), Pipeline([]))
    known = {node.name: node for node in pipeline.nodes}
    if gone := [name for name in run.unfinished() if name not in known]:
        raise ResourceError(f"The pipeline has no node {listed(gone)} any more: use kedro run.")
    left = [known[name] for name in run.unfinished()]
    chosen = [each for each in left if not (appended_from(run, each.name) and is_appended(each, run, catalog))]
    return [node.name for node in Needs(pipeline, catalog).complete(chosen)]


def given(run: RunRecord) -> dict[str, Any]:
    """Return the parameters that a run was given.

    Raises:
        ConfigError: if the ledger keeps one of them from view.
    """
    parameters: dict[str, Any] = run.head["given"]
    if hidden := sorted(_hidden(parameters)):
        raise ConfigError(
            f"Run {run.name} was given {', '.join(hidden)}, which the ledger does not keep, as it may be a secret. Run "
            f"the nodes with it: kedro run --nodes {','.join(run.unfinished())} --params …"
        )
    return parameters


def _hidden(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _hidden(each, f"{name}.{key}".lstrip("."))
    elif isinstance(value, str) and HIDDEN in value:
        yield name
