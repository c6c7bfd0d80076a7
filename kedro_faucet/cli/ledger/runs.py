"""``kedro faucet runs``: what the runs of a profile did."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import open_context
from kedro_faucet.cli.output import json_option, show
from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.ledger.dataset import ledger_of, seconds, total
from kedro_faucet.ledger.folder import Folder
from kedro_faucet.ledger.records import RunRecord, Step, read_runs

_RUNS = {"run": "text", "status": "text", "nodes": "text", "rows": "number", "bytes": "bytes", "seconds": "seconds"}
_NODES = {"node": "text", "status": "text", "rows": "number", "bytes": "bytes", "seconds": "seconds"}


@click.command()
@click.argument("run", required=False)
@click.option("--last", default=20, show_default=True, help="How many runs are listed.")
@json_option
@env_option
@click.pass_obj
def runs(metadata: ProjectMetadata, run: str | None, last: int, as_json: bool, env: str | None) -> None:
    """List the runs of a profile, the newest first; of one RUN, its nodes.

    \b
    kedro faucet runs
    kedro faucet runs last                # the newest
    kedro faucet runs 2026-11-27T17       # the newest whose name begins so
    """
    folder = open_ledger(metadata, env)
    if run is None:
        rows = [_run(each) for each in islice(read_runs(folder), last)]
        return show(rows, _RUNS, as_json=as_json, nothing="No run of this profile is in the ledger yet.")
    found = find_run(folder, run)
    show([_step(each) for each in found.all_steps()], _NODES, as_json=as_json, nothing="The run had no nodes.")
    if not as_json:
        click.echo("\n".join(_why(found)))
    return None


def open_ledger(metadata: ProjectMetadata, env: str | None) -> Folder:
    """Return the ledger of a project's profile."""
    context = open_context(metadata, env)
    return ledger_of(context.catalog, str(metadata.project_path), context.config_loader.profile)


def find_run(folder: Folder, name: str) -> RunRecord:
    """Return the newest run whose name begins so; ``last`` is the newest of all.

    Raises:
        ResourceError: if there is none.
    """
    known = []
    for each in read_runs(folder):
        if name == "last" or each.name.startswith(name):
            return each
        known.append(each.name)
    hint = did_you_mean(name, known) if known else " There is none of this profile yet."
    raise ResourceError(f"No run '{name}' is in the ledger.{hint}")


def _run(run: RunRecord) -> dict[str, Any]:
    steps = run.all_steps()
    done = sum(step.status == "done" for step in steps)
    return {
        "run": run.name,
        "status": run.status,
        "nodes": f"{done} of {len(steps)}",
        "rows": total(run, "rows"),
        "bytes": total(run, "bytes"),
        "seconds": seconds(run),
        "error": run.end.get("error"),
        **{name: run.head.get(name) for name in ("at", "profile", "user", "host", "commit", "runner", "parameters")},
    }


def _step(step: Step) -> dict[str, Any]:
    about = {name: getattr(step, name) for name in Step.__dataclass_fields__}
    return {**about, "rows": step.total("rows"), "bytes": step.total("bytes")}


def _why(run: RunRecord) -> Iterator[str]:
    """Yield what made nodes run, and what they failed of."""
    for step in run.all_steps():
        if step.reason and step.status != "unchanged":
            yield f"{step.node}: {step.reason}"
        if step.error:
            yield f"{step.node} failed: {step.error}"
