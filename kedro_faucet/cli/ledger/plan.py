"""``kedro faucet plan``: what ``kedro run --changed`` would do, and why."""

from __future__ import annotations

from dataclasses import asdict

import click
from kedro.framework.cli.utils import env_option, split_string
from kedro.framework.project import PACKAGE_NAME
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import open_context, open_pipeline
from kedro_faucet.cli.output import json_option, show
from kedro_faucet.ledger.changes.deferral import base_plan
from kedro_faucet.ledger.changes.past import read_past
from kedro_faucet.ledger.changes.plan import Plan, foresee
from kedro_faucet.ledger.dataset import ledger_of
from kedro_faucet.ledger.head import meanings
from kedro_faucet.ledger.meaning.reach import Project


@click.command()
@click.option("--pipelines", "names", default="", callback=split_string, help="The pipelines; default: all nodes.")
@json_option
@env_option
@click.pass_obj
def plan(metadata: ProjectMetadata, names: list[str], as_json: bool, env: str | None) -> None:
    """Say which nodes `kedro run --changed` would run, and why.

    \b
    kedro faucet plan
    kedro faucet plan --pipelines star --env prod --json
    """
    context = open_context(metadata, env)
    pipeline = open_pipeline(names)
    folder = str(metadata.project_path)
    made = meanings(pipeline, context.catalog, Project(PACKAGE_NAME or "", folder))
    past = read_past(ledger_of(context.catalog, folder, context.config_loader.profile), made)
    base = base_plan(pipeline, context.catalog, context.config_loader, folder)
    found = foresee(Plan(pipeline, context.catalog, past, made, base=base))
    runs = [{"node": each.node, "why": each.reason} for each in found if each.reason]
    if as_json:
        return show([asdict(each) for each in found], {}, as_json=True, nothing="")
    show(runs, {"node": "text", "why": "text"}, as_json=False, nothing="Nothing has changed: no node would run.")
    for each in found:
        if each.held and not each.reason:
            click.echo(
                f"{each.node} would not run, though {each.held}: it would add the rows of the same inputs again."
            )
    click.echo(f"{len(runs)} of {len(found)} nodes would run.")
    return None
